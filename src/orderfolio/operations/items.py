"""What may be done with order items."""

from __future__ import annotations

from msgspec.structs import replace as with_fields

from orderfolio.errors import Kind, NotFound
from orderfolio.model import changes as changing, refs
from orderfolio.model.changes import Changes
from orderfolio.model.guards import Guard
from orderfolio.model.items import Item
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import audit
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Page, Window
from orderfolio.store.records import Document, ItemRow, Organisation


async def create(
    tx: Transaction, organisation: Organisation, order_ref: Ref, item: Item
) -> Document:
    if await tx.orders.find_for_update(organisation, order_ref) is None:
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    ref = tx.new_ref(refs.shard_of(order_ref))
    await audit.record(tx, organisation, Kind.ITEM.value, ref, order_ref=order_ref, version=1)
    return await tx.items.insert(
        ItemRow(
            organisation=organisation,
            ref=ref,
            version=1,
            created_at=tx.now,
            modified_at=tx.now,
            order_ref=order_ref,
            consumers=0,
            item=item,
        )
    )


async def fetch(tx: Transaction, organisation: Organisation, ref: Ref) -> Document:
    document = await tx.items.document(organisation, ref)
    if document is None:
        raise NotFound(Kind.ITEM, refs.spell(ref))
    return document


async def browse(
    tx: Transaction, organisation: Organisation, order_ref: Ref, window: Window
) -> Page:
    """The items of an order; raises NotFound where there is no such order."""
    if await tx.orders.document(organisation, order_ref) is None:
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    return await tx.items.page(organisation, order_ref, window)


async def browse_consumed(
    tx: Transaction, organisation: Organisation, consumer_ref: Ref, window: Window
) -> Page:
    """The items that a consumer consumes; raises NotFound where there is no such consumer."""
    if await tx.people.document(organisation, Role.CONSUMER, consumer_ref) is None:
        raise NotFound(Kind.CONSUMER, refs.spell(consumer_ref))
    return await tx.items.page_of_consumer(organisation, consumer_ref, window)


async def replace(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    return await amend(tx, organisation, ref, changing.complete(Item, changes), guard)


async def amend(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    row = await _find(tx, organisation, ref)
    guard.check(ref, row.version)
    return await _update(tx, row, changing.apply(row.item, changes), row.consumers)


async def remove(tx: Transaction, organisation: Organisation, ref: Ref, guard: Guard) -> None:
    """Delete the item, its extension and its links to consumers."""
    row = await _find(tx, organisation, ref)
    guard.check(ref, row.version)
    await tx.items.delete(organisation, ref)
    await audit.record(tx, organisation, Kind.ITEM.value, ref, order_ref=row.order_ref)


async def recount(tx: Transaction, organisation: Organisation, ref: Ref, change: int) -> None:
    """Tell an item that `change` more consumers consume it: its quantity may be theirs."""
    row = await tx.items.find_for_update(organisation, ref)
    if row is not None:
        await _update(tx, row, row.item, row.consumers + change)


async def _find(tx: Transaction, organisation: Organisation, ref: Ref) -> ItemRow:
    row = await tx.items.find_for_update(organisation, ref)
    if row is None:
        raise NotFound(Kind.ITEM, refs.spell(ref))
    return row


async def _update(tx: Transaction, row: ItemRow, item: Item, consumers: int) -> Document:
    version = row.version + 1
    await audit.record(
        tx,
        row.organisation,
        Kind.ITEM.value,
        row.ref,
        order_ref=row.order_ref,
        version=version,
    )
    return await tx.items.update(
        with_fields(row, version=version, modified_at=tx.now, item=item, consumers=consumers)
    )
