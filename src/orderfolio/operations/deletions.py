"""Deleting a guest with all that is associated with it, however much that is.

A mark hides everything at once; batches remove it, each in a transaction of its own.
"""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.operations import items
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation, Preview

# Orders, contacts and consumers that one transaction removes: a few milliseconds' worth.
BATCH: Final = 200


async def preview(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> Preview:
    """What would go with a guest, before anybody says yes. Raises NotFound."""
    if await tx.guests.document(organisation, guest_ref) is None:
        raise NotFound(Kind.GUEST, refs.spell(guest_ref))
    return await tx.deletions.preview(organisation, guest_ref)


async def advance(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> bool:
    """Remove a batch of what goes with a marked guest; True once nothing is left of it."""
    doomed = await tx.deletions.doomed(organisation, guest_ref, BATCH)
    for order_ref in doomed.orders:
        await tx.deletions.delete_order(organisation, order_ref)
    for contact in doomed.contacts:
        await tx.deletions.delete_person(contact)
    for consumer in doomed.consumers:
        for item_ref in sorted(await tx.people.consumed(organisation, consumer.ref)):
            await items.recount(tx, organisation, item_ref, -1)
        await tx.deletions.delete_person(consumer)
    if max(len(doomed.orders), len(doomed.contacts), len(doomed.consumers)) == BATCH:
        return False
    await tx.deletions.finish(organisation, guest_ref)
    return True


async def advance_any(tx: Transaction) -> bool:
    """Advance the first deletion that is under way; False where there is none."""
    pending = await tx.deletions.pending()
    if not pending:
        return False
    await advance(tx, *pending[0])
    return True


async def settle(tx: Transaction, organisation: Organisation, order_ref: Ref) -> None:
    """Remove the hidden contacts of an order before it loses a contact that isn't.

    Which orders go with a guest was decided when the guest was marked. An order that stayed
    because of another contact must not seem to go once that contact leaves it.
    """
    for contact in await tx.deletions.doomed_contacts(organisation, order_ref):
        await tx.deletions.delete_person(contact)
