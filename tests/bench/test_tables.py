"""The tables that are measured: made of copies, and yet what operations leave."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clusters.postgres import Server

from bench import carrying, tables
from orderfolio import databases
from orderfolio.model import refs
from orderfolio.operations import tallies
from orderfolio.settings import Database
from orderfolio.store.postgres import migrate
from orderfolio.store.shelves import Row
from orderfolio.store.sqlite import open_store, source
from orderfolio.wire.documents import SPELLING

SIZE = 1_100
BEGAN = 1_700_000_000


def entropy(length: int) -> bytes:
    return b"\x5a" * length


def rows_of(path: Path) -> dict[str, list[Row]]:
    async def read() -> dict[str, list[Row]]:
        with source(path) as shelf:
            async with shelf.transaction():
                return {
                    table.name: [row async for rows in shelf.read(table) for row in rows]
                    for table in await shelf.tables()
                }

    return asyncio.run(read())


def refs_of_orders(path: Path) -> list[bytes]:
    return [row[1] for row in rows_of(path)["orders"] if isinstance(row[1], bytes)]


async def create_by_operations(path: Path) -> None:
    calendar = tables.Calendar(BEGAN)
    organisation = await tables.create_models(path, range(tables.TOGETHER), calendar, entropy)
    store = open_store(path, SPELLING, clock=calendar, entropy=entropy)
    for begin in range(tables.TOGETHER, SIZE, tables.TOGETHER):
        numbers = range(begin, min(begin + tables.TOGETHER, SIZE))
        calendar.number = begin
        await store.transact(tables.create_orders, organisation, numbers)
    await store.close()


async def fold(path: Path) -> None:
    store = open_store(path, SPELLING, entropy=entropy)
    while await store.transact(tallies.fold, 10_000):
        pass
    await store.close()


def test_copies_are_the_rows_that_operations_would_have_left(tmp_path: Path) -> None:
    copied, operated = tmp_path / "copied.db", tmp_path / "operated.db"
    calendar = tables.Calendar(BEGAN)
    asyncio.run(tables.fill_orders(copied, range(SIZE), calendar, entropy, io.StringIO()))
    asyncio.run(create_by_operations(operated))
    for path in (copied, operated):
        asyncio.run(fold(path))
    assert rows_of(copied) == rows_of(operated)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tables.Table:
    return tables.fill(tmp_path_factory.mktemp("tables") / "small.db", SIZE)


def test_a_table_is_sound(table: tables.Table) -> None:
    database = Database(f"sqlite:///{table.path}", table.path)
    assert asyncio.run(databases.check(database, SPELLING)) == []


def test_a_table_tells_the_refs_of_its_orders_in_their_order(table: tables.Table) -> None:
    written = table.refs.read_text("ascii")
    kept = [written[at : at + 36] for at in range(0, len(written), 36)]
    assert [refs.parse(ref) for ref in kept] == refs_of_orders(table.path)


def test_an_order_is_where_its_number_says(table: tables.Table) -> None:
    assert [int.from_bytes(ref[:8], "big") for ref in refs_of_orders(table.path)] == [
        tables.place_of(number, table.began) for number in range(SIZE)
    ]


def test_a_table_has_a_guest_who_orders_most(table: tables.Table) -> None:
    kept = rows_of(table.path)
    assert len(kept["guests"]) == table.guests
    by_guest = [row for row in kept["people"] if refs.parse(table.guest) in row]
    assert len(by_guest) == 11
    assert any(refs.parse(table.order) in row for row in by_guest)


@pytest.fixture
def server_database(postgres: Server) -> Iterator[Database]:
    """One of PostgreSQL's that nobody else has to do with."""
    name = "carried"
    url = postgres.create_database(name)
    asyncio.run(migrate(url))
    yield Database(url, None)
    postgres.drop_database(name)


def test_what_is_carried_to_another_engine_is_the_same(
    table: tables.Table, server_database: Database, tmp_path: Path
) -> None:
    asyncio.run(carrying.carry(table.path, server_database))
    back = tmp_path / "back.db"
    asyncio.run(databases.copy(server_database, Database("", back), lambda *_: None))
    assert rows_of(back) == rows_of(table.path)
