"""How many requests an organisation may send: a bucket each, which fills as time goes by."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from orderfolio.store.records import Organisation
from orderfolio.wire import faults
from orderfolio.wire.responses import Header


class Rates:
    """At most `per_second` requests of an organisation, a second's worth of them at once.

    The count is this process's own: several servers allow several times as much.
    """

    def __init__(
        self, per_second: int, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._now = monotonic_seconds
        # Per organisation: what was left in its bucket, and when. Organisations are few.
        self._buckets: dict[Organisation, tuple[float, float]] = {}

    def take(self, organisation: Organisation) -> tuple[Header, ...]:
        """Count a request; what its answer tells of the rate. Raises the refusal of one too
        many, which isn't counted."""
        now = self._now()
        full = float(self._per_second)
        left, then = self._buckets.get(organisation, (full, now))
        left = min(full, left + (now - then) * self._per_second)
        if left < 1:
            wait = math.ceil((1 - left) / self._per_second)
            raise faults.rate_limited(wait, self._headers(0, wait))
        left -= 1
        self._buckets[organisation] = left, now
        return self._headers(int(left), math.ceil((full - left) / self._per_second))

    def _headers(self, left: int, reset_seconds: int) -> tuple[Header, ...]:
        return (
            (b"ratelimit-limit", b"%d" % self._per_second),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % reset_seconds),
        )
