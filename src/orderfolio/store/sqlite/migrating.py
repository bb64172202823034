"""Bringing a file to the program's version, or saying why that can't be.

The version is kept in `user_version`; each migration is a transaction of its own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store.migrating import Migration
from orderfolio.store.sqlite import files

# How long a second process waits while a first one migrates a large file.
_PATIENCE_MILLISECONDS = 600_000


def migrate(
    database: apsw.Connection, path: Path, migrations: Sequence[Migration], vfs: str | None = None
) -> Path | None:
    """Apply what `database` lacks. A new one gets all at once; of one that holds data, first
    a copy is made beside the file, and where to is returned. Raises CannotStart for one that
    isn't ours or is newer."""
    database.set_busy_timeout(_PATIENCE_MILLISECONDS)
    copy: Path | None = None
    newest = len(migrations)
    try:
        while True:
            # Whoever gets this far looks again: another process may have been quicker.
            database.execute("BEGIN IMMEDIATE")
            version = _version_of(database, path, newest)
            if version == newest:
                return copy
            if version and copy is None:
                copy = _copy(path, version, newest, vfs)
            for migration in migrations[version : version + 1 if version else newest]:
                _apply(database, migration)
            database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
        database.set_busy_timeout(files.BUSY_MILLISECONDS)


def _version_of(database: apsw.Connection, path: Path, newest: int) -> int:
    files.refuse_foreign(database, path)
    version = database.pragma("user_version")
    if not isinstance(version, int) or version > newest:
        raise CannotStart(
            f"the database {path} has version {version}, made by a newer program; "
            f"this one knows versions up to {newest}"
        )
    return version


def _apply(database: apsw.Connection, migration: Migration) -> None:
    database.execute(migration.text).fetchall()
    database.execute(f"PRAGMA application_id = {files.APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {migration.version}")


def _copy(path: Path, version: int, newest: int, vfs: str | None) -> Path:
    """A copy as it stands, synced; the writer's open transaction keeps others from it."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    copy = path.with_name(f"{path.name}.version-{version}-before-{newest}.{moment}")
    partial = copy.with_name(copy.name + ".partial")
    source = files.open_reader(path, vfs)
    try:
        target = apsw.Connection(str(partial))
        try:
            with target.backup("main", source, "main") as backup:
                backup.step(-1)
            # The copy stands alone, without a WAL beside it.
            target.execute("PRAGMA journal_mode = DELETE").fetchall()
        finally:
            target.close()
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.rename(copy)
        files.sync_folder(path.parent)
    except (apsw.Error, OSError) as error:
        files.delete(partial)
        raise CannotStart(
            f"no copy of the database {path} could be made before migrating it: {error}"
        ) from error
    finally:
        source.close()
    return copy
