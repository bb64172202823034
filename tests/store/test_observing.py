"""What an engine tells of its work to whoever observes it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.store.disks import Disk, mounted
from tests.store.spelling import SPELLING

from orderfolio.errors import NameTaken, Unavailable
from orderfolio.operations import organisations
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.sqlite import open_store, stores, submissions, writer


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


class Clock:
    """Shows what it was set to: an operation that takes its time moves it on."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    async def sleepy(self, _tx: Transaction) -> None:
        self.seconds += 5

    async def slow(self, _tx: Transaction) -> None:
        self.seconds += 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The store's own clock."""
    clock = Clock()
    for module in (stores, submissions, writer):
        monkeypatch.setattr(module, "perf_counter", clock)
    return clock


class Hold:
    """An operation that begins, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()

    async def hold(self, _tx: Transaction) -> None:
        self.begun.set()
        assert self.go.wait(10)


async def touch(tx: Transaction) -> None:
    await tx.organisations.find("")


class TestWrites:
    def test_what_waited_and_what_it_took_are_told_apart(
        self,
        runner: asyncio.Runner,
        store: Store,
        notes: Notes,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(writer, "GROUP_SECONDS", 60)

        async def both() -> None:
            await asyncio.gather(store.transact(clock.sleepy), store.transact(clock.slow))

        runner.run(both())
        # They share a commit, which each of them takes part in to its end.
        assert notes.writes == [("sleepy", 0.0, 7.0), ("slow", 5.0, 2.0)]
        assert notes.groups == [(2, 7.0)]

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
        busy = Hold()

        async def give_up() -> None:
            holding = asyncio.create_task(store.transact(busy.hold))
            await asyncio.to_thread(busy.begun.wait)
            waiting = asyncio.create_task(store.transact(touch))
            await asyncio.sleep(0.01)
            waiting.cancel()
            await asyncio.wait([waiting])
            busy.go.set()
            await holding

        runner.run(give_up())
        assert [name for name, *_ in notes.writes] == ["hold"]

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
        self, runner: asyncio.Runner, store: Store, notes: Notes, clock: Clock
    ) -> None:
        runner.run(store.read(clock.slow))
        assert notes.reads == [("slow", 0.0, 2.0)]
        assert notes.groups == []
        assert notes.writes == []


class TestQueue:
    def test_its_length_is_that_of_those_who_wait(
        self, runner: asyncio.Runner, store: Store, notes: Notes
    ) -> None:
        busy = Hold()

        async def crowd() -> int:
            holding = asyncio.create_task(store.transact(busy.hold))
            await asyncio.to_thread(busy.begun.wait)
            waiting = [asyncio.create_task(store.transact(touch)) for _ in range(5)]
            await asyncio.sleep(0.05)
            assert notes.length is not None
            length = notes.length()
            busy.go.set()
            await asyncio.gather(holding, *waiting)
            return length

        assert runner.run(crowd()) == 5
        assert notes.length is not None
        assert notes.length() == 0
        sizes = [size for size, _ in notes.groups]
        assert sum(sizes) == 6
        assert max(sizes) > 1
