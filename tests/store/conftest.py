"""A store of each engine, driven without `await`. No engine may opt out of a promise."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store.spelling import SPELLING

from orderfolio.store.contract import Operation, Parameters, Result, Store
from orderfolio.store.sqlite import open_store


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


@pytest.fixture(params=["sqlite"])
def driver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Driver]:
    """A new database of each engine."""
    assert request.param == "sqlite"
    with asyncio.Runner() as runner:
        store = open_store(tmp_path / "orders.db", SPELLING)
        try:
            yield Driver(store, runner)
        finally:
            runner.run(store.close())


@pytest.fixture
def store(driver: Driver) -> Store:
    return driver.store
