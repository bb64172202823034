"""An SQLite file as a shelf: held by one connection against everybody, readers included."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store.connections import Value
from orderfolio.store.migrating import migrations_of
from orderfolio.store.shelves import (
    HANDFUL,
    Column,
    Kind,
    Row,
    Table,
    selection,
    table_of,
)
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.connections import SqliteConnection
from orderfolio.store.sqlite.migrating import migrate

_KINDS: Final[Mapping[str, Kind]] = {"INTEGER": "number", "TEXT": "text", "BLOB": "bytes"}


class SqliteShelf:
    """The engines' `Shelf`."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database
        self._named = SqliteConnection(database)

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        return await self._named.rows(statement, values)

    async def tables(self) -> Sequence[Table]:
        # What begins with sqlite_ is the engine's own, by its own rule.
        names = self._database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
            " AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
        ).fetchall()
        return [self._table(str(name)) for (name,) in names]

    async def count(self, table: Table) -> int:
        count: int = self._database.execute(f"SELECT COUNT(*) FROM {table.name}").get  # noqa: S608
        return count

    async def read(
        self, table: Table, *, after: Row | None = None, through: Row | None = None
    ) -> AsyncIterator[Sequence[Row]]:
        text, values = selection(table, after, through)
        rows = self._database.execute(text, values)
        while handful := list(islice(rows, HANDFUL)):
            yield handful

    async def insert(self, table: Table, rows: Sequence[Row]) -> None:
        names = ", ".join(column.name for column in table.columns)
        places = ", ".join("?" * len(table.columns))
        text = f"INSERT INTO {table.name} ({names}) VALUES ({places})"  # noqa: S608
        self._database.executemany(text, rows)

    async def clear(self, table: Table) -> None:
        self._database.execute(f"DELETE FROM {table.name}")  # noqa: S608

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        finally:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")

    def _table(self, name: str) -> Table:
        rows: list[tuple[Any, ...]] = self._database.execute(
            'SELECT name, type, "notnull", pk FROM pragma_table_info(?) ORDER BY pk', (name,)
        ).fetchall()
        columns = [Column(column, _KINDS[kind], not filled) for column, kind, filled, _ in rows]
        return table_of(name, columns, [column for column, _, _, place in rows if place])


@contextmanager
def source(path: Path) -> Iterator[SqliteShelf]:
    """The database in `path`, to be copied from. Raises CannotStart where it isn't ours, isn't
    of this program's version, or is in use."""
    files.check(path)
    with _shelf(path) as shelf:
        yield shelf


@contextmanager
def target(path: Path) -> Iterator[SqliteShelf]:
    """The database in `path`, to be copied to, made where there is none. Raises as `source`."""
    files.check(path)
    with _in_words(path):
        database = files.open_writer(path, None)
        try:
            if files.version_of(database, path, len(migrations_of("sqlite"))) == 0:
                migrate(database, path, migrations_of("sqlite"))
        finally:
            files.close(database)
    with _shelf(path) as shelf:
        yield shelf


@contextmanager
def _shelf(path: Path) -> Iterator[SqliteShelf]:
    with _in_words(path):
        database = files.open_alone(path)
        try:
            files.refuse_version(database, path)
            yield SqliteShelf(database)
        finally:
            files.close(database)


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    try:
        yield
    except apsw.BusyError as error:
        raise CannotStart(f"the database {path} is in use; stop its server first") from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CannotStart(f"the database {path} is damaged: {error}") from error
    except apsw.Error as error:
        raise CannotStart(
            f"the database {path} failed: {error}; what was copied stays, run it again to go on"
        ) from error
