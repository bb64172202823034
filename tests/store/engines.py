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
    waits for this."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def __call__(self) -> None:
        self._runner.run(self._empty())

    def close(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._runner.close()

    async def _empty(self) -> None:
        connection = self._connection
        if connection is not None:
            try:
                await connection.execute(_EMPTY)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError):
                # The test before stopped the server.
                connection.terminate()
            else:
                return
        self._connection = await asyncpg.connect(self._url)
        await self._connection.execute(_EMPTY)


def engine_of(request: pytest.FixtureRequest, folder: Path) -> Engine:
    """The engine that a fixture's parameter names, over a new database."""
    name: str = request.param
    if name == "sqlite":
        return Engine(name, folder / "orders.db")
    return Engine(name, request.getfixturevalue("postgres_url"))
