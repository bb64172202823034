"""Valid examples of each noun, and a store that is driven without `await`."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import msgspec

from orderfolio.model import instants
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import AS_THEY_ARE, Identifier, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, orders, organisations, people
from orderfolio.store.contract import Operation, Parameters, Result, Store
from orderfolio.store.queries import OrderQuery, Page, Window
from orderfolio.store.records import Document, Organisation

HOUR = 3_600_000_000


def at(text: str) -> Instant:
    instant = instants.parse(text)
    assert instant is not None
    return instant


NOON = at("2024-01-01T12:00:00Z")


def later(microseconds: int) -> Instant:
    return Instant(NOON.microseconds + microseconds)


def an_order(reference_id: str = "R-1", ordered_at: Instant = NOON, **other: Any) -> Order:
    required = {"currency_code": "EUR", "price": Decimal("100.10")}
    return Order(reference_id=reference_id, ordered_at=ordered_at, **{**required, **other})


def an_item(**other: Any) -> Item:
    required = {
        "type": "BOOK",
        "name": "Notes",
        "price": Decimal(12),
        "currency_code": "EUR",
        "status": "PURCHASED",
    }
    return Item(**{**required, **other})


def known_as(provider: str, id: str, expiry_date: Instant | None = None) -> Identifier:
    return Identifier(provider=provider, id=id, expiry_date=expiry_date)


class Database:
    """One organisation in a store, called without `await`."""

    def __init__(self, store: Store, runner: asyncio.Runner) -> None:
        self.store = store
        self.runner = runner
        self.organisation = self.write(organisations.create, "shop").organisation

    def write(
        self,
        operation: Operation[Parameters, Result],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return self.runner.run(self.store.transact(operation, *arguments, **named))

    def read(
        self,
        operation: Operation[Parameters, Result],
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        return self.runner.run(self.store.read(operation, *arguments, **named))

    def order(
        self, reference_id: str = "R-1", ordered_at: Instant = NOON, **other: Any
    ) -> Document:
        return self.write(
            orders.create, self.organisation, an_order(reference_id, ordered_at, **other)
        )

    def contact(self, order_ref: Ref, links: Links = AS_THEY_ARE, **person: Any) -> Document:
        return self.person(Role.CONTACT, order_ref, links, **person)

    def consumer(self, order_ref: Ref, links: Links = AS_THEY_ARE, **person: Any) -> Document:
        return self.person(Role.CONSUMER, order_ref, links, **person)

    def person(self, role: Role, order_ref: Ref, links: Links, **person: Any) -> Document:
        return self.write(
            people.create, self.organisation, role, order_ref, Person(**person), links
        )

    def guest(self, guest_type: str = "visitor", **person: Any) -> Document:
        return self.write(guests.create, self.organisation, Guest(guest_type=guest_type, **person))

    def orders(self, query: OrderQuery | None = None, limit: int = 100) -> Page:
        window = Window(limit=limit, whole=True)
        return self.read(orders.browse, self.organisation, query or OrderQuery(), window)

    def other_organisation(self) -> Organisation:
        return self.write(organisations.create, "another").organisation


def shown(document: Document) -> dict[str, Any]:
    """The document as a client would read it, links without the server's address."""
    value = msgspec.json.decode(document.body.replace(b"\x1f", b""))
    assert isinstance(value, dict)
    return value


def guest_of(document: Document) -> str | None:
    """The ref of the guest that a contact or a consumer links to."""
    link = shown(document).get("guest")
    return None if link is None else link["href"].rsplit("/", 1)[1]
