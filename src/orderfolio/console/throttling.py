"""How often somebody may try to sign in; what is remembered of it has a bound."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

WINDOW_SECONDS: Final = 300
TRIES_BY_ADDRESS: Final = 20
TRIES_BY_NAME: Final = 10
_REMEMBERED: Final = 10_000


class Throttle:
    """Counts failures by address, and by address and name: a stranger elsewhere can't lock
    somebody out by failing in their name."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()

    def wait_seconds(self, address: str, name: str, now: float) -> int:
        """How long this pair has to wait; 0 where it may try."""
        waits = (
            self._wait((address,), TRIES_BY_ADDRESS, now),
            self._wait((address, name[:255]), TRIES_BY_NAME, now),
        )
        return max(waits)

    def fail(self, address: str, name: str, now: float) -> None:
        for key in ((address,), (address, name[:255])):
            count, began = self._failures.pop(key, (0, now))
            if now - began >= WINDOW_SECONDS:
                count, began = 0, now
            self._failures[key] = (count + 1, began)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def forgive(self, address: str, name: str) -> None:
        """Forget the failures of somebody who signed in at last, and of the address the one
        that it was not."""
        self._failures.pop((address, name[:255]), None)
        count, began = self._failures.get((address,), (0, 0.0))
        if count:
            self._failures[address,] = (count - 1, began)

    def _wait(self, key: tuple[str, ...], tries: int, now: float) -> int:
        count, began = self._failures.get(key, (0, now))
        if count < tries or now - began >= WINDOW_SECONDS:
            return 0
        return int(began + WINDOW_SECONDS - now) + 1
