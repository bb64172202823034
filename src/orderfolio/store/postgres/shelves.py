"""A database of PostgreSQL as a shelf: one session, before which every writer waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import groupby
from time import monotonic
from typing import Any, Final

import asyncpg

from orderfolio.errors import CannotStart
from orderfolio.store.connections import Value
from orderfolio.store.postgres.failures import FAILURES, in_words
from orderfolio.store.postgres.migrating import connected, migrate, refuse_unusable, versions
from orderfolio.store.postgres.sessions import SETTINGS, Session
from orderfolio.store.shelves import (
    HANDFUL,
    Column,
    Kind,
    Row,
    Table,
    next_handful,
    selection,
    table_of,
)

OWN_TABLES: Final = ("claims", "incarnations", "migrations")
"""What the engine keeps for itself: none of it is anybody's data."""

_KINDS: Final[Mapping[str, Kind]] = {"bigint": "number", "text": "text", "bytea": "bytes"}
# A session of ours that was closed a moment ago is still told of.
_LEAVING_SECONDS: Final = 3.0
_PAUSE_SECONDS: Final = 0.1

_SET_UP: Final = """
SET application_name = 'orderfolio copy';
SET idle_in_transaction_session_timeout = 0;
SET lock_timeout = '5s'
"""
_SERVED: Final = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = $1
"""
_COLUMNS: Final = """
SELECT tables.relname, columns.attname, format_type(columns.atttypid, columns.atttypmod),
    NOT columns.attnotnull, array_position(CAST(keys.indkey AS int2[]), columns.attnum)
FROM pg_class AS tables
JOIN pg_attribute AS columns ON columns.attrelid = tables.oid
JOIN pg_index AS keys ON keys.indrelid = tables.oid AND keys.indisprimary
WHERE tables.relnamespace = CAST(current_schema() AS regnamespace)
    AND columns.attnum > 0 AND NOT columns.attisdropped AND tables.relname <> ALL ($1)
ORDER BY tables.relname COLLATE "C", 5
"""


class PostgresShelf:
    """The engines' `Shelf`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._named = Session(connection, b"")
        self._tables: Sequence[Table] | None = None

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._named.fetch(statement, values)]

    async def tables(self) -> Sequence[Table]:
        if self._tables is None:
            self._tables = await self._find_tables()
        return self._tables

    async def count(self, table: Table) -> int:
        count: int = await self._connection.fetchval(f"SELECT COUNT(*) FROM {table.name}")  # noqa: S608
        return count

    async def read(
        self, table: Table, *, after: Row | None = None, through: Row | None = None
    ) -> AsyncIterator[Sequence[Row]]:
        text, values = selection(table, after, through)
        cursor = await self._connection.cursor(text, *values)
        wanted = HANDFUL
        while handful := [tuple(row) for row in await cursor.fetch(wanted)]:
            yield handful
            # Each is a way to the server and back.
            wanted = next_handful(handful)

    async def insert(self, table: Table, rows: Sequence[Row]) -> None:
        names = [column.name for column in table.columns]
        await self._connection.copy_records_to_table(table.name, records=rows, columns=names)

    async def clear(self, table: Table) -> None:
        await self._connection.execute(f"DELETE FROM {table.name}")  # noqa: S608

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        names = ", ".join([table.name for table in await self.tables()])
        async with self._connection.transaction(isolation="repeatable_read"):
            # Before the first statement, which takes the snapshot: whoever wrote has ended.
            await self._connection.execute(f"LOCK TABLE {names} IN SHARE MODE")
            yield

    async def _find_tables(self) -> Sequence[Table]:
        rows = await self._connection.fetch(_COLUMNS, OWN_TABLES)
        found = []
        for name, group in groupby(rows, key=lambda row: row[0]):
            told = list(group)
            columns = [Column(column, _KINDS[kind], empty) for _, column, kind, empty, _ in told]
            key = [column for _, column, _, _, place in told if place is not None]
            found.append(table_of(name, columns, key))
        return found


@asynccontextmanager
async def source(url: str) -> AsyncIterator[PostgresShelf]:
    """The database at `url`, to be copied from. Raises CannotStart where it can't be reached,
    isn't of this program's version, or is in use."""
    async with _in_words("the database to copy from"), _shelf(url) as shelf:
        yield shelf


@asynccontextmanager
async def target(url: str) -> AsyncIterator[PostgresShelf]:
    """The database at `url`, to be copied to, with its tables made where there are none.
    Raises as `source`."""
    async with _in_words("the database to copy to"):
        async with connected(url) as connection:
            version, _ = await versions(connection)
        if version == 0:
            await migrate(url)
        async with _shelf(url) as shelf:
            yield shelf


@asynccontextmanager
async def _shelf(url: str) -> AsyncIterator[PostgresShelf]:
    async with connected(url) as connection:
        await connection.execute(_SET_UP)
        await refuse_unusable(connection)
        await _refuse_served(connection)
        yield PostgresShelf(connection)


@asynccontextmanager
async def _in_words(called: str) -> AsyncIterator[None]:
    try:
        yield
    except (_Served, asyncpg.LockNotAvailableError) as error:
        raise CannotStart(f"{called} is in use; stop its servers first") from error
    except FAILURES as error:
        raise CannotStart(
            f"{called} failed: {in_words(error)}; what was copied stays, run it again to go on"
        ) from error


class _Served(Exception):
    """Servers have sessions, or commands."""


async def _refuse_served(connection: asyncpg.Connection) -> None:
    until = monotonic() + _LEAVING_SECONDS
    while await connection.fetchval(_SERVED, SETTINGS["application_name"]):
        if monotonic() > until:
            raise _Served
        await asyncio.sleep(_PAUSE_SECONDS)
