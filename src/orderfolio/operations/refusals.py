"""Refusals: which errors the clients of an organisation got, so that their makers can be told.

They are counted in memory while requests are answered, and kept by day every now and then:
what a process counted in its last moment is lost with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from orderfolio.model import instants
from orderfolio.model.instants import Instant
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation, Refused

# How long they are kept, and how many days are shown.
KEPT_DAYS: Final = 30
SHOWN_DAYS: Final = 7
SHOWN: Final = 10

Counts = Mapping[tuple[Organisation, str, str], int]
"""How often, by organisation, code and operation."""


class Tray:
    """Where a process counts until somebody keeps what it counted. For one event loop."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Organisation, str, str]] = Counter()

    def count(self, organisation: Organisation, code: str, operation: str) -> None:
        self._counts[organisation, code, operation] += 1

    def empty(self) -> Counts:
        """All that was counted, which is no longer in the tray."""
        counts, self._counts = self._counts, Counter()
        return counts

    def put_back(self, counts: Counts) -> None:
        self._counts.update(counts)


async def record(tx: Transaction, counts: Counts) -> None:
    """Keep counts as today's, beside what other processes counted."""
    today = _day(tx.now, 0)
    for (organisation, code, operation), count in sorted(counts.items()):
        await tx.refusals.add(organisation, today, code, operation, count)


async def browse(tx: Transaction, organisation: Organisation) -> Sequence[Refused]:
    """The most frequent of the last days, today among them; the most frequent first."""
    since = _day(tx.now, SHOWN_DAYS - 1)
    return await tx.refusals.most(organisation, since, SHOWN)


async def forget(tx: Transaction, limit: int) -> int:
    """Let go of at most `limit` days' counts that were kept long enough; how many."""
    return await tx.refusals.delete_older(_day(tx.now, KEPT_DAYS - 1), limit)


def _day(now: Instant, ago: int) -> Instant:
    """Midnight, UTC, of the day that was so many days ago."""
    return instants.start_of(instants.day_of(now) - timedelta(days=ago))
