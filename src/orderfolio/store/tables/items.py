"""Items as rows, with their links to consumers."""

from __future__ import annotations

from msgspec import structs

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.queries import Page, Window
from orderfolio.store.records import Document, ItemRow, Organisation
from orderfolio.store.tables import pages


class Items:
    def __init__(self, connection: Connection, documents: Documents) -> None:
        self._connection = connection
        self._documents = documents

    async def document(self, organisation: Organisation, ref: Ref) -> Document | None:
        rows = await self._connection.rows("items_document", _key(organisation, ref))
        return Document(ref, *rows[0]) if rows else None

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> ItemRow | None:
        rows = await self._connection.rows("items_find_for_update", _key(organisation, ref))
        if not rows:
            return None
        version, created_at, modified_at, order_ref, quantity, consumers, body = rows[0]
        return ItemRow(
            organisation=organisation,
            ref=ref,
            version=version,
            created_at=Instant(created_at),
            modified_at=Instant(modified_at),
            order_ref=order_ref,
            consumers=consumers,
            item=structs.replace(
                self._documents.read_item(body),
                quantity=None if quantity is None else int(quantity),
            ),
        )

    async def order_ref(self, organisation: Organisation, ref: Ref) -> Ref | None:
        rows = await self._connection.rows("items_order_ref", _key(organisation, ref))
        return Ref(rows[0][0]) if rows else None

    async def insert(self, row: ItemRow) -> Document:
        document = Document(row.ref, row.version, self._documents.item(row))
        await self._connection.rows(
            "items_insert",
            {
                **_values(row, document),
                "created_at": row.created_at.microseconds,
                "order_ref": row.order_ref,
            },
        )
        return document

    async def update(self, row: ItemRow) -> Document:
        document = Document(row.ref, row.version, self._documents.item(row))
        await self._connection.rows("items_update", _values(row, document))
        return document

    async def delete(self, organisation: Organisation, ref: Ref) -> None:
        if not await self._connection.rows("items_delete", _key(organisation, ref)):
            return
        shard = refs.shard_of(ref)
        await self._connection.rows("consumed_delete_of_item", {"item_ref": ref, "shard": shard})
        await self._connection.rows(
            "extensions_delete",
            {"organisation": organisation, "owner_ref": ref, "shard": shard},
        )

    async def page(self, organisation: Organisation, order_ref: Ref, window: Window) -> Page:
        return await pages.browse(
            self._connection,
            "items",
            {
                "organisation": organisation,
                "order_ref": order_ref,
                "shard": refs.shard_of(order_ref),
            },
            window,
        )

    async def page_of_consumer(
        self, organisation: Organisation, consumer_ref: Ref, window: Window
    ) -> Page:
        return await pages.browse(
            self._connection,
            "items_of_consumer",
            {
                "organisation": organisation,
                "consumer_ref": consumer_ref,
                "shard": refs.shard_of(consumer_ref),
            },
            window,
        )


def _values(row: ItemRow, document: Document) -> dict[str, Value]:
    given = row.item.quantity
    return {
        **_key(row.organisation, row.ref),
        "version": row.version,
        "modified_at": row.modified_at.microseconds,
        "quantity_given": None if given is None else str(given),
        "consumers": row.consumers,
        "document": document.body,
    }


def _key(organisation: Organisation, ref: Ref) -> dict[str, Value]:
    return {"organisation": organisation, "ref": ref, "shard": refs.shard_of(ref)}
