"""Kept answers as rows."""

from __future__ import annotations

from msgspec import structs

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.store.connections import Connection, Value
from orderfolio.store.records import Document, KeptAnswer, Organisation
from orderfolio.store.tables.claims import Claims


class KeptAnswers:
    def __init__(self, connection: Connection, claims: Claims) -> None:
        self._connection = connection
        self._claims = claims

    async def find(self, organisation: Organisation, scope: bytes) -> KeptAnswer | None:
        key = _key(organisation, scope)
        await self._claims.scope(shard_of_scope(scope))
        rows = await self._connection.rows("kept_answers_find", key)
        if not rows:
            return None
        request, created_at, ref, order_ref, guest_ref, document_ref, version, body = rows[0]
        answer = KeptAnswer(
            organisation=organisation,
            scope=scope,
            request=request,
            created_at=Instant(created_at),
            ref=ref,
            order_ref=order_ref,
            guest_ref=guest_ref,
            document=None if body is None else Document(document_ref, version, body),
        )
        if await self._is_hidden(answer):
            return structs.replace(answer, document=None)
        return answer

    async def insert(self, answer: KeptAnswer) -> None:
        document = answer.document
        await self._connection.rows(
            "kept_answers_insert",
            {
                **_key(answer.organisation, answer.scope),
                "request": answer.request,
                "created_at": answer.created_at.microseconds,
                "ref": answer.ref,
                "order_ref": answer.order_ref,
                "guest_ref": answer.guest_ref,
                "document_ref": None if document is None else document.ref,
                "version": None if document is None else document.version,
                "document": None if document is None else document.body,
            },
        )

    async def delete_older(self, than: Instant, limit: int) -> int:
        rows = await self._connection.rows(
            "kept_answers_delete_older", {"than": than.microseconds, "limit": limit}
        )
        await self._connection.rows("kept_answer_guests_delete_older", {"than": than.microseconds})
        return len(rows)

    async def _is_hidden(self, answer: KeptAnswer) -> bool:
        """Whether it tells of a guest that is being deleted, or of what goes with one."""
        order_ref = answer.order_ref or answer.ref
        rows = await self._connection.rows(
            "kept_answers_hidden",
            {
                "organisation": answer.organisation,
                "ref": answer.ref,
                "shard": refs.shard_of(answer.ref),
                "order_ref": order_ref,
                "order_shard": refs.shard_of(order_ref),
                "guest_ref": answer.guest_ref,
                "scope": answer.scope,
                "scope_shard": shard_of_scope(answer.scope),
            },
        )
        return bool(rows)


def _key(organisation: Organisation, scope: bytes) -> dict[str, Value]:
    return {"organisation": organisation, "scope": scope, "shard": shard_of_scope(scope)}


def shard_of_scope(scope: bytes) -> int:
    """Where what was answered under this scope is kept."""
    # A digest is spread evenly over the shards by any two of its bytes.
    return int.from_bytes(scope[:2], "big")
