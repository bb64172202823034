"""Whether a balancer should send requests here: `/readyz`, as against `/healthz`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from orderfolio.errors import Unavailable
from orderfolio.store.contract import Store, Transaction
from orderfolio.wire import faults

PROBE_SECONDS: Final = 2.0
KEPT_SECONDS: Final = 1.0

_SILENT: Final = "the database doesn't answer"
_STOPPING: Final = "it is about to stop"


class Readiness:
    """What is known of one server.

    The database is asked at most once in `kept_seconds`, however many want to know, and has
    `probe_seconds` to answer: through the queue of writes and as a read, since either may
    work without the other.
    """

    def __init__(
        self,
        store: Store,
        *,
        probe_seconds: float = PROBE_SECONDS,
        kept_seconds: float = KEPT_SECONDS,
        monotonic_seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._probe_seconds = probe_seconds
        self._kept_seconds = kept_seconds
        self._now = monotonic_seconds
        self._probe: asyncio.Task[bool] | None = None
        self._asked_at = 0.0
        self._is_stopping = False

    def stop(self) -> None:
        """From now on the server isn't ready, though it answers whoever still comes."""
        self._is_stopping = True

    async def check(self) -> None:
        """Raises the refusal that says why the server isn't ready."""
        if self._is_stopping:
            raise faults.not_ready(_STOPPING)
        if self._probe is None or self._is_stale(self._probe):
            self._asked_at = self._now()
            self._probe = asyncio.create_task(self._ask())
        # Who asked goes away, and the others still want to know.
        if not await asyncio.shield(self._probe):
            raise faults.not_ready(_SILENT)

    def _is_stale(self, probe: asyncio.Task[bool]) -> bool:
        return probe.done() and self._now() - self._asked_at >= self._kept_seconds

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(self._probe_seconds):
                await self._store.transact(_touch)
                await self._store.read(_touch)
        except (Unavailable, TimeoutError):
            return False
        return True


async def _touch(tx: Transaction) -> None:
    await tx.organisations.find("")
