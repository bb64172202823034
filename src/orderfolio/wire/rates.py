"""How many requests an organisation may send: a bucket each, which fills as time goes by."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from orderfolio.store.records import Organisation
from orderfolio.wire import faults


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

    def take(self, organisation: Organisation) -> None:
        """Count a request; raises the refusal of one too many, which isn't counted."""
        now = self._now()
        full = float(self._per_second)
        left, then = self._buckets.get(organisation, (full, now))
        left = min(full, left + (now - then) * self._per_second)
        if left < 1:
            raise faults.rate_limited(math.ceil((1 - left) / self._per_second))
        self._buckets[organisation] = left - 1, now
