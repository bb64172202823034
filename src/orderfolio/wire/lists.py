"""Lists: from the part that was asked for to the page that is answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from msgspec import Struct

from orderfolio.errors import Flaw
from orderfolio.model.extensions import Owner
from orderfolio.model.refs import Ref
from orderfolio.store.queries import Cursor, GuestQuery, OrderQuery, Page, Window
from orderfolio.wire import cursors, envelopes, responses
from orderfolio.wire.envelopes import Listing
from orderfolio.wire.flaws import Misread
from orderfolio.wire.queries import Paging
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

Query = OrderQuery | GuestQuery

_EMPTY: Final = Page(documents=(), total=0, more=None)


class Asked(Struct, frozen=True):
    """A list that was asked for: its path, what it is narrowed and sorted by, which part of
    it, where a resource of it is found, and, of extensions, whose they are."""

    path: str
    query: Query | None
    paging: Paging
    place: Callable[[Ref], str]
    extended: tuple[Owner, Ref] | None = None


async def answer(
    service: Service,
    request: Request,
    asked: Asked,
    operation: Callable[..., Awaitable[Page]],
    *arguments: object,
) -> Answer:
    """The page that `operation` finds. Raises Misread for an `after` of another list."""
    paging = asked.paging
    window = Window(
        offset=paging.offset,
        limit=paging.limit,
        after=_unseal(service, request, asked),
        whole=paging.whole,
        joined=paging.whole,
    )
    page = await service.store.read(operation, request.organisation, *arguments, window)
    following = page.more
    after = None
    if following is not None:
        after = seal(service, request, following, asked.path, asked.query)
    return _respond(request, asked, page, after)


def nothing(request: Request, asked: Asked) -> Answer:
    """The list of what can't be there, such as the orders of a guest without a ref."""
    return _respond(request, asked, _EMPTY, None)


def seal(service: Service, request: Request, cursor: Cursor, path: str, query: Query | None) -> str:
    identity = _identity(path, query)
    return cursors.seal(cursor, service.store.cursor_key(), request.organisation, identity)


def _unseal(service: Service, request: Request, asked: Asked) -> Cursor | None:
    text = asked.paging.after
    if text is None:
        return None
    identity = _identity(asked.path, asked.query)
    key = service.store.cursor_key()
    cursor = cursors.unseal(text, key, request.organisation, identity)
    if cursor is None:
        raise Misread(
            [
                Flaw(
                    "after",
                    "was not made for this list",
                    "Follow next.href as it was answered, or leave after out and begin anew.",
                )
            ]
        )
    return cursor


def _identity(path: str, query: Query | None) -> str:
    """What tells one list from another, however its parameters were spelt."""
    return path if query is None else f"{path}?{msgspec.json.encode(query).decode()}"


def _respond(request: Request, asked: Asked, page: Page, after: str | None) -> Answer:
    paging = asked.paging
    listing = Listing(
        path=asked.path,
        offset=paging.offset,
        limit=paging.limit,
        whole=paging.whole,
        asked=paging.asked,
        kept=paging.kept,
        place=asked.place,
    )
    return responses.text(request, envelopes.collection(listing, page, after, asked.extended))
