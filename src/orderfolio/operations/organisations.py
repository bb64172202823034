"""Organisations: the sealed halves of one database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from orderfolio.errors import NoSuchName
from orderfolio.model.identities import FIRST_RULE
from orderfolio.model.refs import Ref
from orderfolio.operations import audit
from orderfolio.store.contract import Transaction
from orderfolio.store.records import NOBODY, Change, Organisation, OrganisationRow

# Orders and guests that one transaction of a removal deletes.
BATCH: Final = 500
# Behind every ref that there is.
LAST: Final = Ref(b"\xff" * 16)


async def create(tx: Transaction, name: str) -> OrganisationRow:
    """A new organisation with its first identity rule. Raises NameTaken."""
    row = await tx.organisations.insert(name, tx.now)
    await tx.rules.replace(row.organisation, [FIRST_RULE])
    await _record(tx, row.organisation, name, Change.CREATED)
    return row


async def fetch(tx: Transaction, name: str) -> OrganisationRow:
    """Raises NoSuchName."""
    row = await tx.organisations.find(name)
    if row is None:
        raise NoSuchName("organisation", name)
    return row


async def fetch_for_update(tx: Transaction, name: str) -> OrganisationRow:
    """As `fetch`, held against whoever adds to it or removes it. Raises NoSuchName."""
    row = await tx.organisations.find_for_update(name)
    if row is None:
        raise NoSuchName("organisation", name)
    return row


async def fetch_name(tx: Transaction, organisation: Organisation) -> str:
    """The name of an organisation that is there."""
    rows = await tx.organisations.all()
    return next(row.name for row in rows if row.organisation == organisation)


async def browse(tx: Transaction) -> Sequence[OrganisationRow]:
    return await tx.organisations.all()


async def rename(tx: Transaction, name: str, new_name: str) -> None:
    """Raises NoSuchName, NameTaken."""
    # Before the organisation, as who adds a credential to it does.
    await tx.organisations.hold_names()
    row = await fetch_for_update(tx, name)
    await tx.organisations.rename(row.organisation, new_name)
    await _record(tx, row.organisation, new_name, Change.CHANGED)


async def close(tx: Transaction, name: str) -> Organisation:
    """Let nobody in any more: the first step of a removal. Raises NoSuchName."""
    row = await fetch_for_update(tx, name)
    # Its own log goes with it.
    await _record(tx, NOBODY, name, Change.DELETED)
    for credential in await tx.credentials.all(row.organisation):
        await tx.credentials.delete(credential.client_key)
    for user in await tx.users.all(row.organisation):
        await tx.users.delete(user.name)
    return row.organisation


async def clear_audit(tx: Transaction, organisation: Organisation) -> int:
    """Delete a batch of a closed organisation's audit log; how many entries went."""
    return await tx.audit.delete_older(organisation, LAST, BATCH)


async def remove_some(tx: Transaction, organisation: Organisation) -> int:
    """Delete a batch of a closed organisation's data, and at last the organisation itself;
    how many orders and guests went, 0 once it is gone."""
    gone = await tx.organisations.delete_some(organisation, BATCH)
    if gone == 0:
        await tx.organisations.delete(organisation)
    return gone


async def remove_left(tx: Transaction) -> bool:
    """Delete a batch of what came after its organisation had gone, from who had been let in
    before; False where there is none."""
    left = await tx.organisations.left()
    for organisation in left[:1]:
        # With the last of them goes the rest, or nothing would tell of it any more.
        if await tx.organisations.delete_some(organisation, BATCH) < BATCH:
            await tx.organisations.delete(organisation)
    return bool(left)


async def _record(tx: Transaction, organisation: Organisation, name: str, change: Change) -> None:
    await audit.record(tx, organisation, "organisation", called=name, change=change)
