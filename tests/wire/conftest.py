"""The application over a real store, on a file of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.wire.clients import Client, an_application, populate

from orderfolio.store.contract import Store
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def store(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "orders.db", SPELLING)
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
