"""HTTP Basic: the client key as user name, the API token as password; and guessing them."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from orderfolio.model.throttles import Throttle
from orderfolio.operations import credentials
from orderfolio.operations.credentials import Access
from orderfolio.store.contract import Store
from orderfolio.wire import faults

WINDOW_SECONDS: Final = 30
TRIES_BY_ADDRESS: Final = 20
TRIES_BY_KEY: Final = 10
_REMEMBERED: Final = 10_000


class Doorkeeper:
    """Lets in who has a right pair, and slows down who guesses.

    An address that was wrong too often in a while is told to wait, and what it sends
    meanwhile is not compared: nobody learns from the answer whether it was right. Where a key
    has opened before, it goes on to be compared from that address, so that a neighbour behind
    the same address locks nobody out; only what is wrong is told to wait there. Whoever comes
    from this machine itself never waits: a proxy that isn't trusted would stand for everybody,
    and tests ask with wrong credentials on purpose. The count is this process's own.
    """

    def __init__(
        self, store: Store, monotonic_seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._now = monotonic_seconds
        self._throttle = Throttle(WINDOW_SECONDS, TRIES_BY_ADDRESS, TRIES_BY_KEY)
        self._opened: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def admit(self, authorization: str | None, address: str) -> Access:
        """What the header's credentials open, sent from `address`.

        Raises the refusals of none, of wrong ones, and of too many wrong ones.
        """
        pair = read_basic(authorization)
        if pair is None:
            raise faults.unauthorized()
        place = address, pair[0]
        if place not in self._opened:
            return await self._admit_stranger(pair, address)
        access = await self._store.read_shared(credentials.authenticate, *pair)
        if access is None:
            self._check(place)
            self._throttle.fail(*place, self._now())
            raise faults.unauthorized()
        self._opened.move_to_end(place)
        return access

    async def _admit_stranger(self, pair: tuple[str, str], address: str) -> Access:
        place = address, pair[0]
        self._check(place)
        access = await self._store.read_shared(credentials.authenticate, *pair)
        if access is None:
            # Again, for tries at one moment; and counted only now, since of many right ones
            # that come at one moment none is a failure.
            self._check(place)
            self._throttle.fail(*place, self._now())
            raise faults.unauthorized()
        self._opened[place] = None
        if len(self._opened) > _REMEMBERED:
            self._opened.popitem(last=False)
        return access

    def _check(self, place: tuple[str, str]) -> None:
        if _is_this_machine(place[0]):
            return
        wait = self._throttle.wait_seconds(*place, self._now())
        if wait:
            raise faults.too_many_failures(wait)


@lru_cache(1024)
def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


# Clients send the same header each time; what it opens is looked up each time anew.
@lru_cache(256)
def read_basic(authorization: str | None) -> tuple[str, str] | None:
    """Client key and API token as the header gives them; None where it isn't `Basic`."""
    if authorization is None or authorization[:6].lower() != "basic ":
        return None
    try:
        decoded = base64.b64decode(authorization[6:].strip(), validate=True).decode()
    except (binascii.Error, UnicodeError, ValueError):
        return None
    client_key, colon, api_token = decoded.partition(":")
    # PostgreSQL can't be asked for text with U+0000 in it, and nobody was given such a key.
    return (client_key, api_token) if colon and "\x00" not in client_key else None
