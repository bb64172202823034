"""Databases to move between: each engine's, filled, looked into and copied."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import apsw
import asyncpg
from tests.store import pairs
from tests.store.spelling import SPELLING

from orderfolio import databases
from orderfolio.settings import Database
from orderfolio.store.contract import Store
from orderfolio.store.copying import Copied, OnStep
from orderfolio.store.postgres.shelves import OWN_TABLES

Rows: TypeAlias = Mapping[str, list[tuple[Any, ...]]]

# What a client may send, and what a column can hold: nothing of it may change on the way.
TEXTS: Final = (
    "",
    " ",
    "\\N",
    "\t\n\r\x1f\x7f",
    "'\"`;--",
    "Ärger 注文 🛒 \U0010ffff",
    "a\u0301",
    "\ufeff",
    "x" * 70_000,
)
NUMBERS: Final = (-(2**63), -1, 0, 2**31, 2**63 - 1)
LONG_DOCUMENT: Final = bytes(range(256)) * 12_000


def place(where: Path | str) -> Database:
    return Database(str(where), where if isinstance(where, Path) else None)


def quiet(*_: object) -> None:
    """Nobody looks on."""


def copied(source: Path | str, target: Path | str, on_step: OnStep = quiet) -> list[Copied]:
    return asyncio.run(databases.copy(place(source), place(target), on_step))


async def _serve(where: Path | str, numbers: range) -> bytes:
    async with databases.opened(place(where), SPELLING, migrates=True) as store:
        for number in numbers:
            await store.transact(pairs.write, number)
        return key_of(store)


def key_of(store: Store) -> bytes:
    return store.cursor_key()


def served(where: Path | str, numbers: range = range(0)) -> bytes:
    """Do a server's work in it: a little of everything for each number. Its key."""
    return asyncio.run(_serve(where, numbers))


def problems(where: Path | str) -> list[str]:
    found = asyncio.run(databases.check(place(where), SPELLING))
    return [problem.text for problem in found]


def put_awkward_rows(path: Path) -> None:
    """Rows at the edges of what columns can hold, in a file that was served."""
    database = apsw.Connection(str(path))
    database.execute("BEGIN")
    for n, text in enumerate(TEXTS):
        ref = n.to_bytes(16, "big")
        database.execute(
            "INSERT INTO orders VALUES (9, ?, 65535, ?, ?, ?, ?, 0, ?, ?, ?)",
            (ref, *NUMBERS[:3], text, text, text, text.encode()),
        )
        database.execute(
            "INSERT INTO items VALUES (9, ?, 0, 1, 0, 0, ?, ?, 0, ?)",
            (ref, ref[::-1], text if n % 2 else None, b"" if n else LONG_DOCUMENT),
        )
        database.execute(
            "INSERT INTO guest_marks VALUES (9, 'email', ?, ?, ?, 7, ?)",
            (text, ref, text, None if n % 2 else 2**63 - 1),
        )
    for number in NUMBERS:
        database.execute("INSERT INTO refusals VALUES (9, ?, 'c', 'o', ?)", (number, number))
        database.execute(
            "INSERT INTO kept_answers VALUES (9, ?, 1, X'', ?, X'', ?, NULL, NULL, NULL, NULL)",
            (b"%d" % number, number, None if number else b""),
        )
    database.execute("COMMIT")
    database.close()


def contents(where: Path | str) -> Rows:
    """Every row of every table, its columns by name: read without the code under test."""
    found = _of_file(where) if isinstance(where, Path) else asyncio.run(_of_server(where))
    return {name: sorted(rows, key=repr) for name, rows in found.items()}


def _of_file(path: Path) -> Rows:
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for (name,) in database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall():
            columns = [str(row[1]) for row in database.execute(f"PRAGMA table_info({name})")]
            text = f"SELECT {', '.join(sorted(columns))} FROM {name}"
            found[str(name)] = database.execute(text).fetchall()
        return found
    finally:
        database.close()


async def _of_server(url: str) -> Rows:
    connection = await asyncpg.connect(url)
    try:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table, columns in await connection.fetch(
            "SELECT tables.relname, array_agg(columns.attname::text"
            ' ORDER BY columns.attname COLLATE "C")'
            " FROM pg_class AS tables JOIN pg_attribute AS columns"
            " ON columns.attrelid = tables.oid AND columns.attnum > 0"
            " WHERE tables.relkind = 'r' AND tables.relnamespace = 'public'::regnamespace"
            " GROUP BY tables.relname"
        ):
            if table not in OWN_TABLES:
                rows = await connection.fetch(f"SELECT {', '.join(columns)} FROM {table}")
                found[table] = [tuple(row) for row in rows]
        return found
    finally:
        await connection.close()
