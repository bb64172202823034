"""What an operation answers with, before it is sent: status, body and headers of its own."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from orderfolio.store.records import BASE, Document
from orderfolio.wire import tags
from orderfolio.wire.requests import Request

Header = tuple[bytes, bytes]

CONTENT_TYPE: Final[Header] = (b"content-type", b"application/json")
REPLAYED: Final[Header] = (b"idempotent-replayed", b"true")


class Answer(Struct, frozen=True):
    """`body` is whole; for HEAD it is left out, but not its length, when it is sent."""

    status: int
    body: bytes = b""
    headers: tuple[Header, ...] = ()


NOTHING: Final = Answer(204)
NULL: Final = Answer(200, b"null", (CONTENT_TYPE,))


def resource(request: Request, document: Document) -> Answer:
    """One resource with its tag; nothing but the tag where the client has this version."""
    tag = (b"etag", tags.spell(document))
    if request.method in ("GET", "HEAD") and tags.is_known(
        request.header(b"if-none-match"), tag[1]
    ):
        return Answer(304, headers=(tag,))
    return Answer(200, document.body.replace(BASE, request.base), (CONTENT_TYPE, tag))


def created(request: Request, document: Document, path: str, *, replayed: bool) -> Answer:
    """A resource that was created at `path`, by this request or, replayed, an earlier one."""
    headers = (
        CONTENT_TYPE,
        (b"etag", tags.spell(document)),
        (b"location", request.base + path.encode()),
    )
    body = document.body.replace(BASE, request.base)
    return Answer(201, body, (*headers, REPLAYED) if replayed else headers)


def text(request: Request, body: bytes) -> Answer:
    """JSON that isn't one resource in one version: a list, or an opened order."""
    return Answer(200, body.replace(BASE, request.base), (CONTENT_TYPE,))
