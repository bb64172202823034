"""What a read sees: every write that anybody was told of, and one state of all rows."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.store.spelling import SPELLING

from orderfolio.store.contract import Store, Transaction
from orderfolio.store.sqlite import SqliteStore, open_store


async def names(tx: Transaction) -> list[str]:
    return [row.name for row in await tx.organisations.all()]


async def insert(tx: Transaction, name: str) -> None:
    await tx.organisations.insert(name, tx.now)


async def told(store: Store, others: Store, name: str) -> list[str]:
    """Read, have a name inserted by another process, and read again once that is told."""
    await store.read(names)
    await others.transact(insert, name)
    return await store.read(names)


class TestSnapshots:
    def test_what_another_process_was_told_of_is_read(self, tmp_path: Path) -> None:
        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            others = open_store(tmp_path / "orders.db", SPELLING)
            for number in range(20):
                assert f"shop {number}" in await told(store, others, f"shop {number}")
            await store.close()
            await others.close()

        asyncio.run(play())

    def test_reads_beside_each_other_see_what_was_told_before(self, tmp_path: Path) -> None:
        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            seen = await asyncio.gather(*(told(store, store, f"shop {n}") for n in range(50)))
            assert all(f"shop {number}" in names for number, names in enumerate(seen))
            await store.close()

        asyncio.run(play())

    def test_none_is_held_when_its_turn_is_over(self, tmp_path: Path) -> None:
        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            assert isinstance(store, SqliteStore)
            await store.read(names)
            await asyncio.sleep(0)
            assert not store._readers.mine()._database.in_transaction
            await store.close()

        asyncio.run(play())
