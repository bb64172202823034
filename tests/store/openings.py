"""Databases of PostgreSQL in which nothing is yet, and programs that open them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.clusters.postgres import Server
from tests.store.spelling import SPELLING

from orderfolio.store import postgres as engine


@contextmanager
def bare(server: Server) -> Iterator[str]:
    """The address of a database with nothing in it, not even tables."""
    name = f"bare_{os.urandom(4).hex()}"
    yield server.create_database(name)
    server.drop_database(name)


def opened(url: str, *, migrates: bool = False) -> bytes:
    """The key of a database that was opened and closed."""

    async def use() -> bytes:
        store = await engine.open_store(url, SPELLING, migrates=migrates)
        key = store.cursor_key()
        await store.close()
        return key

    return asyncio.run(use())


def migrated(url: str) -> None:
    asyncio.run(engine.migrate(url))
