"""Guests, as a client sends them."""

from __future__ import annotations

from typing import Final

from orderfolio.model import guests
from orderfolio.model.changes import Changes
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.wire.reading import people
from orderfolio.wire.reading.attributes import Attribute, Mode, Table, read
from orderfolio.wire.reading.values import instant, one_of

_TABLE: Final = Table(
    "a guest",
    (
        Attribute("guestType", "guest_type", one_of(guests.GUEST_TYPES), required=True),
        *people.ATTRIBUTES,
        Attribute("firstSeen", "first_seen", instant),
        Attribute("lastSeen", "last_seen", instant),
    ),
)


def read_new(body: dict[str, object], now: Instant) -> Guest:
    """Raises Misread."""
    return Guest(**_read(body, Mode.CREATE, None, now))


def read_changes(body: dict[str, object], ref: Ref, replacing: bool, now: Instant) -> Changes:
    """`email` is as in `people.read_changes`. Raises Misread."""
    return _read(body, Mode.of(replacing=replacing), ref, now)


def _read(body: dict[str, object], mode: Mode, ref: Ref | None, now: Instant) -> Changes:
    emails = people.Emails()

    def other(name: str, value: object) -> bool:
        if name != "email":
            return False
        emails.take(value)
        return True

    values = read(_TABLE, body, mode, ref=ref, now=now, other=other)
    emails.fold_into(values, mode)
    return values
