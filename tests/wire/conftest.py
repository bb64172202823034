"""The application over a real store, of each engine."""

from __future__ import annotations

import asyncio

import pytest
from tests.wire.clients import Client, an_application, populate

from orderfolio.store.contract import Store


@pytest.fixture
def store(runner: asyncio.Runner, opened: Store) -> Store:
    runner.run(populate(opened))
    return opened


@pytest.fixture
def client(runner: asyncio.Runner, store: Store) -> Client:
    return Client(runner, an_application(store))


@pytest.fixture
def strict(runner: asyncio.Runner, store: Store) -> Client:
    """The same store, in strict mode."""
    return Client(runner, an_application(store, strict=True))
