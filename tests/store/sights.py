"""Every way in which the store shows something of a world: what must be sealed, and hidden."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tests.store.rows import ADA, CARD, NOON, WHOLE, World

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Page
from orderfolio.store.records import Organisation

Sight = Callable[[Transaction, Organisation, World], Awaitable[object]]

NOBODY = refs.first_of(0)


def is_seen(found: object) -> bool:
    """Whether anything was shown; a page must show or count nothing at all."""
    if isinstance(found, Page):
        assert (found.total == 0) == (not found.documents)
        return found.total > 0
    return bool(found)


def _orders(**conditions: object) -> Sight:
    async def page(tx: Transaction, organisation: Organisation, world: World) -> Page:
        guest_ref = world.guest.ref if "guest_ref" in conditions else None
        query = OrderQuery(**{**conditions, "guest_ref": guest_ref})  # type: ignore[arg-type]
        return await tx.orders.page(organisation, query, WHOLE)

    return page


def _guests(**conditions: object) -> Sight:
    async def page(tx: Transaction, organisation: Organisation, world: World) -> Page:
        guest_ref = world.guest.ref if "guest_ref" in conditions else None
        query = GuestQuery(**{**conditions, "guest_ref": guest_ref})  # type: ignore[arg-type]
        return await tx.guests.page(organisation, query, WHOLE)

    return page


async def _kept_document(tx: Transaction, organisation: Organisation, world: World) -> object:
    kept = await tx.kept_answers.find(organisation, b"scope")
    return kept is not None and kept.document


async def _created(tx: Transaction, organisation: Organisation, _: World) -> object:
    moments = (Instant(0), Instant(1 << 60))
    return sum(await tx.orders.count_created(organisation, moments))


async def _parts(tx: Transaction, organisation: Organisation, _: World) -> object:
    counted = await tx.orders.count_by_part(organisation)
    return counted.get(("PURCHASED", "WEB"))


SIGHTS: dict[str, Sight] = {
    "orders.document": lambda tx, o, w: tx.orders.document(o, w.order.ref),
    "orders.find_for_update": lambda tx, o, w: tx.orders.find_for_update(o, w.order.ref),
    "orders.nearest": lambda tx, o, _: tx.orders.nearest(o, "R-1", NOON),
    "orders.page": _orders(),
    "orders.page descending": _orders(descending=True),
    "orders.page by reference": _orders(reference_id="R-1"),
    "orders.page by reference descending": _orders(reference_id="R-1", descending=True),
    "orders.page by guest": _orders(guest_ref=True),
    "orders.page by guest descending": _orders(guest_ref=True, descending=True),
    "orders.page by guest and time": _orders(guest_ref=True, by_ordered_at=True),
    "orders.page by guest and time descending": _orders(
        guest_ref=True, by_ordered_at=True, descending=True
    ),
    "orders.page by status": _orders(status="PURCHASED"),
    "orders.page by channel": _orders(channel="WEB"),
    "orders.page by both": _orders(status="PURCHASED", channel="WEB"),
    "orders.page by both descending": _orders(status="PURCHASED", channel="WEB", descending=True),
    "orders.count_created": _created,
    "orders.count_by_part": _parts,
    "items.document": lambda tx, o, w: tx.items.document(o, w.item.ref),
    "items.find_for_update": lambda tx, o, w: tx.items.find_for_update(o, w.item.ref),
    "items.order_ref": lambda tx, o, w: tx.items.order_ref(o, w.item.ref),
    "items.page": lambda tx, o, w: tx.items.page(o, w.order.ref, WHOLE),
    "items.page_of_consumer": lambda tx, o, w: tx.items.page_of_consumer(o, w.consumer.ref, WHOLE),
    "people.document of a contact": lambda tx, o, w: tx.people.document(
        o, Role.CONTACT, w.contact.ref
    ),
    "people.document of a consumer": lambda tx, o, w: tx.people.document(
        o, Role.CONSUMER, w.consumer.ref
    ),
    "people.find_for_update": lambda tx, o, w: tx.people.find_for_update(
        o, Role.CONTACT, w.contact.ref
    ),
    "people.page of contacts": lambda tx, o, w: tx.people.page(o, Role.CONTACT, w.order.ref, WHOLE),
    "people.page of consumers": lambda tx, o, w: tx.people.page(
        o, Role.CONSUMER, w.order.ref, WHOLE
    ),
    "people.guest_of_namesake": lambda tx, o, w: tx.people.guest_of_namesake(
        o, w.order.ref, "Ada", "King"
    ),
    "people.consumed": lambda tx, o, w: tx.people.consumed(o, w.consumer.ref),
    "people.involving": lambda tx, o, w: tx.people.involving(o, w.guest.ref, Role.CONTACT, None, 1),
    "guests.document": lambda tx, o, w: tx.guests.document(o, w.guest.ref),
    "guests.find": lambda tx, o, w: tx.guests.find(o, w.guest.ref),
    "guests.find_for_update": lambda tx, o, w: tx.guests.find_for_update(o, w.guest.ref),
    "guests.first_with": lambda tx, o, _: tx.guests.first_with(o, [ADA, CARD], NOON),
    "guests.carried_by_others": lambda tx, o, _: tx.guests.carried_by_others(
        o, NOBODY, [ADA, CARD], NOON
    ),
    "guests.page": _guests(),
    "guests.page descending": _guests(descending=True),
    "guests.page by ref": _guests(guest_ref=True),
    "guests.page by email": _guests(email="ADA@example.com"),
    "guests.page by first name": _guests(first_name="ADA"),
    "guests.page by last name": _guests(last_name="king"),
    "guests.page by first name descending": _guests(first_name="ADA", descending=True),
    "guests.page by last name descending": _guests(last_name="king", descending=True),
    "guests.page by phone number": _guests(phone_number="+1"),
    "guests.page by type": _guests(guest_type="customer"),
    "guests.page by type descending": _guests(guest_type="customer", descending=True),
    "guests.page by identifier": _guests(identifier=("card", "Q-7")),
    "extensions.document of an order": lambda tx, o, w: tx.extensions.document(o, w.order.ref),
    "extensions.document of an item": lambda tx, o, w: tx.extensions.document(o, w.item.ref),
    "kept_answers.find": _kept_document,
}
