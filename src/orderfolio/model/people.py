"""People: what a contact, a consumer and a guest have in common, and how they are told apart."""

from __future__ import annotations

from enum import Enum
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from orderfolio.model.changes import Changes
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

    guest: Ref | UnsetType | None = UNSET
    items: tuple[Ref, ...] | UnsetType = UNSET


AS_THEY_ARE: Final = Links()


def with_email(emails: tuple[str, ...] | None, email: str) -> tuple[str, ...]:
    """`emails` with `email` put first, and nowhere else."""
    if emails and emails[0] == email:
        return emails
    return (email, *(other for other in emails or () if other != email))


def with_email_changed(emails: tuple[str, ...] | None, email: str | None) -> tuple[str, ...] | None:
    """`emails` once their first has become `email`, or has gone; None where none is left."""
    rest = (emails or ())[1:]
    return (rest or None) if email is None else with_email(rest, email)


def fold_email(person: Person, changes: Changes) -> Changes:
    """`changes` with an `email` among them, which is no field of its own, made a change of
    the person's emails."""
    if "email" not in changes:
        return changes
    others = {name: value for name, value in changes.items() if name != "email"}
    return {**others, "emails": with_email_changed(person.emails, changes["email"])}
