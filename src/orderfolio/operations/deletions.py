"""Deleting a guest with all that is associated with it, however much that is.

A mark hides everything at once; batches remove it, each in a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orderfolio.errors import Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, items, organisations
from orderfolio.store.contract import Transaction
from orderfolio.store.records import By, Gone, Organisation, PersonRow, Preview

# Orders, contacts and consumers that one transaction removes: a few milliseconds' worth.
BATCH: Final = 200


async def preview(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> Preview:
    """What would go with a guest, before anybody says yes. Raises NotFound."""
    if await tx.guests.document(organisation, guest_ref) is None:
        raise NotFound(Kind.GUEST, refs.spell(guest_ref))
    return await tx.deletions.preview(organisation, guest_ref)


async def preview_named(tx: Transaction, organisation_name: str, guest_ref: Ref) -> Preview:
    """The same by the organisation's name. Raises NoSuchName, NotFound."""
    row = await organisations.fetch(tx, organisation_name)
    return await preview(tx, row.organisation, guest_ref)


async def advance(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> bool:
    """Remove a batch of what goes with a marked guest; True once nothing is left of it, and
    its receipt is in the audit log, in the name of whoever asked for it."""
    progress = await tx.deletions.progress(organisation, guest_ref)
    if progress is None:
        return True
    by, gone = progress
    tx.act(by)
    doomed = await tx.deletions.doomed(organisation, guest_ref, BATCH)
    batch = Gone()
    for order_ref in doomed.orders:
        batch += await tx.deletions.delete_order(organisation, order_ref)
        await audit.record(
            tx, organisation, Kind.ORDER.value, order_ref, guest_ref=guest_ref, by=by
        )
    for contact in doomed.contacts:
        batch += await _remove_person(tx, contact, by)
    for consumer in doomed.consumers:
        for item_ref in sorted(await tx.people.consumed(organisation, consumer.ref)):
            await items.recount(tx, organisation, item_ref, -1)
        batch += await _remove_person(tx, consumer, by)
    if max(len(doomed.orders), len(doomed.contacts), len(doomed.consumers)) == BATCH:
        await tx.deletions.count(organisation, guest_ref, batch)
        return False
    await tx.deletions.finish(organisation, guest_ref)
    await audit.record(tx, organisation, Kind.GUEST.value, guest_ref, by=by, gone=gone + batch)
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
        if contact.guest_ref is None:
            continue
        progress = await tx.deletions.progress(organisation, contact.guest_ref)
        if progress is not None:
            gone = await _remove_person(tx, contact, progress[0])
            await tx.deletions.count(organisation, contact.guest_ref, gone)


async def browse_traces(tx: Transaction) -> Sequence[tuple[Organisation, Ref]]:
    """The guests that are gone, and of whom the engine's logs may still tell."""
    return await tx.deletions.traces()


async def clear_traces(tx: Transaction, found: Sequence[tuple[Organisation, Ref]]) -> None:
    """Note that nothing tells of these guests any more."""
    for organisation, guest_ref in found:
        await tx.deletions.clear_trace(organisation, guest_ref)


async def _remove_person(tx: Transaction, row: PersonRow, by: By) -> Gone:
    """Delete a hidden contact or consumer from an order that stays."""
    await tx.deletions.delete_person(row)
    is_contact = row.role is Role.CONTACT
    await audit.record(
        tx,
        row.organisation,
        (Kind.CONTACT if is_contact else Kind.CONSUMER).value,
        row.ref,
        order_ref=row.order_ref,
        guest_ref=row.guest_ref,
        by=by,
    )
    return Gone(contacts=int(is_contact), consumers=int(not is_contact))
