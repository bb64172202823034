"""A PostgreSQL server of one's own for measuring, on a disk, with the tables of a run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
from msgspec import Struct
from tests.clusters import binaries
from tests.clusters.postgres import Server as Cluster

from bench import carrying
from bench.tables import Table
from orderfolio.settings import Database

# Large enough that nothing small is read from the disk again, as on a machine of its own.
_SETTINGS: Final = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
# What pgbench inserts into: orders with the same keys, in as large a table up to here.
_BESIDE: Final = """
CREATE TABLE beside (LIKE orders INCLUDING ALL);
INSERT INTO beside SELECT * FROM orders LIMIT 1000000;
"""


class Stored(Struct, frozen=True, kw_only=True):
    """A large and a small database on one server, and where their rows came from. `programs`
    is where pgbench is."""

    large: str
    small: str
    table: Table
    programs: Path
    cluster: Cluster


@contextmanager
def carried(folder: Path, large: Table, small: Table) -> Iterator[Stored]:
    """New databases with the rows of both tables, on the disk of `folder`'s parent; the server
    rests until it is started. Raises binaries.Missing where PostgreSQL or pgbench isn't here."""
    programs = binaries.find()
    if not (programs / "pgbench").exists():
        raise binaries.Missing("There is no pgbench here to measure beside.")
    # The folder itself opens to nobody else, and PostgreSQL runs as somebody else.
    with Cluster(folder.parent) as cluster:
        cluster.start()
        for name, value in _SETTINGS.items():
            cluster.set(name, value)
        cluster.stop()
        cluster.start()
        stored = Stored(
            large=cluster.create_database("large"),
            small=cluster.create_database("small"),
            table=large,
            programs=programs,
            cluster=cluster,
        )
        asyncio.run(_carry(stored, large, small))
        cluster.stop()
        yield stored


async def _carry(stored: Stored, large: Table, small: Table) -> None:
    await carrying.carry(small.path, Database(stored.small, None))
    await carrying.pour(large.path, Database(stored.large, None))
    connection = await asyncpg.connect(stored.large)
    try:
        await connection.execute(_BESIDE)
    finally:
        await connection.close()
    await carrying.settle(stored.large)
