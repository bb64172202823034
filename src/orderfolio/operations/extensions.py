"""What may be done with the data extensions of orders and items."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace as with_fields

from orderfolio.errors import ExtensionExists, KeysExist, Kind, NotFound, TooManyPairs
from orderfolio.model import refs
from orderfolio.model.extensions import NAME, PAIRS, Owner, Pairs
from orderfolio.model.guards import Guard
from orderfolio.model.refs import Ref
from orderfolio.operations import audit
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Page, Window
from orderfolio.store.records import Document, ExtensionRow, Organisation


async def create(
    tx: Transaction,
    organisation: Organisation,
    owner: Owner,
    owner_ref: Ref,
    pairs: Pairs,
    once: bool,
) -> Document:
    """Keep a new extension, or add pairs to the one that is there.

    Raises KeysExist where a key is there already, with nothing changed; with `once`,
    ExtensionExists where the extension is.
    """
    order_ref = await _hold_owner(tx, organisation, owner, owner_ref)
    row = await tx.extensions.find_for_update(organisation, owner_ref)
    if row is not None:
        return await _add(tx, row, pairs, once)
    _check_count(pairs)
    row = ExtensionRow(
        organisation=organisation,
        ref=tx.new_ref(refs.shard_of(owner_ref)),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        owner=owner,
        owner_ref=owner_ref,
        order_ref=order_ref,
        pairs=pairs,
    )
    await _record(tx, row, row.version)
    return await tx.extensions.insert(row)


async def fetch(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref
) -> Document:
    await _check_owner(tx, organisation, owner, owner_ref)
    document = await tx.extensions.document(organisation, owner_ref)
    if document is None:
        raise NotFound(Kind.EXTENSION, NAME)
    return document


async def browse(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref, window: Window
) -> Page:
    """A list of one, or of none."""
    await _check_owner(tx, organisation, owner, owner_ref)
    document = await tx.extensions.document(organisation, owner_ref)
    if document is None:
        return Page(documents=(), total=0, more=None)
    behind = window.offset > 0 if window.after is None else document.ref <= window.after.ref
    return Page(documents=() if behind else (document,), total=1, more=None)


async def replace(
    tx: Transaction,
    organisation: Organisation,
    owner: Owner,
    owner_ref: Ref,
    pairs: Pairs,
    guard: Guard,
) -> Document:
    row = await _find(tx, organisation, owner, owner_ref)
    guard.check(row.ref, row.version)
    return await _update(tx, row, pairs)


async def amend(
    tx: Transaction,
    organisation: Organisation,
    owner: Owner,
    owner_ref: Ref,
    pairs: Pairs,
    guard: Guard,
) -> Document:
    row = await _find(tx, organisation, owner, owner_ref)
    merged = row.pairs | pairs
    _check_count(merged)
    guard.check(row.ref, row.version)
    return await _update(tx, row, merged)


async def remove(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref, guard: Guard
) -> None:
    row = await _find(tx, organisation, owner, owner_ref)
    guard.check(row.ref, row.version)
    await tx.extensions.delete(organisation, owner_ref)
    await _record(tx, row, None)


async def clear(
    tx: Transaction,
    organisation: Organisation,
    owner: Owner,
    owner_ref: Ref,
    keys: Sequence[str] | None,
    guard: Guard,
) -> Document:
    """Remove the pairs under `keys`, or all of them; keys that aren't there are passed over."""
    row = await _find(tx, organisation, owner, owner_ref)
    guard.check(row.ref, row.version)
    gone = row.pairs.keys() if keys is None else set(keys)
    return await _update(
        tx, row, {key: value for key, value in row.pairs.items() if key not in gone}
    )


async def _hold_owner(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref
) -> Ref:
    """Hold the owner against other writers; the order at the top is returned."""
    if owner is Owner.ORDER:
        if await tx.orders.find_for_update(organisation, owner_ref) is None:
            raise NotFound(Kind.ORDER, refs.spell(owner_ref))
        return owner_ref
    item = await tx.items.find_for_update(organisation, owner_ref)
    if item is None:
        raise NotFound(Kind.ITEM, refs.spell(owner_ref))
    return item.order_ref


async def _check_owner(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref
) -> None:
    table, kind = (tx.orders, Kind.ORDER) if owner is Owner.ORDER else (tx.items, Kind.ITEM)
    if await table.document(organisation, owner_ref) is None:
        raise NotFound(kind, refs.spell(owner_ref))


async def _find(
    tx: Transaction, organisation: Organisation, owner: Owner, owner_ref: Ref
) -> ExtensionRow:
    await _hold_owner(tx, organisation, owner, owner_ref)
    row = await tx.extensions.find_for_update(organisation, owner_ref)
    if row is None:
        raise NotFound(Kind.EXTENSION, NAME)
    return row


async def _add(tx: Transaction, row: ExtensionRow, pairs: Pairs, once: bool) -> Document:
    merged = row.pairs | pairs
    _check_count(merged)
    if once:
        raise ExtensionExists
    existing = [key for key in pairs if key in row.pairs]
    if existing:
        raise KeysExist(existing)
    return await _update(tx, row, merged)


async def _update(tx: Transaction, row: ExtensionRow, pairs: Pairs) -> Document:
    changed = with_fields(row, version=row.version + 1, modified_at=tx.now, pairs=pairs)
    await _record(tx, changed, changed.version)
    return await tx.extensions.update(changed)


async def _record(tx: Transaction, row: ExtensionRow, version: int | None) -> None:
    await audit.record(
        tx,
        row.organisation,
        Kind.EXTENSION.value,
        row.ref,
        order_ref=row.order_ref,
        version=version,
    )


def _check_count(pairs: Pairs) -> None:
    if len(pairs) > PAIRS:
        raise TooManyPairs(len(pairs), PAIRS)
