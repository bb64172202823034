"""The audit log: who changed what and when, and the receipts of guests that are gone.

Whatever changes something records it here, in its own transaction, so that the log can
neither lose a change nor tell of one that wasn't made. It holds nouns, refs, versions and
counts, and nothing of what a client said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from orderfolio.errors import NoSuchName
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Entries, EntryQuery
from orderfolio.store.records import NOBODY, By, Change, Entry, Gone, Organisation

_DAY_MILLISECONDS: Final = 86_400_000
# By how much the clock of who finishes a deletion may be behind that of who began it.
_SKEW_MILLISECONDS: Final = 10_000


class Receipt(Struct, frozen=True, kw_only=True):
    """What a guest's deletion removed: counts by noun, and the refs of the guest's orders.

    Before the deletion is finished `finished_at` is None, and neither is complete.
    """

    guest_ref: Ref
    by: By
    finished_at: Instant | None
    gone: Gone
    orders: Sequence[Ref]


async def record(
    tx: Transaction,
    organisation: Organisation,
    noun: str,
    touched: Ref | None = None,
    *,
    called: str | None = None,
    order_ref: Ref | None = None,
    guest_ref: Ref | None = None,
    version: int | None = None,
    change: Change | None = None,
    by: By | None = None,
    gone: Gone | None = None,
) -> Ref:
    """Note what happens to one resource in this transaction; the ref of the entry. It is in
    the name of whoever acts, unless it happens for somebody else, `by`. `version` is the new
    one, None of what is deleted; of what has no versions, `change` says what happens."""
    ref = tx.new_ref(tx.any_shard() if touched is None else refs.shard_of(touched))
    await tx.audit.insert(
        Entry(
            organisation=organisation,
            ref=ref,
            by=by or tx.by,
            change=change or _change_to(version),
            noun=noun,
            touched=touched,
            called=called,
            order_ref=order_ref,
            guest_ref=guest_ref,
            version=version,
            gone=gone,
        )
    )
    return ref


async def browse(tx: Transaction, organisation: Organisation, query: EntryQuery) -> Entries:
    """Part of an organisation's log, the newest first."""
    return await tx.audit.page(organisation, query)


async def browse_named(
    tx: Transaction, organisation_name: str | None, query: EntryQuery
) -> Entries:
    """The same by name; without one, what happened to organisations that are gone. Raises
    NoSuchName."""
    if organisation_name is None:
        return await tx.audit.page(NOBODY, query)
    row = await tx.organisations.find(organisation_name)
    if row is None:
        raise NoSuchName("organisation", organisation_name)
    return await tx.audit.page(row.organisation, query)


async def find_receipt(
    tx: Transaction, organisation: Organisation, guest_ref: Ref, request: Ref
) -> Receipt | None:
    """The receipt of a deletion that the entry `request` asked for; None where there is none
    of that guest."""
    since = refs.first_of(max(refs.milliseconds_of(request) - _SKEW_MILLISECONDS, 0))
    progress = await tx.deletions.progress(organisation, guest_ref)
    if progress is not None:
        by, gone = progress
        return Receipt(guest_ref=guest_ref, by=by, finished_at=None, gone=gone, orders=())
    found = await tx.audit.receipt(organisation, guest_ref, since)
    if found is None:
        return None
    entry, orders = found
    return Receipt(
        guest_ref=guest_ref,
        by=entry.by,
        finished_at=Instant(refs.milliseconds_of(entry.ref) * 1000),
        gone=entry.gone or Gone(),
        orders=orders,
    )


async def forget(tx: Transaction, days: int, limit: int) -> int:
    """Delete at most `limit` entries of each organisation that are older; the most that were
    deleted of one."""
    than = refs.first_of(max(tx.now.microseconds // 1000 - days * _DAY_MILLISECONDS, 0))
    known = [row.organisation for row in await tx.organisations.all()]
    return max(
        [
            await tx.audit.delete_older(organisation, than, limit)
            for organisation in (NOBODY, *known)
        ]
    )


def _change_to(version: int | None) -> Change:
    if version is None:
        return Change.DELETED
    return Change.CREATED if version == 1 else Change.CHANGED
