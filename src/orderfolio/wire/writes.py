"""Creating, once or again: a POST, with an idempotency key or without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from orderfolio.errors import Kind
from orderfolio.operations import answers
from orderfolio.store.records import Document
from orderfolio.wire import idempotency
from orderfolio.wire.requests import Request, Service


async def create(
    service: Service,
    request: Request,
    kind: Kind,
    operation: Callable[..., Awaitable[Document]],
    *arguments: object,
) -> tuple[Document, bool]:
    """Run `operation` for the request's organisation; what it created, and whether that was
    an earlier request's doing."""
    key = request.header(b"idempotency-key")
    organisation = request.organisation
    if key is None:
        document = await service.store.transact(operation, organisation, *arguments)
        return document, False
    scope = idempotency.scope_of(organisation, request.method, request.path, key)
    answer = await service.store.transact(
        answers.once,
        organisation,
        scope,
        idempotency.digest_of(request.body),
        kind,
        operation,
        *arguments,
    )
    return answer.document, answer.replayed
