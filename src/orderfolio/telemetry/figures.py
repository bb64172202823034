"""Figures: what is counted while the server works. Nothing here knows who reads them.

Counting happens on the way of every request, so it is a few additions to plain lists; what
they mean to a reader is worked out when somebody reads.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final

from orderfolio.wire.watching import Exchange

REQUEST_SECONDS: Final = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025),
    *(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
STORE_SECONDS: Final = REQUEST_SECONDS
GROUP_SIZES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Histogram:
    """How often a value was at most each of `bounds`, and beyond the last; and their sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def merge(self, other: Histogram) -> None:
        """Add what `other`, of the same bounds, was told."""
        self.counts = [one + more for one, more in zip(self.counts, other.counts, strict=True)]
        self.total += other.total

    def copy(self) -> Histogram:
        found = Histogram(self.bounds)
        found.counts, found.total = self.counts.copy(), self.total
        return found


class Figures:
    """Everything that is counted. A field is written by one thread: requests, waits and
    reads by that of the loop, groups by the store's."""

    def __init__(self) -> None:
        self.in_flight = 0
        # By operation and status; 0 where the client went away before it was answered.
        self.requests: dict[tuple[str, int], Histogram] = {}
        self.refused: dict[int, int] = {}
        self.groups = Histogram(GROUP_SIZES)
        self.group_seconds = Histogram(STORE_SECONDS)
        self.wait_seconds = Histogram(STORE_SECONDS)
        self.reads = 0
        self.read_seconds = 0.0
        self.queue_length: Callable[[], int] = _none

    def begin(self, _exchange: Exchange) -> None:
        """A request is to be answered."""
        self.in_flight += 1

    def end(self, exchange: Exchange) -> None:
        """It was, or its client went away."""
        self.in_flight -= 1
        key = exchange.operation, exchange.status
        found = self.requests.get(key)
        if found is None:
            found = self.requests[key] = Histogram(REQUEST_SECONDS)
        # As `add` does, but for the call: this is on the way of every request.
        seconds = perf_counter() - exchange.began
        found.counts[bisect_left(REQUEST_SECONDS, seconds)] += 1
        found.total += seconds

    def refuse(self, status: int) -> None:
        """What a client sent was refused before it became a request."""
        self.refused[status] = self.refused.get(status, 0) + 1

    def copy(self) -> Figures:
        """All of them as they are now; of the same queue, though."""
        found = Figures()
        found.in_flight = self.in_flight
        found.requests = {key: one.copy() for key, one in self.requests.items()}
        found.refused = self.refused.copy()
        found.groups = self.groups.copy()
        found.group_seconds = self.group_seconds.copy()
        found.wait_seconds = self.wait_seconds.copy()
        found.reads, found.read_seconds = self.reads, self.read_seconds
        found.queue_length = self.queue_length
        return found

    # What a store tells its observer.

    def follow_queue(self, length: Callable[[], int]) -> None:
        self.queue_length = length

    def observe_group(self, size: int, seconds: float) -> None:
        self.groups.add(size)
        self.group_seconds.add(seconds)

    def observe_write(
        self, _operation: Callable[..., Any], waited_seconds: float, _database_seconds: float
    ) -> None:
        self.wait_seconds.add(waited_seconds)

    def observe_read(
        self, _operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        self.reads += 1
        self.read_seconds += waited_seconds + database_seconds


def _none() -> int:
    return 0
