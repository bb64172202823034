"""What clients say: orders, people and changes, drawn so that they get in each other's way.

References, addresses and keys are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any, Final

from tests.operations.examples import HOUR, an_item, an_order, later
from tests.simulation.entries import PEOPLE, Entry

from orderfolio.errors import Kind
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.guards import UNGUARDED, Guard
from orderfolio.model.items import Item
from orderfolio.model.orders import CHANNELS, STATUSES, Order
from orderfolio.model.people import Person, Role

REFERENCES = 4
ADDRESSES = 5
KEYS = 6
# Orders of one reference are one where they lie within 48 hours.
WITHIN_HOURS = 200

ROLES: Final = {Kind.CONTACT: Role.CONTACT, Kind.CONSUMER: Role.CONSUMER}
OWNERS: Final = {Kind.ORDER: Owner.ORDER, Kind.ITEM: Owner.ITEM}


def a_reference(chance: Random) -> str:
    return f"R-{chance.randrange(REFERENCES)}"


def order_of(chance: Random, token: str, reference_id: str) -> Order:
    return an_order(
        reference_id,
        later(chance.randrange(WITHIN_HOURS * HOUR)),
        payment_type=token,
        price=Decimal(chance.randrange(1, 1000)),
        channel=chance.choice((None, *CHANNELS)),
    )


def basket_of(chance: Random, token: str) -> tuple[Order, Item, Person, str]:
    """What an operation of `baskets` is given behind its organisation."""
    order = order_of(chance, token, f"basket {token}")
    return order, an_item(name=token), person_of(chance, token), token


def person_of(chance: Random, token: str) -> Person:
    emails = tuple(dict.fromkeys(_address(chance) for _ in range(chance.randrange(1, 3))))
    return Person(title=token, first_name="Ada", last_name="King", emails=emails)


def pairs_of(chance: Random, token: str) -> Pairs:
    return {f"k{chance.randrange(KEYS)}": token}


def changes_of(chance: Random, kind: Kind, token: str) -> tuple[dict[str, Any], frozenset[str]]:
    """What is to be changed, and the members of the document which that may touch."""
    if kind is Kind.ORDER:
        status = chance.choice(STATUSES)
        return {"payment_type": token, "status": status}, frozenset(("paymentType", "status"))
    if kind is Kind.ITEM:
        return {"name": token}, frozenset(("name",))
    changes: dict[str, Any] = {"title": token}
    if chance.random() < 0.3:
        address = f"{token}@example.org" if kind is Kind.GUEST else _address(chance)
        changes["emails"] = (address,)
    return changes, frozenset(("title", "email", "emails", "guest"))


def guard_of(chance: Random, entry: Entry) -> tuple[int | None, Guard]:
    """As `If-Match`, half of the time: the version that the client knows of, or an older."""
    if not entry.versions or chance.random() < 0.5:
        return None, UNGUARDED
    version = chance.choice(list(entry.versions)[-2:])
    return version, Guard(versions=frozenset([(entry.ref, version)]))


def exactly(entry: Entry) -> Guard:
    """The one version of it that is the latest known."""
    return Guard(versions=frozenset([(entry.ref, entry.version)]))


def place_of(entry: Entry) -> Sequence[Any]:
    """How operations are told of a resource."""
    if entry.kind in PEOPLE:
        return ROLES[entry.kind], entry.ref
    if entry.kind is Kind.EXTENSION:
        assert entry.parent is not None
        return OWNERS[entry.parent.kind], entry.parent.ref
    return (entry.ref,)


def _address(chance: Random) -> str:
    return f"p{chance.randrange(ADDRESSES)}@example.org"
