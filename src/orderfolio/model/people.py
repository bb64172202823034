"""People: what a contact, a consumer and a guest have in common, and how they are told apart."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref

GENDERS: Final = ("male", "female", "unknown")


class Role(Enum):
    """What a person is to an order."""

    CONTACT = "contact"
    CONSUMER = "consumer"


class Identifier(Struct, frozen=True, kw_only=True, rename="camel"):
    """A name that some provider knows the person by; it counts until it expires."""

    provider: str
    id: str
    expiry_date: Instant | None = None

    def counts_at(self, now: Instant) -> bool:
        return self.expiry_date is None or self.expiry_date > now


class Person(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client says of a person. Days are text: `YYYY-MM-DD` or an instant, as given."""

    title: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    gender: str | None = None
    date_of_birth: str | None = None
    nationality: str | None = None
    passport_number: str | None = None
    passport_expiry: str | None = None
    emails: tuple[str, ...] | None = None
    phone_numbers: tuple[str, ...] | None = None
    street: tuple[str, ...] | None = None
    city: str | None = None
    state: str | None = None
    post_code: str | None = None
    country: str | None = None
    identifiers: tuple[Identifier, ...] | None = None


class Links(Struct, frozen=True, kw_only=True):
    """What a client says of a person's relatives; UNSET leaves them as they are.

    `guest` None unlinks; `items` is the whole set of items that a consumer consumes.
    """

    guest: Ref | None | UnsetType = UNSET
    items: tuple[Ref, ...] | UnsetType = UNSET


AS_THEY_ARE: Final = Links()
