"""The machine that a store runs on: its disk, its clock and its power, all from one seed.

What a round asks of a machine is `Machine`; of another engine, that is all to write anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from enum import Enum
from pathlib import Path
from random import Random
from typing import Any, Protocol

import apsw
import pytest
from tests.operations.examples import NOON
from tests.simulation.journals import Journal, Violation
from tests.simulation.schedules import Schedule
from tests.store.disks import Disk, mounted

from orderfolio.errors import CannotStart
from orderfolio.operations import deletions
from orderfolio.store.contract import Store
from orderfolio.store.records import Problem
from orderfolio.store.sqlite import check, files, open_store, writer
from orderfolio.wire.documents import SPELLING

# To start in: the last on a disk that is well.
ATTEMPTS = 4
_HOUR = 3_600_000_000


class Unplugged(Exception):
    """The power is gone, and with it whatever would have been answered."""


class Machine(Protocol):
    """A computer with one store on it."""

    store: Store
    is_dark: bool
    """Whether the power is gone: whoever asked for something never hears of it."""

    async def start(self) -> None:
        """Open the store, as often as it takes; nothing breaks then, before `trouble`."""

    def trouble(self) -> None:
        """From now on things break."""

    def calm(self) -> None:
        """From now on nothing does."""

    def turn(self) -> None:
        """Let whatever runs beside the event loop run for a while."""

    async def stop(self) -> None:
        """Close the store, on a dark machine too."""

    def problems(self) -> Sequence[Problem]:
        """What `check` finds in the database."""


class Trouble(Enum):
    POWER = "power"
    FAILURE = "failure"
    NEXT_SYNC = "the next sync"


class Troubles:
    """What becomes of each write and sync of a disk."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        # Some rounds have much of one and nothing of the other.
        self._failing = chance.choice((0.0, 0.001, 0.01))
        self._cutting = chance.choice((0.0, 0.0005, 0.002))
        # Of unsynced sectors: what a power cut leaves; all of them is a killed process.
        self.kept = chance.choice((0.0, 0.5, 1.0))
        self._error: type[apsw.Error] = apsw.IOError
        self._left = 0
        self._turns_left = 0
        self._awaits_sync = False

    def meets(self, disk: Disk) -> Trouble | None:
        """What this write or sync meets."""
        chance = self._chance
        if self._left == 0:
            if chance.random() < self._cutting:
                return Trouble.POWER
            if chance.random() < self._failing:
                if chance.random() < 0.5:
                    self._awaits_sync = True
                    return Trouble.NEXT_SYNC
                self._left = chance.choice((1, 1, 1, 4, 20))
                self._error = chance.choice((apsw.IOError, apsw.FullError))
                disk.is_tearing = chance.random() < 0.5
        if self._left > 0:
            self._left -= 1
            return Trouble.FAILURE
        return None

    def strike(self, disk: Disk) -> bool:
        """Whether the power goes in this turn of the loop, whatever the disk is doing."""
        if self._awaits_sync and not disk.failing_syncs:
            self._awaits_sync = False
            # What made the disk fail often cuts the power too, once clients know.
            if self._cutting and self._chance.random() < 0.7:
                self._turns_left = self._chance.randrange(3, 6)
        self._turns_left -= 1
        return self._turns_left == 0 or self._chance.random() < self._cutting

    def error(self) -> apsw.Error:
        return self._error("the disk fails")


