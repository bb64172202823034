"""The audit log as rows: newest first by their own refs, which tell the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.queries import Entries, EntryQuery
from orderfolio.store.records import Actor, By, Change, Entry, Gone, Organisation
from orderfolio.store.tables import pages


class Audit:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert(self, entry: Entry) -> None:
        by, gone = entry.by, entry.gone
        await self._connection.rows(
            "audit_insert",
            {
                "organisation": entry.organisation,
                "ref": entry.ref,
                "shard": refs.shard_of(entry.ref),
                "actor": by.actor.value,
                "name": by.name,
                "operation": by.operation,
                "request_id": by.request_id,
                "change": entry.change.value,
                "noun": entry.noun,
                "touched": entry.touched,
                "called": entry.called,
                "order_ref": entry.order_ref,
                "guest_ref": entry.guest_ref,
                "version": entry.version,
                "counts": None if gone is None else msgspec.json.encode(gone).decode(),
            },
        )

    async def page(self, organisation: Organisation, query: EntryQuery) -> Entries:
        place: dict[str, Value] = {
            "organisation": organisation,
            "before": query.before or pages.LAST,
            "since": query.since or pages.FIRST,
        }
        if query.about is None:
            # One more than was asked for tells whether there is more.
            rows = await self._connection.rows("audit_page", {**place, "limit": query.limit + 1})
        else:
            rows = await self._connection.rows(
                "audit_page_about",
                {**place, "about": query.about, "looked": query.looked, "limit": query.limit + 1},
            )
        entries = [entry_of(organisation, row) for row in rows[: query.limit]]
        if len(rows) > query.limit:
            return Entries(entries=entries, more=entries[-1].ref)
        if query.about is None:
            return Entries(entries=entries, more=None)
        edge = await self._connection.rows("audit_edge", {**place, "skip": query.looked - 1})
        return Entries(entries=entries, more=Ref(edge[0][0]) if edge else None)

    async def receipt(
        self, organisation: Organisation, guest_ref: Ref, since: Ref
    ) -> tuple[Entry, Sequence[Ref]] | None:
        key: dict[str, Value] = {
            "organisation": organisation,
            "guest_ref": guest_ref,
            "since": since,
        }
        rows = await self._connection.rows("audit_receipt", key)
        if not rows:
            return None
        entry = entry_of(organisation, rows[0])
        orders = await self._connection.rows(
            "audit_orders_of_receipt", {**key, "until": entry.ref, "noun": Kind.ORDER.value}
        )
        return entry, [Ref(row[0]) for row in orders]

    async def delete_older(self, organisation: Organisation, than: Ref, limit: int) -> int:
        rows = await self._connection.rows(
            "audit_delete_older", {"organisation": organisation, "than": than, "limit": limit}
        )
        return len(rows)


def entry_of(organisation: Organisation, row: tuple[Any, ...]) -> Entry:
    """A row, from its ref on without the shard."""
    (
        ref,
        actor,
        name,
        operation,
        request_id,
        change,
        noun,
        touched,
        called,
        order_ref,
        guest_ref,
        version,
        counts,
    ) = row
    return Entry(
        organisation=organisation,
        ref=ref,
        by=By(actor=Actor(actor), name=name, operation=operation, request_id=request_id),
        change=Change(change),
        noun=noun,
        touched=touched,
        called=called,
        order_ref=order_ref,
        guest_ref=guest_ref,
        version=version,
        gone=None if counts is None else msgspec.json.decode(counts, type=Gone),
    )
