"""Entries of the audit log, each looked at beside what it tells of."""

from __future__ import annotations

from typing import Any, Final

from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.records import Change, Entry, Organisation
from orderfolio.store.tables.audit import entry_of
from orderfolio.store.tables.findings import WRONG_SHARD, said, shard_of

# What lives on the shard of the order above it.
_UNDER_ORDERS: Final = {
    kind.value for kind in (Kind.ITEM, Kind.CONTACT, Kind.CONSUMER, Kind.EXTENSION)
}


class AuditChecks:
    """Rows are those of the statement `checks_audit`; what is said of each is what is wrong."""

    async def entry(self, row: tuple[Any, ...]) -> list[str]:
        organisation, ref, shard, *columns, is_known, version, is_being_deleted = row
        found = [
            *said(not is_known, "its organisation isn't there"),
            *said(not refs.is_minted(ref), "its ref is no UUIDv7"),
            *said(shard != shard_of(ref), WRONG_SHARD),
        ]
        try:
            entry = entry_of(Organisation(organisation), (ref, *columns))
        except Exception:  # noqa: BLE001 (what nobody wrote may raise anything)
            return [*found, "it can't be read"]
        if entry.touched is not None:
            found += _beside(entry, entry.touched, shard, version, is_being_deleted)
        return found


def _beside(
    entry: Entry, touched: Ref, shard: int, version: int | None, is_being_deleted: bool
) -> list[str]:
    """What is wrong with an entry beside the resource that it tells of, which has this
    version; None where it is gone."""
    is_there = version is not None
    # A guest that is marked has no version any more.
    is_older = is_there and not is_being_deleted and (entry.version or 0) > (version or 0)
    # A guest's deletion is noted when it is asked for, and again when all of it is done.
    is_yet_to_go = is_being_deleted and entry.gone is None
    is_gone = entry.change is Change.DELETED and not is_yet_to_go
    is_elsewhere = entry.noun in _UNDER_ORDERS and (
        entry.order_ref is None or shard != shard_of(entry.order_ref)
    )
    return [
        *said(shard != shard_of(touched), "its shard isn't the one of what it tells of"),
        *said(is_elsewhere, "its shard isn't the one of the order that it names"),
        *said(is_gone and is_there, "what it says is deleted is there"),
        *said(is_older, f"it tells of version {entry.version}, and there are {version}"),
    ]
