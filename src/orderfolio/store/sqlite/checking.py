"""Looking a database over: its pages and indexes, then what must hold between its rows."""

from __future__ import annotations

from pathlib import Path

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store import statements
from orderfolio.store.contract import Documents
from orderfolio.store.draws import KEY_SETTING, Draws, Source
from orderfolio.store.migrating import migrations_of
from orderfolio.store.records import Problem
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.connections import SqliteConnection, run
from orderfolio.store.tables.checks import Checks


def check(path: Path, documents: Documents) -> list[Problem]:
    """What is wrong with the database in `path`, in one snapshot of it, which others may write
    meanwhile. Raises CannotStart where that can't be told."""
    files.check(path)
    try:
        database = files.open_reader(path, None)
        try:
            files.refuse_version(database, path)
            database.execute("BEGIN")
            # Between rows of damaged pages nothing holds that could be looked for.
            return _damage(database) or _misshapen(database) or _broken(database, path, documents)
        finally:
            files.close(database)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return [Problem(None, "database", None, f"it is damaged: {error}")]
    except apsw.Error as error:
        raise CannotStart(f"the database {path} can't be read: {error}") from error


def _damage(database: apsw.Connection) -> list[Problem]:
    texts = [text for (text,) in database.execute("PRAGMA integrity_check")]
    if texts == ["ok"]:
        return []
    return [
        Problem(None, "database", None, f"it is damaged: {' '.join(text.split())}")
        for text in texts
    ]


def _misshapen(database: apsw.Connection) -> list[Problem]:
    """What the schema lacks of one that was made just now."""
    new = apsw.Connection(":memory:")
    try:
        for migration in migrations_of("sqlite"):
            new.execute(migration.text).fetchall()
        missing = _shape(new) - _shape(database)
    finally:
        new.close()
    return [
        Problem(None, "database", None, f"its {kind} {name} isn't there, or is another one")
        for kind, name, _ in sorted(missing)
    ]


def _shape(database: apsw.Connection) -> set[tuple[str, str, str]]:
    return set(database.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema"))


def _broken(database: apsw.Connection, path: Path, documents: Documents) -> list[Problem]:
    files.refuse_unfinished(database, path)
    key = database.execute(statements.named()["settings_find"].text, {"name": KEY_SETTING}).get
    if not isinstance(key, bytes) or not key:
        return [Problem(None, "database", None, "it has lost its key")]
    draws = Draws(Source(key, None))
    return run(Checks(SqliteConnection(database), documents, draws).problems())
