"""What may be done with guests."""

from __future__ import annotations

from msgspec.structs import replace as with_fields

from orderfolio.errors import Kind, NotFound
from orderfolio.model import changes as changing, refs
from orderfolio.model.changes import Changes
from orderfolio.model.guards import Guard
from orderfolio.model.guests import Guest
from orderfolio.model.identities import all_marks
from orderfolio.model.people import fold_email
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, deletions
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, Page, Window
from orderfolio.store.records import Document, GuestRow, Organisation


async def create(tx: Transaction, organisation: Organisation, guest: Guest) -> Document:
    """Keep a new guest; it never looks for one that is the same."""
    ref = await tx.guests.claim(organisation, [mark for mark, _ in all_marks(guest)])
    await audit.record(tx, organisation, Kind.GUEST.value, ref, version=1)
    return await tx.guests.insert(
        GuestRow(
            organisation=organisation,
            ref=ref,
            version=1,
            created_at=tx.now,
            modified_at=tx.now,
            guest=guest,
        )
    )


async def fetch(tx: Transaction, organisation: Organisation, ref: Ref) -> Document:
    document = await tx.guests.document(organisation, ref)
    if document is None:
        raise NotFound(Kind.GUEST, refs.spell(ref))
    return document


async def browse(
    tx: Transaction, organisation: Organisation, query: GuestQuery, window: Window
) -> Page:
    return await tx.guests.page(organisation, query, window)


async def replace(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    return await amend(tx, organisation, ref, changing.complete(Guest, changes), guard)


async def amend(
    tx: Transaction, organisation: Organisation, ref: Ref, changes: Changes, guard: Guard
) -> Document:
    """`email` among the changes takes the place of the first of the guest's emails."""
    row = await _find(tx, organisation, ref)
    guard.check(ref, row.version)
    guest = changing.apply(row.guest, fold_email(row.guest, changes))
    # What it carries already, nobody else looks for in vain. Who looks for a guest holds marks
    # first, and the guest then: the fewer are held here the other way round, the better.
    before = {mark for mark, _ in all_marks(row.guest)}
    if added := [mark for mark, _ in all_marks(guest) if mark not in before]:
        await tx.guests.claim(organisation, added)
    await audit.record(tx, organisation, Kind.GUEST.value, ref, version=row.version + 1)
    return await tx.guests.update(
        with_fields(row, version=row.version + 1, modified_at=tx.now, guest=guest)
    )


async def remove(tx: Transaction, organisation: Organisation, ref: Ref, guard: Guard) -> Ref:
    """Delete the guest and all that is associated with it. None of it can be read once this
    commits; what one transaction can't remove, `deletions.advance_any` does. Answers the
    entry of the audit log by which `audit.find_receipt` finds what was removed."""
    row = await _find(tx, organisation, ref)
    guard.check(ref, row.version)
    request = await audit.record(tx, organisation, Kind.GUEST.value, ref)
    await tx.deletions.mark(organisation, ref, tx.by)
    await deletions.advance(tx, organisation, ref)
    return request


async def _find(tx: Transaction, organisation: Organisation, ref: Ref) -> GuestRow:
    row = await tx.guests.find_for_update(organisation, ref)
    if row is None:
        raise NotFound(Kind.GUEST, refs.spell(ref))
    return row
