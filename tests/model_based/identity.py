"""Who a person is: identity rules, matches, and what a guest learns from a match."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tests.model_based.nouns import Attributes, Consumer, Contact, Guest, Person, moment, spelled

# Every organisation has the first rule; the test gives it the second.
RULES = ("email", "loyalty")


def is_email(provider: str) -> bool:
    return provider.lower() == "email"


def known_as(person: Attributes, provider: str, now: datetime) -> set[str]:
    """The ids under which a person counts for a rule of this provider."""
    ids = {
        identifier["id"]
        for identifier in person.get("identifiers", [])
        if identifier["provider"] == provider and counts(identifier, now)
    }
    if not is_email(provider):
        return ids
    return {text.lower() for text in (*ids, *person.get("emails", []))}


def counts(identifier: dict[str, str], now: datetime) -> bool:
    expiry = identifier.get("expiryDate")
    return expiry is None or moment(expiry) > now


def has_enough_identity(person: Attributes, now: datetime) -> bool:
    return any(known_as(person, provider, now) for provider in RULES)


def match(person: Attributes, guests: Iterable[Guest], now: datetime) -> Guest | None:
    """The first rule that finds a guest wins; of several guests, the one created first."""
    in_order = list(guests)
    for provider in RULES:
        sought = known_as(person, provider, now)
        for guest in in_order:
            if sought & known_as(guest.attributes, provider, now):
                return guest
    return None


def namesake(consumer: Consumer, contacts: Iterable[Contact]) -> Guest | None:
    """The guest of the order's first contact that has one and bears the consumer's names."""
    names = _names(consumer)
    if None in names:
        return None
    for contact in contacts:
        if contact.order is consumer.order and contact.guest and _names(contact) == names:
            return contact.guest
    return None


def _names(person: Person) -> tuple[str | None, str | None]:
    return person.attributes.get("firstName"), person.attributes.get("lastName")


def of_new_guest(person: Person) -> Attributes:
    seen = spelled(person.order.ordered_at)
    kind = "customer" if isinstance(person, Contact) else "traveller"
    return person.attributes | {"guestType": kind, "firstSeen": seen, "lastSeen": seen}


def after_sight(guest: Guest, person: Person) -> Attributes:
    """A guest's attributes once a person of an order is known to be it."""
    seen = person.order.ordered_at
    first, last = (
        moment(guest.attributes.get(name, spelled(seen))) for name in ("firstSeen", "lastSeen")
    )
    after = guest.attributes | {
        "firstSeen": spelled(min(first, seen)),
        "lastSeen": spelled(max(last, seen)),
    }
    if isinstance(person, Contact):
        after["guestType"] = "customer"
    return after


def filled(guest: Guest, person: Person, guests: Iterable[Guest], now: datetime) -> Attributes:
    """A guest's attributes with what a matching person has and it lacks."""
    others = [other.attributes for other in guests if other is not guest]
    after = person.attributes | guest.attributes
    for name in ("emails", "identifiers"):
        entries = list(guest.attributes.get(name, []))
        known = {_mark(entry) for entry in entries if _lasts(entry, now)}
        brought: dict[tuple[str, str], str | dict[str, str]] = {}
        for entry in person.attributes.get(name, []):
            mark = _mark(entry)
            if _lasts(entry, now) and _outlasts(entry, brought.get(mark)):
                brought[mark] = entry
        entries += [
            entry
            for mark, entry in brought.items()
            if mark not in known and not any(_carries(other, mark, now) for other in others)
        ]
        after.pop(name, None)
        if name in guest.attributes or entries:
            after[name] = entries
    return after


def _lasts(entry: str | dict[str, str], now: datetime) -> bool:
    return isinstance(entry, str) or counts(entry, now)


def _outlasts(entry: str | dict[str, str], other: str | dict[str, str] | None) -> bool:
    if other is None:
        return True
    if isinstance(entry, str) or isinstance(other, str) or "expiryDate" not in other:
        return False
    return "expiryDate" not in entry or moment(entry["expiryDate"]) > moment(other["expiryDate"])


def _mark(entry: str | dict[str, str]) -> tuple[str, str]:
    """What makes two emails, or two identifiers, the same one."""
    if isinstance(entry, str):
        return "", entry.lower()
    provider, id_ = entry["provider"], entry["id"]
    return provider, id_.lower() if is_email(provider) else id_


def _carries(person: Attributes, mark: tuple[str, str], now: datetime) -> bool:
    """Whether a mark is another's already; an address is one wherever a rule looks for it."""
    provider, value = mark
    if provider and not is_email(provider):
        return value in known_as(person, provider, now)
    return any(value in known_as(person, one, now) for one in {"email", provider or "email"})
