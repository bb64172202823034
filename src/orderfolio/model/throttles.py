"""How often somebody may be wrong about a secret; what is remembered of it has a bound."""

from __future__ import annotations

import ipaddress
import math
from collections import OrderedDict
from functools import lru_cache
from typing import Final

_REMEMBERED: Final = 10_000
_NAME_LENGTH: Final = 255


class Throttle:
    """Counts failures by address, and by address and name: a stranger elsewhere can't lock
    somebody out by failing in their name.

    `tries_by_address` and `tries_by_name` are how many failures are allowed within
    `window_seconds` of the first. Times are seconds of one clock, whichever. A network of
    IPv6 that one subscriber is given (/64) counts as one address.
    """

    def __init__(self, window_seconds: float, tries_by_address: int, tries_by_name: int) -> None:
        self._window_seconds = window_seconds
        self._tries_by_address = tries_by_address
        self._tries_by_name = tries_by_name
        self._failures: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()

    def wait_seconds(self, address: str, name: str, now: float) -> int:
        """How long this pair has to wait; 0 where it may try."""
        by_address, by_name = _keys(address, name)
        return max(
            self._wait(by_address, self._tries_by_address, now),
            self._wait(by_name, self._tries_by_name, now),
        )

    def fail(self, address: str, name: str, now: float) -> None:
        for key in _keys(address, name):
            count, began = self._failures.pop(key, (0, now))
            if now - began >= self._window_seconds:
                count, began = 0, now
            self._failures[key] = (count + 1, began)
        while len(self._failures) > _REMEMBERED:
            self._failures.popitem(last=False)

    def forgive(self, address: str, name: str) -> None:
        """Forget the failures of somebody who signed in at last, and of the address the one
        that it was not."""
        by_address, by_name = _keys(address, name)
        self._failures.pop(by_name, None)
        count, began = self._failures.get(by_address, (0, 0.0))
        if count:
            self._failures[by_address] = (count - 1, began)

    def _wait(self, key: tuple[str, ...], tries: int, now: float) -> int:
        count, began = self._failures.get(key, (0, now))
        if count < tries or now - began >= self._window_seconds:
            return 0
        return max(1, math.ceil(began + self._window_seconds - now))


def _keys(address: str, name: str) -> tuple[tuple[str], tuple[str, str]]:
    network = _network(address)
    return (network,), (network, name[:_NAME_LENGTH])


@lru_cache(1024)
def _network(address: str) -> str:
    """What one subscriber can call from: an IPv4 address, or a /64 of IPv6."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
