"""What may be done with orders."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict, replace as with_fields

from orderfolio.errors import Immutable, Kind, NotFound
from orderfolio.model import changes as changing, refs
from orderfolio.model.changes import Changes
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import Guard
from orderfolio.model.orders import Order
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, extensions, items, people
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import OrderQuery, Page, Window
from orderfolio.store.records import Document, OrderRow, Organisation

IMMUTABLE: Final = ("reference_id", "ordered_at")
OPENED: Final = Window(limit=100, whole=True)


class Relation(Enum):
    """What can be opened in place of its link when one order is read."""

    ITEMS = "items"
    CONTACTS = "contacts"
    CONSUMERS = "consumers"
    EXTENSIONS = "extensions"


class Opened(Struct, frozen=True):
    """An order with the first hundred of each relation that was asked for."""

    document: Document
    pages: dict[Relation, Page]


async def create(tx: Transaction, organisation: Organisation, order: Order) -> Document:
    """Keep a new order, or update the one that it matches."""
    ref = await tx.orders.claim(organisation, order.reference_id)
    match = await _match(tx, organisation, order)
    if match is not None:
        sent = {name: value for name, value in asdict(order).items() if value is not None}
        for field in IMMUTABLE:
            del sent[field]
        return await _update(tx, match, sent)
    await audit.record(tx, organisation, Kind.ORDER.value, ref, version=1)
    return await tx.orders.insert(
        OrderRow(
            organisation=organisation,
            ref=ref,
            version=1,
            created_at=tx.now,
            modified_at=tx.now,
            order=order,
        )
    )


async def fetch(tx: Transaction, organisation: Organisation, ref: Ref) -> Document:
    document = await tx.orders.document(organisation, ref)
    if document is None:
        raise NotFound(Kind.ORDER, refs.spell(ref))
    return document


async def fetch_opened(
    tx: Transaction, organisation: Organisation, ref: Ref, relations: frozenset[Relation]
) -> Opened:
    document = await fetch(tx, organisation, ref)
    pages = {
        relation: await _OPENING[relation](tx, organisation, ref)
        for relation in Relation
        if relation in relations
    }
    return Opened(document, pages)


_OPENING: Final[
    dict[Relation, Callable[[Transaction, Organisation, Ref], Coroutine[Any, Any, Page]]]
] = {
    Relation.ITEMS: lambda tx, organisation, ref: items.browse(tx, organisation, ref, OPENED),
    Relation.CONTACTS: lambda tx, organisation, ref: people.browse(
        tx, organisation, Role.CONTACT, ref, OPENED
    ),
    Relation.CONSUMERS: lambda tx, organisation, ref: people.browse(
        tx, organisation, Role.CONSUMER, ref, OPENED
    ),
    Relation.EXTENSIONS: lambda tx, organisation, ref: extensions.browse(
        tx, organisation, Owner.ORDER, ref, OPENED
    ),
}


async def browse(
    tx: Transaction, organisation: Organisation, query: OrderQuery, window: Window
) -> Page:
    return await tx.orders.page(organisation, query, window)


async def replace(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    return await amend(tx, organisation, ref, changing.complete(Order, changes), guard)


async def amend(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    """Raises Immutable where a fixed field would change: 400 comes before 412."""
    row = await _find(tx, organisation, ref)
    changed = [
        field
        for field in IMMUTABLE
        if field in changes and changes[field] != getattr(row.order, field)
    ]
    if changed:
        raise Immutable(changed)
    guard.check(ref, row.version)
    return await _update(tx, row, changes)


async def remove(tx: Transaction, organisation: Organisation, ref: Ref, guard: Guard) -> None:
    """Delete the order and all that is under it."""
    # Before the order, as who amends or removes one of them does.
    await tx.people.hold_all(organisation, ref)
    row = await _find(tx, organisation, ref)
    guard.check(ref, row.version)
    await tx.orders.delete(organisation, ref)
    await audit.record(tx, organisation, Kind.ORDER.value, ref)


async def _match(tx: Transaction, organisation: Organisation, order: Order) -> OrderRow | None:
    """The order that this one is, held: its reference keeps nobody from amending or removing
    it, so it is read again, and where it has gone meanwhile, the next nearest is looked for."""
    while True:
        found = await tx.orders.nearest(organisation, order.reference_id, order.ordered_at)
        if found is None:
            return None
        row = await tx.orders.find_for_update(organisation, found)
        if row is not None:
            return row


async def _find(tx: Transaction, organisation: Organisation, ref: Ref) -> OrderRow:
    row = await tx.orders.find_for_update(organisation, ref)
    if row is None:
        raise NotFound(Kind.ORDER, refs.spell(ref))
    return row


async def _update(tx: Transaction, row: OrderRow, changes: Changes) -> Document:
    document = await tx.orders.update(
        with_fields(
            row,
            version=row.version + 1,
            modified_at=tx.now,
            order=changing.apply(row.order, changes),
        )
    )
    await audit.record(tx, row.organisation, Kind.ORDER.value, row.ref, version=row.version + 1)
    return document
