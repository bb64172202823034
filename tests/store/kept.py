"""What tests share, since making it takes longer than most of them: a loop, and on it a store
of PostgreSQL that stays open from test to test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tests.store.engines import Emptying, Engine

from orderfolio.store.contract import Store
from orderfolio.wire.documents import SPELLING


class Kept:
    """A loop, and what is kept on it. A test has a runner of its own over it, so that nothing
    of another's context reaches it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._store: Store | None = None
        self._lanes: set[asyncio.Task[object]] = set()

    @contextmanager
    def runner(self) -> Iterator[asyncio.Runner]:
        """What it is given and hasn't done at the end is cancelled, as by a runner alone."""
        yield asyncio.Runner(loop_factory=lambda: self.loop)
        left = asyncio.all_tasks(self.loop) - self._lanes
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    @contextmanager
    def store(self, engine: Engine, emptying: Emptying) -> Iterator[Store]:
        """A store over the engine's database, in which nobody is left at the end: what was
        answered may still wait to be rolled back, and would hold what is to be emptied."""
        if self._store is None or any(lane.done() for lane in self._lanes):
            self._store = self.loop.run_until_complete(self._open(engine))
        yield self._store
        emptying.wait_until_idle()

    def close(self) -> None:
        if self._store is not None:
            self.loop.run_until_complete(self._store.close())
        self.loop.close()

    async def _open(self, engine: Engine) -> Store:
        before = asyncio.all_tasks()
        store = await engine.open(SPELLING)
        self._lanes = asyncio.all_tasks() - before
        return store
