"""Contacts and consumers as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.queries import Cursor, Page, Window
from orderfolio.store.records import Document, Involvement, Organisation, PersonRow
from orderfolio.store.tables import pages


class People:
    def __init__(self, connection: Connection, documents: Documents) -> None:
        self._connection = connection
        self._documents = documents

    async def document(self, organisation: Organisation, role: Role, ref: Ref) -> Document | None:
        rows = await self._connection.rows("people_document", _key(organisation, role, ref))
        return Document(ref, *rows[0]) if rows else None

    async def find_for_update(
        self, organisation: Organisation, role: Role, ref: Ref
    ) -> PersonRow | None:
        rows = await self._connection.rows("people_find_for_update", _key(organisation, role, ref))
        return self.row(organisation, rows[0]) if rows else None

    async def hold_all(self, organisation: Organisation, order_ref: Ref) -> None:
        await self._connection.rows(
            "people_of_order_for_update",
            {
                "organisation": organisation,
                "order_ref": order_ref,
                "shard": refs.shard_of(order_ref),
            },
        )

    async def insert(self, row: PersonRow) -> Document:
        document = Document(row.ref, row.version, self._documents.person(row))
        await self._connection.rows(
            "people_insert",
            {
                **_values(row, document),
                "created_at": row.created_at.microseconds,
                "order_ref": row.order_ref,
                "ordered_at": row.ordered_at.microseconds,
            },
        )
        return document

    async def update(self, row: PersonRow) -> Document:
        document = Document(row.ref, row.version, self._documents.person(row))
        await self._connection.rows("people_update", _values(row, document))
        if row.guest_ref is not None:
            # What the person was answered before tells of this guest, too, whether it was
            # nobody's then or another's.
            told: dict[str, Value] = {
                "organisation": row.organisation,
                "ref": row.ref,
                "guest_ref": row.guest_ref,
            }
            await self._connection.rows("kept_answers_tell_of_guest", told)
            await self._connection.rows("kept_answers_tell_of_other_guest", told)
        return document

    async def delete(self, organisation: Organisation, role: Role, ref: Ref) -> None:
        if await self.document(organisation, role, ref) is not None:
            await self.remove(organisation, ref)

    async def remove(self, organisation: Organisation, ref: Ref) -> None:
        """Delete the person and its links to items, hidden or not."""
        shard = refs.shard_of(ref)
        await self._connection.rows(
            "people_delete", {"organisation": organisation, "ref": ref, "shard": shard}
        )
        await self._connection.rows(
            "consumed_delete_of_consumer", {"consumer_ref": ref, "shard": shard}
        )

    async def page(
        self, organisation: Organisation, role: Role, order_ref: Ref, window: Window
    ) -> Page:
        values: dict[str, Value] = {
            "organisation": organisation,
            "order_ref": order_ref,
            "shard": refs.shard_of(order_ref),
            "role": role.value,
        }
        return await pages.browse(self._connection, "people", values, window)

    async def involving(
        self,
        organisation: Organisation,
        guest_ref: Ref,
        role: Role,
        after: Cursor | None,
        limit: int,
    ) -> Sequence[Involvement]:
        end = Cursor(pages.LAST, Instant(pages.LATEST)) if after is None else after
        rows = await self._connection.rows(
            "people_involving",
            {
                "organisation": organisation,
                "guest_ref": guest_ref,
                "role": role.value,
                "before": end.ref,
                "ordered_before": (end.ordered_at or Instant(pages.LATEST)).microseconds,
                "limit": limit,
            },
        )
        return [
            Involvement(
                order=Document(ref, version, body),
                ordered_at=Instant(ordered_at),
                since=Instant(since),
            )
            for ref, ordered_at, version, body, since in rows
        ]

    async def guest_of_namesake(
        self, organisation: Organisation, order_ref: Ref, first_name: str, last_name: str
    ) -> Ref | None:
        rows = await self._connection.rows(
            "people_guest_of_namesake",
            {
                "organisation": organisation,
                "order_ref": order_ref,
                "shard": refs.shard_of(order_ref),
                "first_name": first_name,
                "last_name": last_name,
            },
        )
        return Ref(rows[0][0]) if rows else None

    async def consumed(self, organisation: Organisation, consumer_ref: Ref) -> frozenset[Ref]:
        rows = await self._connection.rows(
            "people_consumed",
            {
                "organisation": organisation,
                "consumer_ref": consumer_ref,
                "shard": refs.shard_of(consumer_ref),
            },
        )
        return frozenset(Ref(row[0]) for row in rows)

    async def link(self, consumer_ref: Ref, item_ref: Ref) -> None:
        await self._connection.rows("consumed_insert", _link(consumer_ref, item_ref))

    async def unlink(self, consumer_ref: Ref, item_ref: Ref) -> None:
        await self._connection.rows("consumed_delete", _link(consumer_ref, item_ref))

    def row(self, organisation: Organisation, columns: Sequence[Any]) -> PersonRow:
        """The row of the columns that a statement gave."""
        (
            ref,
            version,
            created_at,
            modified_at,
            order_ref,
            ordered_at,
            role,
            guest_ref,
            body,
        ) = columns
        return PersonRow(
            organisation=organisation,
            ref=ref,
            version=version,
            created_at=Instant(created_at),
            modified_at=Instant(modified_at),
            order_ref=order_ref,
            ordered_at=Instant(ordered_at),
            role=Role(role),
            guest_ref=guest_ref,
            person=self._documents.read_person(body),
        )


def _values(row: PersonRow, document: Document) -> dict[str, Value]:
    return {
        **_key(row.organisation, row.role, row.ref),
        "version": row.version,
        "modified_at": row.modified_at.microseconds,
        "guest_ref": row.guest_ref,
        "first_name": row.person.first_name,
        "last_name": row.person.last_name,
        "document": document.body,
    }


def _link(consumer_ref: Ref, item_ref: Ref) -> dict[str, Value]:
    return {
        "consumer_ref": consumer_ref,
        "item_ref": item_ref,
        "shard": refs.shard_of(consumer_ref),
    }


def _key(organisation: Organisation, role: Role, ref: Ref) -> dict[str, Value]:
    return {
        "organisation": organisation,
        "ref": ref,
        "shard": refs.shard_of(ref),
        "role": role.value,
    }
