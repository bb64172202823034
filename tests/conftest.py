"""What tests of every kind may ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest
from tests.clusters.binaries import Missing
from tests.clusters.postgres import Server
from tests.journeys.tools import leave_out
from tests.store.engines import ENGINES, Emptying, Engine, engine_of, make_file
from tests.store.kept import Kept
from tests.turns import dealt

from orderfolio.store.contract import Store
from orderfolio.store.postgres import migrate
from orderfolio.wire.documents import SPELLING

FIGURES: Final = "figures"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Known to a process that shares the run with others.
    shared: Mapping[str, int] | None = getattr(config, "workerinput", None)
    if shared is not None:
        items[:] = dealt(items, lambda item: item.nodeid.partition("::")[0], shared["workercount"])


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a sentence of figures, which the end of the run shows, however many ran it."""
    return lambda figures: record_property(FIGURES, figures)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    sentences = [
        str(figures)
        for report in terminalreporter.getreports("passed")
        for name, figures in report.user_properties
        if name == FIGURES
    ]
    if sentences:
        terminalreporter.section("figures")
    for sentence in sentences:
        terminalreporter.line(sentence)


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
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What an SQLite file begins with: our tables are made once, for all tests."""
    return make_file(tmp_path_factory.mktemp("migrated") / "orders.db")


@pytest.fixture(scope="session")
def kept() -> Iterator[Kept]:
    """What this process's tests share; for those that are about something else."""
    kept = Kept()
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def emptying(migrated: str, kept: Kept) -> Iterator[Emptying]:
    emptying = Emptying(migrated, kept.loop)
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


@pytest.fixture
def runner(kept: Kept) -> Iterator[asyncio.Runner]:
    with kept.runner() as runner:
        yield runner


@pytest.fixture
def opened(
    request: pytest.FixtureRequest, engine: Engine, runner: asyncio.Runner, kept: Kept
) -> Iterator[Store]:
    """A store over a new database of each engine, to be used by `runner`."""
    if engine.name == "postgres":
        with kept.store(engine, request.getfixturevalue("emptying")) as store:
            yield store
        return
    store = runner.run(engine.open(SPELLING))
    try:
        yield store
    finally:
        runner.run(store.close())
