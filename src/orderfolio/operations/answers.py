"""Kept answers: what makes a repeated POST safe."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from orderfolio.errors import IdempotencyKeyReused, Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Document, KeptAnswer, Organisation


class Answer(Struct, frozen=True):
    """A resource that was created now, or, `replayed`, by an earlier request."""

    document: Document
    replayed: bool


async def once(
    tx: Transaction,
    organisation: Organisation,
    scope: bytes,
    request: bytes,
    kind: Kind,
    operation: Callable[..., Awaitable[Document]],
    *arguments: Any,
) -> Answer:
    """Run a creating `operation` and keep its answer, or give the answer that was kept.

    `scope` digests all that the key belongs to, `request` the body. Raises
    IdempotencyKeyReused where the body is another, NotFound where the answer went with a
    deleted guest.
    """
    kept = await tx.kept_answers.find(organisation, scope)
    if kept is not None:
        if kept.request != request:
            raise IdempotencyKeyReused
        if kept.document is None:
            raise NotFound(kind, refs.spell(kept.ref))
        return Answer(kept.document, replayed=True)
    document = await operation(tx, organisation, *arguments)
    order_ref, guest_ref = await _told_of(tx, organisation, kind, document.ref, arguments)
    await tx.kept_answers.insert(
        KeptAnswer(
            organisation=organisation,
            scope=scope,
            request=request,
            created_at=tx.now,
            ref=document.ref,
            order_ref=order_ref,
            guest_ref=guest_ref,
            document=document,
        )
    )
    return Answer(document, replayed=False)


async def forget(tx: Transaction, before: Instant, limit: int) -> int:
    """Delete at most `limit` answers kept before `before`; how many were deleted."""
    return await tx.kept_answers.delete_older(before, limit)


async def _told_of(
    tx: Transaction, organisation: Organisation, kind: Kind, ref: Ref, arguments: tuple[Any, ...]
) -> tuple[Ref | None, Ref | None]:
    """The order and the guest whose data the answer holds."""
    match kind:
        case Kind.ORDER:
            return ref, None
        case Kind.GUEST:
            return None, ref
        case Kind.ITEM:
            return await tx.items.order_ref(organisation, ref), None
        case Kind.CONTACT | Kind.CONSUMER:
            role = Role.CONTACT if kind is Kind.CONTACT else Role.CONSUMER
            row = await tx.people.find_for_update(organisation, role, ref)
            return (None, None) if row is None else (row.order_ref, row.guest_ref)
        case Kind.EXTENSION:
            owner, owner_ref = arguments[0], arguments[1]
            if owner is Owner.ORDER:
                return owner_ref, None
            return await tx.items.order_ref(organisation, owner_ref), None
