"""Guests: the people that an organisation knows, whatever they ordered."""

from __future__ import annotations

from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.model.people import Person

GUEST_TYPES: Final = ("visitor", "customer", "traveller")


class Guest(Person, frozen=True, kw_only=True, rename="camel"):
    """What is known of a guest. Its `email` is the first of its emails."""

    guest_type: str
    first_seen: Instant | None = None
    last_seen: Instant | None = None
