"""What tests of every kind may ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clusters.binaries import Missing
from tests.clusters.postgres import Server
from tests.journeys.tools import leave_out
from tests.store.engines import ENGINES, Emptying, Engine, engine_of

from orderfolio.store.postgres import migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this process's tests, started for the first that asks.

    A test takes a database of its own on it, and leaves it running with the settings that it had.
    """
    try:
        server = Server()
    except Missing as missing:
        leave_out(f"{missing} What runs on PostgreSQL is left out.")
    with server:
        server.start()
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: Server) -> str:
    """The address of a database of this process's tests that has all of our tables."""
    url = postgres.create_database("orderfolio")
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def emptying(migrated: str) -> Iterator[Emptying]:
    emptying = Emptying(migrated)
    yield emptying
    emptying.close()


@pytest.fixture
def postgres_url(migrated: str, emptying: Emptying) -> str:
    """The address of a database in which nothing is but what a new one has."""
    emptying()
    return migrated


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """A new database of each engine."""
    return engine_of(request, tmp_path)
