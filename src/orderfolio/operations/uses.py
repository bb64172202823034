"""Uses of credentials: when each client key last opened something.

They are noted in memory while requests are answered, and written once a minute a key at most,
so that no request waits for it: what a process noted in its last minute is lost if it is killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.operations.credentials import Access
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation

PAUSE_SECONDS: Final = 60

Noted = Mapping[tuple[Organisation, str], Instant]
"""The last use, by organisation and client key."""


class Uses:
    """Where a process notes uses until somebody keeps them. For one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._noted: dict[tuple[Organisation, str], Instant] = {}
        self._taken: dict[tuple[Organisation, str], float] = {}

    def note(self, access: Access, now: Instant) -> None:
        self._noted[access.organisation, access.client_key] = now

    def take(self, *, everything: bool = False) -> Noted:
        """What is to be kept now: of a key that was taken less than a minute ago nothing,
        unless `everything` is asked for."""
        now = self._clock()
        self._taken = {
            key: taken for key, taken in self._taken.items() if now - taken < PAUSE_SECONDS
        }
        due = {
            key: used_at
            for key, used_at in self._noted.items()
            if everything or key not in self._taken
        }
        for key in due:
            del self._noted[key]
            self._taken[key] = now
        return due

    def put_back(self, noted: Noted) -> None:
        for key, used_at in noted.items():
            self._noted.setdefault(key, used_at)
            self._taken.pop(key, None)


async def record(tx: Transaction, noted: Noted) -> None:
    """Keep uses. A key that was revoked meanwhile stays away."""
    for (organisation, client_key), used_at in sorted(noted.items()):
        await tx.credentials.note_use(organisation, client_key, used_at)
