"""Extensions as rows."""

from __future__ import annotations

from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.records import Document, ExtensionRow, Organisation


class Extensions:
    def __init__(self, connection: Connection, documents: Documents) -> None:
        self._connection = connection
        self._documents = documents

    async def document(self, organisation: Organisation, owner_ref: Ref) -> Document | None:
        rows = await self._connection.rows("extensions_document", _key(organisation, owner_ref))
        return Document(*rows[0]) if rows else None

    async def find_for_update(
        self, organisation: Organisation, owner_ref: Ref
    ) -> ExtensionRow | None:
        rows = await self._connection.rows(
            "extensions_find_for_update", _key(organisation, owner_ref)
        )
        if not rows:
            return None
        ref, version, created_at, modified_at, owner, order_ref, body = rows[0]
        return ExtensionRow(
            organisation=organisation,
            ref=ref,
            version=version,
            created_at=Instant(created_at),
            modified_at=Instant(modified_at),
            owner=Owner(owner),
            owner_ref=owner_ref,
            order_ref=order_ref,
            pairs=self._documents.read_extension(body),
        )

    async def insert(self, row: ExtensionRow) -> Document:
        document = Document(row.ref, row.version, self._documents.extension(row))
        await self._connection.rows(
            "extensions_insert",
            {
                **_values(row, document),
                "created_at": row.created_at.microseconds,
                "owner": row.owner.value,
                "ref": row.ref,
                "order_ref": row.order_ref,
            },
        )
        return document

    async def update(self, row: ExtensionRow) -> Document:
        document = Document(row.ref, row.version, self._documents.extension(row))
        await self._connection.rows("extensions_update", _values(row, document))
        return document

    async def delete(self, organisation: Organisation, owner_ref: Ref) -> None:
        await self._connection.rows("extensions_delete", _key(organisation, owner_ref))


def _values(row: ExtensionRow, document: Document) -> dict[str, Value]:
    return {
        **_key(row.organisation, row.owner_ref),
        "version": row.version,
        "modified_at": row.modified_at.microseconds,
        "document": document.body,
    }


def _key(organisation: Organisation, owner_ref: Ref) -> dict[str, Value]:
    return {
        "organisation": organisation,
        "owner_ref": owner_ref,
        "shard": refs.shard_of(owner_ref),
    }
