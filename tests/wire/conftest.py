"""The application over a real store, of each engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from tests.store.engines import Engine
from tests.wire.clients import Client, an_application, populate

from orderfolio.store.contract import Store
from orderfolio.wire.documents import SPELLING


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def store(runner: asyncio.Runner, engine: Engine) -> Iterator[Store]:
    store = runner.run(engine.open(SPELLING))
    runner.run(populate(store))
    try:
        yield store
    finally:
        runner.run(store.close())


@pytest.fixture
def client(runner: asyncio.Runner, store: Store) -> Client:
    return Client(runner, an_application(store))


@pytest.fixture
def strict(runner: asyncio.Runner, store: Store) -> Client:
    """The same store, in strict mode."""
    return Client(runner, an_application(store, strict=True))
