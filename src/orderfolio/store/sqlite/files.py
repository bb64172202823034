"""Database files: how they are opened, and which ones are refused."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Final

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store import ledgers, statements
from orderfolio.store.migrating import migrations_of

# Marks our files among all that are SQLite: "OFLO".
APPLICATION_ID: Final = 0x4F464C4F
BUSY_MILLISECONDS: Final = 5000
# What SQLite keeps beside a file, and reads into whatever file bears the name.
BESIDE: Final = ("-wal", "-shm", "-journal")

_log = logging.getLogger(__name__)

_MAGIC: Final = b"SQLite format 3\0"
_STATEMENTS_CACHED: Final = 512

# `foreign_keys` stay off: no engine enforces them, tables delete what is under a row.
# `secure_delete` writes zeros over what is deleted or replaced, in the page that is written
# anyway, at a cost that couldn't be measured.
WRITER_PRAGMAS: Final = (
    "synchronous = FULL",
    "fullfsync = ON",
    "checkpoint_fullfsync = ON",
    "wal_autocheckpoint = 0",
    "cache_size = -65536",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
    "secure_delete = ON",
)
READER_PRAGMAS: Final = (
    "query_only = ON",
    "wal_autocheckpoint = 0",
    "cache_size = -32768",
    "temp_store = MEMORY",
    "trusted_schema = OFF",
)
# Its own checkpoints keep the log short: nobody else would make any.
ALONE_PRAGMAS: Final = (
    "locking_mode = EXCLUSIVE",
    *(pragma for pragma in WRITER_PRAGMAS if not pragma.startswith("wal_autocheckpoint")),
    "wal_autocheckpoint = 4000",
)


def check(path: Path) -> None:
    """Raises CannotStart where `path` can't be a database of ours, in a sentence."""
    try:
        _check(path)
    except OSError as error:
        raise CannotStart(f"the database {path} can't be read: {error.strerror}") from error


def _check(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise CannotStart(f"the folder {folder} of the database {path.name} doesn't exist")
    if path.is_dir():
        raise CannotStart(f"the database {path} is a folder")
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    if beginning and beginning != _MAGIC:
        raise CannotStart(f"the database {path} isn't an SQLite file")


def open_writer(path: Path, vfs: str | None) -> apsw.Connection:
    """A connection that writes; the file is made where there is none."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    database = _open(path, flags, vfs, WRITER_PRAGMAS)
    try:
        refuse_foreign(database, path)
        # Written into the file, so only where it is ours.
        if database.pragma("journal_mode", "wal") != "wal":
            raise CannotStart(f"the database {path} can't be put into WAL mode")
    except BaseException:
        database.close(True)
        raise
    # SQLite doesn't sync the names of a file it made and of a journal it deleted: a journal
    # that came back after a power cut would be rolled back over all that came later.
    sync_folder(path.parent)
    return database


def refuse_foreign(database: apsw.Connection, path: Path) -> None:
    """Raises CannotStart where another program's data are in the file."""
    # One statement, so one snapshot: another process may be making the tables just now.
    owner, tables = database.execute(
        "SELECT application_id, (SELECT COUNT(*) FROM sqlite_schema) FROM pragma_application_id"
    ).get
    if owner != APPLICATION_ID and (owner or tables):
        raise CannotStart(f"the database {path} belongs to another program")


def version_of(database: apsw.Connection, path: Path, newest: int) -> int:
    """Which migrations it has; 0 of an empty file. Raises CannotStart where it isn't ours, or
    knows more than `newest`."""
    refuse_foreign(database, path)
    version = database.pragma("user_version")
    if not isinstance(version, int) or version > newest:
        raise CannotStart(
            f"the database {path} has version {version}, made by a newer program; "
            f"this one knows versions up to {newest}"
        )
    return version


def refuse_version(database: apsw.Connection, path: Path) -> None:
    """Raises CannotStart unless it is a database of ours, of this program's version."""
    newest = len(migrations_of("sqlite"))
    version = version_of(database, path, newest)
    if version < newest:
        raise CannotStart(
            f"the database {path} has version {version}; orderfolio migrate brings it to {newest}"
        )


def refuse_unfinished(database: apsw.Connection, path: Path) -> None:
    """Raises CannotStart where it is a copy that isn't finished."""
    statement = statements.named()["settings_find"]
    rows = database.execute(statement.text, {"name": ledgers.SETTING}).fetchall()
    ledgers.refuse(rows, f"the database {path}")


def open_alone(path: Path) -> apsw.Connection:
    """A connection that writes, and keeps everybody else from the file, readers too, until it
    is closed. Raises apsw.BusyError where somebody has it open."""
    database = _open(path, apsw.SQLITE_OPEN_READWRITE, None, ALONE_PRAGMAS)
    try:
        database.execute("BEGIN EXCLUSIVE; COMMIT")
    except BaseException:
        database.close(True)
        raise
    return database


def open_reader(path: Path, vfs: str | None) -> apsw.Connection:
    """A connection that can't write; a writer must be there already."""
    database = _open(path, apsw.SQLITE_OPEN_READONLY, vfs, READER_PRAGMAS)
    # Only the writer checkpoints, so not even the last reader does.
    database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    return database


def cut_log(database: apsw.Connection, patience_milliseconds: int = BUSY_MILLISECONDS) -> bool:
    """Bring all of the WAL home and cut it off; False where somebody reads from it for longer
    than that, or the disk fails: then it stays, and is whole."""
    try:
        database.set_busy_timeout(patience_milliseconds)
        database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.Error as error:
        _log.info("the log was not cut off: %s", error)
        return False
    finally:
        database.set_busy_timeout(BUSY_MILLISECONDS)
    return True


def close(database: apsw.Connection) -> None:
    """Let go of it, on a disk that fails too."""
    try:
        database.close(True)
    except apsw.Error:
        _log.exception("a connection couldn't be closed")


def _open(path: Path, flags: int, vfs: str | None, pragmas: tuple[str, ...]) -> apsw.Connection:
    database = apsw.Connection(
        str(path), flags=flags, vfs=vfs, statementcachesize=_STATEMENTS_CACHED
    )
    try:
        database.set_busy_timeout(BUSY_MILLISECONDS)
        # Text in double quotes would be a column's name, or else silently a string.
        database.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
        database.config(apsw.SQLITE_DBCONFIG_DQS_DDL, 0)
        # Plans must not depend on what is bound: else SQLite prepares each statement with a
        # range again for every run, 47 µs where the question itself takes 2.
        database.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
        for pragma in pragmas:
            database.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        database.close(True)
        raise
    return database


def sync_folder(folder: Path) -> None:
    """Make the names in it last: a synced file without its name is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def delete(path: Path) -> None:
    """Delete a database with what SQLite keeps beside it."""
    for suffix in ("", *BESIDE):
        beside(path, suffix).unlink(missing_ok=True)


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
