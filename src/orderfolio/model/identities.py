"""Identity rules: which identifiers make two people the same guest."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from orderfolio.model.instants import Instant
from orderfolio.model.people import Identifier, Person

RULES: Final = 5


class Rule(Struct, frozen=True):
    """People that share an identifier of `provider` are one guest."""

    name: str
    provider: str


FIRST_RULE: Final = Rule(name="Email", provider="email")


class Mark(Struct, frozen=True, order=True):
    """One identifier in the form in which it is compared.

    `provider` is the identifier's own, or EMAILS for an entry of `emails`.
    """

    provider: str
    value: str


# Not a provider that a client could send: those have at least one character.
EMAILS: Final = ""


def is_email(provider: str) -> bool:
    """Whether ids of this provider are email addresses, which compare in lower case."""
    return provider.lower() == "email"


def mark_of_identifier(provider: str, id: str) -> Mark:
    return Mark(provider, id.lower() if is_email(provider) else id)


def mark_of_email(email: str) -> Mark:
    return Mark(EMAILS, email.lower())


def marks_for(rule: Rule, person: Person, now: Instant) -> tuple[Mark, ...]:
    """The marks by which `rule` looks for a guest: both spellings of each address, where
    the rule's provider is email, since one guest may keep it among its `emails` and
    another among its `identifiers`."""
    ids = [
        identifier.id
        for identifier in person.identifiers or ()
        if identifier.provider == rule.provider and identifier.counts_at(now)
    ]
    if not is_email(rule.provider):
        return tuple(Mark(rule.provider, id) for id in ids)
    addresses = dict.fromkeys(text.lower() for text in (*ids, *(person.emails or ())))
    return tuple(
        mark for text in addresses for mark in (Mark(rule.provider, text), Mark(EMAILS, text))
    )


def expired_for(rule: Rule, person: Person, now: Instant) -> tuple[Identifier, ...]:
    """The identifiers by which `rule` would look for a guest, had they not expired."""
    return tuple(
        identifier
        for identifier in person.identifiers or ()
        if identifier.provider == rule.provider and not identifier.counts_at(now)
    )


def all_marks(person: Person) -> tuple[tuple[Mark, Instant | None], ...]:
    """Every mark that the person carries, each with the instant at which it stops to count."""
    marks: dict[Mark, Instant | None] = {}
    for email in person.emails or ():
        marks[mark_of_email(email)] = None
    for identifier in person.identifiers or ():
        mark = mark_of_identifier(identifier.provider, identifier.id)
        expiry = identifier.expiry_date
        earlier = marks.get(mark, expiry)
        marks[mark] = None if earlier is None or expiry is None else max(earlier, expiry)
    return tuple(marks.items())
