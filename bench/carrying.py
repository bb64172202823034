"""Carrying a table that was made as a file to wherever it is to be measured, row by row.

That is what `orderfolio copy` does, at half the time: nothing is read a second time, and who is
interrupted begins again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

from orderfolio.settings import Database
from orderfolio.store import postgres, sqlite
from orderfolio.store.shelves import Row, Shelf, Table

_BATCH: Final = 20_000


async def carry(path: Path, wanted: Database) -> None:
    """Give a new database all rows of the file in `path`, and nothing else."""
    await pour(path, wanted)
    if wanted.is_server:
        await settle(wanted.url)


async def pour(path: Path, wanted: Database) -> None:
    """The same, with what a server does with new rows still to be done."""
    with sqlite.source(path) as source:
        async with _opened(wanted) as target, source.transaction():
            for table in await source.tables():
                await _pour(source, target, table)


@asynccontextmanager
async def _opened(wanted: Database) -> AsyncIterator[Shelf]:
    async with AsyncExitStack() as ends:
        if wanted.path is None:
            yield await ends.enter_async_context(postgres.target(wanted.url))
        else:
            yield ends.enter_context(sqlite.target(wanted.path))


async def _pour(source: Shelf, target: Shelf, table: Table) -> None:
    async with target.transaction():
        await target.clear(table)
    batch: list[Row] = []
    async for rows in source.read(table):
        batch += rows
        if len(batch) >= _BATCH:
            await _insert(target, table, batch)
            batch = []
    await _insert(target, table, batch)


async def _insert(target: Shelf, table: Table, rows: list[Row]) -> None:
    async with target.transaction():
        await target.insert(table, rows)


async def settle(url: str) -> None:
    """What the server would do by itself sooner or later, and so in the midst of measuring."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
