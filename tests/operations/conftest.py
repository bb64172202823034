"""A database for operations: the real store, on a file of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.operations.examples import Database

from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with asyncio.Runner() as runner:
        store = open_store(tmp_path / "orders.db", SPELLING)
        try:
            yield Database(store, runner)
        finally:
            runner.run(store.close())
