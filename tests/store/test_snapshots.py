"""What a read sees: every write that anybody was told of, and one state of all rows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
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


class Counted:
    """An operation that knows how often it ran."""

    def __init__(self) -> None:
        self.runs = 0

    async def names(self, tx: Transaction, *, begin: str = "") -> list[str]:
        self.runs += 1
        return [name for name in await names(tx) if name.startswith(begin)]


class TestSharedReads:
    def test_the_same_is_looked_up_once_a_turn(self, tmp_path: Path) -> None:
        counted = Counted()

        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            await asyncio.gather(*(store.read_shared(counted.names) for _ in range(10)))
            assert counted.runs == 1
            await asyncio.gather(
                store.read_shared(counted.names, begin="a"),
                store.read_shared(counted.names, begin="b"),
            )
            assert counted.runs == 3
            await store.close()

        asyncio.run(play())

    def test_what_was_told_before_is_seen(self, tmp_path: Path) -> None:
        async def told(store: Store, others: Store, name: str) -> None:
            await store.read_shared(names)
            await others.transact(insert, name)
            assert name in await store.read_shared(names)

        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            others = open_store(tmp_path / "orders.db", SPELLING)
            await asyncio.gather(*(told(store, store, f"shop {n}") for n in range(50)))
            for number in range(50, 70):
                await told(store, others, f"shop {number}")
            await store.close()
            await others.close()

        asyncio.run(play())

    def test_what_failed_is_asked_again(self, tmp_path: Path) -> None:
        async def fail(tx: Transaction, seen: Counted) -> None:
            seen.runs += 1
            raise KeyError(seen.runs)

        async def play() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            counted = Counted()
            for runs in (1, 2):
                with pytest.raises(KeyError):
                    await store.read_shared(fail, counted)
                assert counted.runs == runs
            await store.close()

        asyncio.run(play())
