"""What an engine tells of its work to whoever observes it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.store.disks import Disk, mounted
from tests.store.spelling import SPELLING

from orderfolio.errors import NameTaken, Unavailable
from orderfolio.operations import organisations
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.sqlite import open_store


class Notes:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.length: Callable[[], int] | None = None
        self.groups: list[tuple[int, float]] = []
        self.writes: list[tuple[str, float, float]] = []
        self.reads: list[tuple[str, float, float]] = []

    def follow_queue(self, length: Callable[[], int]) -> None:
        assert self.length is None
        self.length = length

    def observe_group(self, size: int, seconds: float) -> None:
        self.groups.append((size, seconds))

    def observe_write(self, operation: Callable[..., Any], waited: float, taken: float) -> None:
        self.writes.append((operation.__name__, waited, taken))

    def observe_read(self, operation: Callable[..., Any], waited: float, taken: float) -> None:
        self.reads.append((operation.__name__, waited, taken))


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def store(runner: asyncio.Runner, notes: Notes, tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "orders.db", SPELLING, observer=notes)
    try:
        yield store
    finally:
        runner.run(store.close())


async def sleepy(_tx: Transaction) -> None:
    time.sleep(0.05)  # noqa: ASYNC251 - an operation that takes its time


async def slow(_tx: Transaction) -> None:
    time.sleep(0.02)  # noqa: ASYNC251


async def touch(tx: Transaction) -> None:
    await tx.organisations.find("")


class TestWrites:
    def test_what_waited_and_what_it_took_are_told_apart(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        async def both() -> None:
            await asyncio.gather(store.transact(sleepy), store.transact(slow))

        runner.run(both())
        found = {name: (waited, taken) for name, waited, taken in notes.writes}
        assert found["sleepy"][0] < 0.05 <= found["sleepy"][1]
        assert found["slow"][0] >= 0.05
        assert 0.02 <= found["slow"][1] < found["sleepy"][1]
        assert sum(size for size, _ in notes.groups) == 2
        assert sum(seconds for _, seconds in notes.groups) >= 0.07

    def test_one_that_failed_is_told_too(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        runner.run(store.transact(organisations.create, "One"))
        with pytest.raises(NameTaken):
            runner.run(store.transact(organisations.create, "One"))
        assert [name for name, *_ in notes.writes] == ["create", "create"]

    def test_one_that_was_cancelled_isn_t(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        async def give_up() -> None:
            busy = asyncio.create_task(store.transact(sleepy))
            waiting = asyncio.create_task(store.transact(slow))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await busy

        runner.run(give_up())
        assert [name for name, *_ in notes.writes] == ["sleepy"]

    def test_a_group_that_was_refused_is_told_as_one(
        self, runner: asyncio.Runner, notes: Notes, tmp_path: Path
    ) -> None:
        disk = Disk()
        with mounted(disk) as vfs:
            store = open_store(tmp_path / "failing.db", SPELLING, vfs=vfs, observer=notes)
            try:
                disk.wal_bytes = 0
                with pytest.raises(Unavailable):
                    runner.run(store.transact(organisations.create, "One"))
                assert [size for size, _ in notes.groups] == [1]
                assert [name for name, *_ in notes.writes] == ["create"]
                assert all(waited >= 0 and taken >= 0 for _, waited, taken in notes.writes)
            finally:
                disk.wal_bytes = None
                runner.run(store.close())


class TestReads:
    def test_they_are_told_with_their_time(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        runner.run(store.read(slow))
        [(name, waited, taken)] = notes.reads
        assert (name, waited) == ("slow", 0.0)
        assert taken >= 0.02
        assert notes.groups == []
        assert notes.writes == []


class TestQueue:
    def test_its_length_is_that_of_those_who_wait(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        begun, go = threading.Event(), threading.Event()

        async def hold(_tx: Transaction) -> None:
            begun.set()
            assert go.wait(10)

        async def crowd() -> int:
            holding = asyncio.create_task(store.transact(hold))
            await asyncio.to_thread(begun.wait)
            waiting = [asyncio.create_task(store.transact(touch)) for _ in range(5)]
            await asyncio.sleep(0.05)
            assert notes.length is not None
            length = notes.length()
            go.set()
            await asyncio.gather(holding, *waiting)
            return length

        assert runner.run(crowd()) == 5
        assert notes.length is not None
        assert notes.length() == 0
        sizes = [size for size, _ in notes.groups]
        assert sum(sizes) == 6
        assert max(sizes) > 1
