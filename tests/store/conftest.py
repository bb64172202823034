"""A store of each engine, driven without `await`. No engine may opt out of a promise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.engines import ENGINES_AND_ALONE, Engine, engine_of
from tests.store.spelling import SPELLING

from orderfolio.store.contract import Operation, Parameters, Result, Store
from orderfolio.store.postgres import stores

# Of what an operation promises, how long it may take is no part; some here have thousands of
# statements, on a machine that may be busy.
PATIENCE_SECONDS = 3600.0


class Driver:
    """A store and the loop that it is used on."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self.store = store
        self.runner = runner

    def transact(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return self.runner.run(self.store.transact(operation, *arguments, **named))

    def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return self.runner.run(self.store.read(operation, *arguments, **named))


@pytest.fixture(params=ENGINES_AND_ALONE)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """A new database of each engine, and of PostgreSQL without groups."""
    return engine_of(request, tmp_path)


@pytest.fixture
def driver(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    monkeypatch.setattr(stores, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    with asyncio.Runner() as runner:
        store = runner.run(engine.open(SPELLING))
        try:
            yield Driver(store, runner)
        finally:
            runner.run(store.close())


@pytest.fixture
def store(driver: Driver) -> Store:
    return driver.store
