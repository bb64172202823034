"""Callers of a store that keep on writing, and note what each was told, and how late."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any, Final

import uvloop
from tests.operations.examples import an_order
from tests.store.spelling import SPELLING

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.operations import orders, organisations
from orderfolio.store import deadlines
from orderfolio.store.contract import Store
from orderfolio.store.postgres import open_store
from orderfolio.store.records import Organisation

OURS: Final = Organisation(1)
# As `wire/application.py` has it, and what a client must never see exceeded.
PATIENCE_SECONDS: Final = 4.5
ANSWER_SECONDS: Final = 5.0
BACK_SECONDS: Final = 10.0
CALLERS: Final = 12


def run(main: Coroutine[Any, Any, None]) -> None:
    """On the loop that servers run on; what it leaves behind is a warning, and so a failure."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


class Callers:
    """`acknowledged`, `refused` and `unknown` are numbers of orders; `slowest`, in seconds."""

    def __init__(self, store: Store, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.store = store
        self.patience_seconds = patience_seconds
        self.acknowledged: set[int] = set()
        self.refused: set[int] = set()
        self.unknown: set[int] = set()
        self.slowest = 0.0
        self._numbers = itertools.count(1)
        self._stops = False

    async def call(self) -> bool:
        """Write one order, with the patience of a request or what was given in its place;
        whether it was acknowledged."""
        number = next(self._numbers)
        began = monotonic()
        deadlines.begin(self.patience_seconds)
        try:
            await self.store.transact(orders.create, OURS, an_order(f"R-{number}"))
        except OutcomeUnknown:
            self.unknown.add(number)
        except Unavailable:
            self.refused.add(number)
        else:
            self.acknowledged.add(number)
        self.slowest = max(self.slowest, monotonic() - began)
        return number in self.acknowledged

    async def keep_calling(self) -> None:
        while not self._stops:
            if not await self.call():
                await asyncio.sleep(0.02)

    def stop(self) -> None:
        """Each finishes what it has begun."""
        self._stops = True

    async def see(self, what: Callable[[], int], least: int, seconds: float) -> None:
        """Wait until `what` counts `least` more than now; raises TimeoutError."""
        least += what()
        async with asyncio.timeout(seconds):
            while what() < least:  # noqa: ASYNC110 - of what callers do, no event tells
                await asyncio.sleep(0.01)

    async def see_writes(self, least: int = CALLERS, seconds: float = BACK_SECONDS) -> None:
        await self.see(lambda: len(self.acknowledged), least, seconds)

    async def see_refusals(self, least: int = CALLERS, seconds: float = 2 * ANSWER_SECONDS) -> None:
        await self.see(lambda: len(self.refused) + len(self.unknown), least, seconds)

    def find_untrue(self, references: list[str]) -> list[str]:
        """Of those that are there: what was acknowledged and is lost, refused and is there,
        or there twice."""
        there = [int(reference.removeprefix("R-")) for reference in references]
        return [
            *(f"{number} is lost" for number in self.acknowledged.difference(there)),
            *(f"{number} was refused" for number in self.refused.intersection(there)),
            *(f"{number} is there twice" for number in set(there) if there.count(number) > 1),
        ]


@asynccontextmanager
async def calling(
    url: str,
    *,
    callers: int = CALLERS,
    groups: bool = True,
    patience_seconds: float = PATIENCE_SECONDS,
) -> AsyncIterator[Callers]:
    """Callers of a store of their own, who write already; at the end they stop, then it does."""
    store = await open_store(url, SPELLING, groups=groups)
    try:
        await store.transact(organisations.create, "shop")
        found = Callers(store, patience_seconds)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(callers):
                tasks.create_task(found.keep_calling())
            try:
                await found.see_writes()
                yield found
            finally:
                found.stop()
    finally:
        await store.close()
