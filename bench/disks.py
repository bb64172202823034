"""The disk under a database: what a sync of it costs, and what rows it takes in at best."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import median
from typing import Final

import apsw

_SYNCS: Final = 100
_BLOCK: Final = b"\0" * 4096
GROUP: Final = 64
_DOCUMENT: Final = b"x" * 700


def sync_microseconds(folder: Path) -> float:
    """A block appended and synced, the median of a hundred."""
    path = folder / "synced"
    taken = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(_SYNCS):
            os.write(descriptor, _BLOCK)
            began = time.perf_counter()
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return median(taken) * 1e6


def grouped_inserts_per_second(folder: Path, seconds: float) -> float:
    """Rows as large as orders, with one index beside their key, each 64 in a transaction that
    is synced: what SQLite itself does, with nothing around it."""
    path = folder / "grouped.db"
    database = apsw.Connection(str(path))
    try:
        for setting in ("journal_mode = WAL", "synchronous = FULL", "wal_autocheckpoint = 4000"):
            database.execute(f"PRAGMA {setting}").fetchall()
        database.execute("CREATE TABLE rows (ref BLOB PRIMARY KEY, name TEXT, document BLOB)")
        database.execute("CREATE INDEX rows_by_name ON rows (name)")
        count, began = 0, time.perf_counter()
        while (taken := time.perf_counter() - began) < seconds:
            database.execute("BEGIN IMMEDIATE")
            for number in range(count, count + GROUP):
                row = (number.to_bytes(16, "big"), f"grouped-{number:09}", _DOCUMENT)
                database.execute("INSERT INTO rows VALUES (?, ?, ?)", row)
            database.execute("COMMIT")
            count += GROUP
        return count / taken
    finally:
        database.close()
        for file in folder.glob("grouped.db*"):
            file.unlink()