class SqliteMachine:
    """Each power cut leaves its files in a folder of their own, where the next store opens."""

    store: Store

    def __init__(self, seed: int, folder: Path, journal: Journal) -> None:
        self.is_calm = True
        self.is_dark = False
        self._journal = journal
        self._folder = folder / "0"
        self._folder.mkdir()
        self._cuts = 0
        self._disk = Disk()
        self._schedule = Schedule(Random(f"{seed} schedule"))
        self._chance = Random(f"{seed} disk")
        self._troubles = Troubles(self._chance)
        self._clock = _clock(Random(f"{seed} clock"))
        self._entropy = Random(f"{seed} entropy").randbytes
        self._ends = ExitStack()

    @contextmanager
    def arranged(self) -> Iterator[None]:
        """Put the seed's threads, time and disk in the place of the system's."""
        with pytest.MonkeyPatch.context() as patch, self._ends:
            self._mount()
            patch.setattr(writer, "Thread", self._schedule.thread)
            patch.setattr(writer, "SimpleQueue", self._schedule.queue)
            patch.setattr(writer, "monotonic", self._schedule.monotonic)
            patch.setattr(files, "sync_folder", lambda _: self._disk.sync_folder())
            # Whoever holds a lock may be standing at a seam: waiting helps nobody.
            patch.setattr(files, "BUSY_MILLISECONDS", 0)
            # Many checkpoints and long deletions, so that much happens in their middle.
            patch.setattr(writer, "IDLE_PAGES", 40)
            patch.setattr(writer, "BUSY_PAGES", 120)
            patch.setattr(deletions, "BATCH", 1)
            yield

    async def start(self) -> None:
        """The disk may fail meanwhile, and the power go again; but not for ever."""
        for attempt in range(ATTEMPTS):
            if self.is_dark:
                self._boot()
            if attempt == ATTEMPTS - 1:
                self.calm()
            else:
                self.trouble()
            try:
                self.store = self._open()
            except CannotStart as error:
                self._journal.say("no start", type(error.__cause__).__name__)
            else:
                self.calm()
                self._journal.say("start")
                return
        raise Violation("the database can't be opened")

    def trouble(self) -> None:
        self.is_calm = False

    def calm(self) -> None:
        self.is_calm = True
        self._disk.failing_syncs = 0

    def turn(self) -> None:
        self._schedule.turn()
        if not (self.is_calm or self.is_dark) and self._troubles.strike(self._disk):
            self._cut("between two turns")

    async def stop(self) -> None:
        await self.store.close()

    def problems(self) -> Sequence[Problem]:
        return check(self._folder / "orders.db", SPELLING)

    def _open(self) -> Store:
        return open_store(
            self._folder / "orders.db",
            SPELLING,
            clock=self._clock,
            entropy=self._entropy,
            vfs=self._vfs,
        )

    def _boot(self) -> None:
        """Power is back: what the cut left is all that there is."""
        self._ends.close()
        self._folder = self._folder.with_name(str(self._cuts))
        self._disk = Disk()
        self._disk.load(self._folder)
        self._mount()
        self.is_dark = False

    def _mount(self) -> None:
        self._disk.on_event = self._event
        self._vfs = self._ends.enter_context(mounted(self._disk))

    def _event(self) -> None:
        """A write or a sync is about to happen."""
        self._schedule.seam()
        if self.is_dark:
            raise apsw.IOError("the power is gone")
        if self.is_calm:
            return
        trouble = self._troubles.meets(self._disk)
        match trouble:
            case Trouble.POWER:
                self._cut("during a write")
                raise apsw.IOError("the power is gone")
            case Trouble.FAILURE:
                self._journal.say("failure")
                raise self._troubles.error()
            case Trouble.NEXT_SYNC:
                self._journal.say("failure", trouble.value)
                self._disk.failing_syncs = 1

    def _cut(self, when: str) -> None:
        self._journal.say("power", when)
        self._cuts += 1
        folder = self._folder.with_name(str(self._cuts))
        folder.mkdir()
        self._disk.cut(folder, self._chance, self._troubles.kept)
        self._disk.is_tearing = False
        self.is_dark = True


def _clock(chance: Random) -> Callable[[], int]:
    """Microseconds that mostly go on, stand still now and then, and sometimes jump."""
    now = NOON.microseconds

    def read() -> int:
        nonlocal now
        roll = chance.random()
        if roll < 0.02:
            now += chance.randrange(-_HOUR, _HOUR)
        elif roll < 0.8:
            now += chance.randrange(2_000)
        return now

    return read


async def settle(machine: Machine, *tasks: asyncio.Task[Any]) -> None:
    """Give turns until the tasks are done, or one failed, or the power is gone; none is left
    running."""
    try:
        while not machine.is_dark and not all(task.done() for task in tasks):
            if any(task.done() and task.exception() for task in tasks):
                break
            machine.turn()
            await asyncio.sleep(0)
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in ended:
        if isinstance(outcome, Exception) and not isinstance(outcome, Unplugged):
            raise outcome
