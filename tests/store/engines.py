"""A new store of each engine, for the suites that hold all of them to the same promises."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import asyncpg

from orderfolio.store import postgres, sqlite
from orderfolio.store.contract import Documents, Store

ENGINES: Final = ("sqlite", "postgres", "postgres-alone")
"""The last one is PostgreSQL with a transaction to each operation."""

_KEPT: Final = ("claims", "migrations", "incarnations", "settings", "numbering")


class Engine:
    """An engine with a database of its own, in which nothing is but what a new one has."""

    def __init__(self, name: str, place: str | Path) -> None:
        self.name = name
        self.place = place

    async def open(self, documents: Documents) -> Store:
        if isinstance(self.place, Path):
            return sqlite.open_store(self.place, documents)
        groups = self.name == "postgres"
        return await postgres.open_store(self.place, documents, groups=groups)


async def empty(url: str) -> None:
    """Leave of a database what a new one has."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        names = [name for (name,) in tables if name not in _KEPT]
        await connection.execute("".join(f"DELETE FROM {name};" for name in names))
        await connection.execute("UPDATE numbering SET greatest = 0")
    finally:
        await connection.close()
