"""Orders as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.orders import MATCHING_WINDOW_MICROSECONDS, Order
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws
from orderfolio.store.queries import Cursor, OrderQuery, Page, Window
from orderfolio.store.records import Document, Gone, OrderRow, Organisation
from orderfolio.store.tables import pages, tallies
from orderfolio.store.tables.claims import Claims
from orderfolio.store.tables.order_parts import OrderParts, Part, part_of
from orderfolio.store.tables.tallies import Tallies


class Orders:
    def __init__(
        self, connection: Connection, documents: Documents, draws: Draws, claims: Claims
    ) -> None:
        self._connection = connection
        self._documents = documents
        self._draws = draws
        self._claims = claims
        self._tallies = Tallies(connection)
        self._parts = OrderParts(connection, self._tallies)

    async def document(self, organisation: Organisation, ref: Ref) -> Document | None:
        rows = await self._connection.rows("orders_document", _key(organisation, ref))
        return Document(ref, *rows[0]) if rows else None

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> OrderRow | None:
        rows = await self._connection.rows("orders_find_for_update", _key(organisation, ref))
        return self._row(organisation, ref, rows[0]) if rows else None

    async def claim(self, organisation: Organisation, reference_id: str) -> Ref:
        shard = self._draws.shard_of_reference(organisation, reference_id)
        await self._claims.reference(shard)
        return self._draws.new_ref(shard)

    async def nearest(
        self, organisation: Organisation, reference_id: str, ordered_at: Instant
    ) -> Ref | None:
        rows = await self._connection.rows(
            "orders_nearest",
            {
                "organisation": organisation,
                "reference_id": reference_id,
                "shard": self._draws.shard_of_reference(organisation, reference_id),
                "ordered_at": ordered_at.microseconds,
                "earliest": ordered_at.microseconds - MATCHING_WINDOW_MICROSECONDS,
                "latest": ordered_at.microseconds + MATCHING_WINDOW_MICROSECONDS,
            },
        )
        return Ref(rows[0][0]) if rows else None

    async def insert(self, row: OrderRow) -> Document:
        document = Document(row.ref, row.version, self._documents.order(row))
        part = part_of(row.order)
        await self._connection.rows(
            "orders_insert",
            {
                **_key(row.organisation, row.ref),
                "version": row.version,
                "created_at": row.created_at.microseconds,
                "modified_at": row.modified_at.microseconds,
                "reference_id": row.order.reference_id,
                "ordered_at": row.order.ordered_at.microseconds,
                "status": part.status,
                "channel": part.channel,
                "document": document.body,
            },
        )
        await self._parts.count(row.organisation, row.ref, part, 1)
        return document

    async def update(self, row: OrderRow) -> Document:
        document = Document(row.ref, row.version, self._documents.order(row))
        key, after = _key(row.organisation, row.ref), part_of(row.order)
        for columns in await self._connection.rows("orders_part", key):
            before = Part(*columns)
            if before != after:
                await self._parts.count(row.organisation, row.ref, before, -1)
                await self._parts.count(row.organisation, row.ref, after, 1)
        await self._connection.rows(
            "orders_update",
            {
                **key,
                "version": row.version,
                "modified_at": row.modified_at.microseconds,
                "status": after.status,
                "channel": after.channel,
                "document": document.body,
            },
        )
        return document

    async def delete(self, organisation: Organisation, ref: Ref) -> None:
        if await self.document(organisation, ref) is not None:
            await self.remove(organisation, ref)

    async def remove(self, organisation: Organisation, ref: Ref) -> Gone:
        """Delete the order and everything under it, hidden or not; how much that was."""
        rows = await self._connection.rows("orders_delete", _key(organisation, ref))
        if not rows:
            return Gone()
        await self._parts.count(organisation, ref, Part(*rows[0]), -1)
        key: dict[str, Value] = {
            "organisation": organisation,
            "order_ref": ref,
            "shard": refs.shard_of(ref),
        }
        # In the order in which others hold these: who has a person may hold an item, and who has
        # an item, its links and its extension, which nobody adds any more then.
        people = await self._connection.rows("people_delete_of_order", key)
        items = await self._connection.rows("items_delete_of_order", key)
        if people:
            gone = [row[0] for row in people]
            await self._connection.rows(
                "consumed_delete_of_consumers", {"consumers": gone, "shard": key["shard"]}
            )
        extensions = await self._connection.rows("extensions_delete_of_order", key)
        contacts = sum(role == Role.CONTACT.value for _, role in people)
        return Gone(
            orders=1,
            items=len(items),
            contacts=contacts,
            consumers=len(people) - contacts,
            extensions=len(extensions),
        )

    async def page(self, organisation: Organisation, query: OrderQuery, window: Window) -> Page:
        values: dict[str, Value] = {"organisation": organisation}
        if query.guest_ref is not None:
            values["guest_ref"] = query.guest_ref
            listed = "orders_of_guest_by_ordered_at" if query.by_ordered_at else "orders_of_guest"
        elif query.reference_id is not None:
            values["reference_id"] = query.reference_id
            values["shard"] = self._draws.shard_of_reference(organisation, query.reference_id)
            listed = "orders_of_reference"
        elif (query.status, query.channel) != (None, None):
            return await self._page_of_parts(organisation, query, window)
        else:
            return await self._tallies.browse(
                tallies.ORDERS, "orders", values, window, descending=query.descending
            )
        return await pages.browse(
            self._connection, listed, values, window, descending=query.descending
        )

    async def _page_of_parts(
        self, organisation: Organisation, query: OrderQuery, window: Window
    ) -> Page:
        found = await self._parts.find(organisation, query, window)
        documents = [await self.document(organisation, ref) for ref in found.refs]
        return Page(
            documents=tuple(
                document if window.whole else Document(document.ref, document.version, b"")
                for document in documents
                if document is not None
            ),
            total=found.total,
            more=Cursor(found.refs[-1]) if found.has_more else None,
        )

    async def count_created(
        self, organisation: Organisation, moments: Sequence[Instant]
    ) -> Sequence[int]:
        return await self._tallies.between(
            tallies.ORDERS,
            "orders",
            {"organisation": organisation},
            # Up to the next millisecond, where a moment lies inside one.
            [-(-moment.microseconds // 1000) for moment in moments],
        )

    async def count_by_part(
        self, organisation: Organisation
    ) -> Mapping[tuple[str | None, str | None], int]:
        sizes = await self._parts.sizes(organisation)
        return {(part.status or None, part.channel or None): sizes[part] for part in sizes}

    def said(self, document: Document) -> Order:
        return self._documents.read_order(document.body)

    def _row(self, organisation: Organisation, ref: Ref, columns: Sequence[Any]) -> OrderRow:
        version, created_at, modified_at, body = columns
        return OrderRow(
            organisation=organisation,
            ref=ref,
            version=version,
            created_at=Instant(created_at),
            modified_at=Instant(modified_at),
            order=self._documents.read_order(body),
        )


def _key(organisation: Organisation, ref: Ref) -> dict[str, Value]:
    return {"organisation": organisation, "ref": ref, "shard": refs.shard_of(ref)}
