"""A new store of each engine, for the suites that hold all of them to the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from orderfolio.store import postgres, sqlite
from orderfolio.store.contract import Documents, Store
from orderfolio.store.draws import Clock, wall_clock
from orderfolio.store.migrating import migrations_of
from orderfolio.store.sqlite import files, migrating

ENGINES: Final = ("sqlite", "postgres")
ENGINES_AND_ALONE: Final = (*ENGINES, "postgres-alone")
"""The last one is PostgreSQL with a transaction to each operation."""

_EMPTY: Final = """
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN
            ('claims', 'migrations', 'incarnations', 'settings', 'numbering')
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
    UPDATE numbering SET greatest = 0 WHERE greatest > 0;
END $$
"""


# Of the sessions of its database, those that a test may have left in the middle of something.
_BUSY: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND state <> 'idle'
"""
_IDLE_SECONDS: Final = 30.0


async def empty(url: str) -> None:
    """Leave of a database what a new one has."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_EMPTY)
    finally:
        await connection.close()


class Engine:
    """An engine with a database of its own, in which nothing is but what a new one has."""

    def __init__(self, name: str, place: str | Path) -> None:
        self.name = name
        self.place = place

    async def open(self, documents: Documents, clock: Clock = wall_clock) -> Store:
        if isinstance(self.place, Path):
            return sqlite.open_store(self.place, documents, clock=clock)
        groups = self.name != "postgres-alone"
        return await postgres.open_store(self.place, documents, clock=clock, groups=groups)


Another = Callable[[], AbstractContextManager[Engine]]
"""Makes a new database of an engine, gone at the end."""


class Emptying:
    """Leaves of a database what a new one has, over a connection that it keeps: every test
    waits for this. It is on the loop of those who may still be at work there."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self._url = url
        self._loop = loop
        self._connection: asyncpg.Connection | None = None

    def __call__(self) -> None:
        self._loop.run_until_complete(self._run(_EMPTY))

    def wait_until_idle(self) -> None:
        """Return when nobody else has a transaction or waits for an answer."""
        self._loop.run_until_complete(self._wait())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            # Its socket is closed in the loop's next turn, of which there is no other.
            self._loop.run_until_complete(asyncio.sleep(0))

    async def _wait(self) -> None:
        async with asyncio.timeout(_IDLE_SECONDS):
            # What is waited for is the server's to tell.
            while (await self._run(_BUSY))[0][0]:  # noqa: ASYNC110
                await asyncio.sleep(0.002)

    async def _run(self, statement: str) -> list[asyncpg.Record]:
        connection = self._connection
        if connection is not None:
            try:
                rows: list[asyncpg.Record] = await connection.fetch(statement)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
                # The test before stopped the server.
                connection.terminate()
            else:
                return rows
        connection = self._connection = await asyncpg.connect(self._url)
        found: list[asyncpg.Record] = await connection.fetch(statement)
        return found


def engine_of(request: pytest.FixtureRequest, folder: Path) -> Engine:
    """The engine that a fixture's parameter names, over a new database."""
    name: str = request.param
    if name == "sqlite":
        place = folder / "orders.db"
        place.write_bytes(request.getfixturevalue("migrated_file"))
        return Engine(name, place)
    return Engine(name, request.getfixturevalue("postgres_url"))


def make_file(place: Path) -> bytes:
    """A file that has all of our tables, and nothing else: whoever opens it gives it its key."""
    database = files.open_writer(place, None)
    try:
        migrating.migrate(database, place, migrations_of("sqlite"))
    finally:
        database.close(True)
    return place.read_bytes()
