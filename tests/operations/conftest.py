"""A database for operations: the real store, of each engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from tests.operations.examples import Database
from tests.store.engines import Engine

from orderfolio.wire.documents import SPELLING


@pytest.fixture
def database(engine: Engine) -> Iterator[Database]:
    with asyncio.Runner() as runner:
        store = runner.run(engine.open(SPELLING))
        try:
            yield Database(store, runner)
        finally:
            runner.run(store.close())
