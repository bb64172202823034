"""Bringing a file to the program's version, or saying why that can't be.

The version is kept in `user_version`; each migration is a transaction of its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store.migrating import Migration
from orderfolio.store.sqlite import copies, files

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
            version = files.version_of(database, path, newest)
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
        copies.write(source, partial)
        copies.compact(partial)
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
