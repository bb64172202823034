"""A database for operations: the real store, of each engine."""

from __future__ import annotations

import asyncio

import pytest
from tests.operations.examples import Database

from orderfolio.store.contract import Store


@pytest.fixture
def database(runner: asyncio.Runner, opened: Store) -> Database:
    return Database(opened, runner)
