"""Collections, and orders with opened relations: put together from bytes, never parsed.

Stored documents hold BASE where links begin; so does everything that is built here, and
`responses` puts the address in, once a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote, urlencode

from msgspec import Struct

from orderfolio.model.extensions import NAME, Owner
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref, spell
from orderfolio.operations.orders import OPENED, Opened, Relation
from orderfolio.store.queries import Cursor, Page
from orderfolio.store.records import BASE
from orderfolio.wire import links

Parameters = Sequence[tuple[str, str]]
Sealer = Callable[[Cursor, str], str]


class Listing(Struct, frozen=True, kw_only=True):
    """A list as it was asked for: where, which part, and what to keep in its links.

    `kept` are the request's parameters but for offset, limit and after; `asked` are all of
    them. `place` gives the path of what is listed by its ref.
    """

    path: str
    offset: int
    limit: int
    whole: bool
    kept: Parameters
    asked: Parameters
    place: Callable[[Ref], str]


def collection(
    listing: Listing, page: Page, after: str | None, extended: tuple[Owner, Ref] | None = None
) -> bytes:
    """The envelope of a list. `after` is the sealed cursor of the next page, if there is one;
    `extended` is whose extensions are listed."""
    limit = listing.limit
    last = max(page.total - 1, 0) // limit * limit
    kept = _spelled(listing.kept) + "&" if listing.kept else ""

    def part(offset: int, after: str = "") -> str:
        return f"{listing.path}?{kept}offset={offset}&limit={limit}{after}"

    asked = f"?{_spelled(listing.asked)}" if listing.asked else ""
    fields = [
        _link("href", listing.path + asked),
        b'"offset":%d,"limit":%d' % (listing.offset, limit),
        _relation("first", part(0)),
        _relation("last", part(last)),
    ]
    if after is not None:
        # Sealed cursors are made of letters that addresses take as they stand.
        fields.append(_relation("next", part(listing.offset + limit, f"&after={after}")))
    fields.append(b'"items":[%s]' % _items(page, listing.whole, listing.place))
    if extended is not None:
        owner, ref = extended
        name = "order" if owner is Owner.ORDER else "orderItem"
        fields = [b'"name":"%s"' % NAME.encode(), *fields]
        fields.append(_relation(name, links.owner(owner, ref)))
    return b"{%s}" % b",".join(fields)


def opened(order: Opened, seal: Sealer) -> bytes:
    """An order whose opened relations stand in place of their links.

    The links are the last four members of the stored document, in a fixed order.
    """
    ref = order.document.ref
    closed = b",".join(_relation(name, path(ref)) for _, name, path, _ in _RELATIONS) + b"}"
    body = order.document.body
    if not body.endswith(closed):
        raise AssertionError("an order's document ends with its four links")
    members = [
        _opened_relation(name, path(ref), order.pages[relation], place(ref), seal)
        if relation in order.pages
        else _relation(name, path(ref))
        for relation, name, path, place in _RELATIONS
    ]
    return body[: -len(closed)] + b",".join(members) + b"}"


def _opened_relation(
    name: str, path: str, page: Page, place: Callable[[Ref], str], seal: Sealer
) -> bytes:
    fields = [_link("href", path), b'"offset":0,"limit":%d' % OPENED.limit]
    if page.more is not None:
        following = {
            "expand": "true",
            "offset": OPENED.limit,
            "limit": OPENED.limit,
            "after": seal(page.more, path),
        }
        fields.append(_relation("next", f"{path}?{urlencode(following)}"))
    fields.append(b'"items":[%s]' % _items(page, True, place))
    return b'"%s":{%s}' % (name.encode(), b",".join(fields))


def _items(page: Page, whole: bool, place: Callable[[Ref], str]) -> bytes:
    if page.joined is not None:
        return page.joined
    if whole:
        return b",".join([document.body for document in page.documents])
    return b",".join([_reference(document.ref, place) for document in page.documents])


def _reference(ref: Ref, place: Callable[[Ref], str]) -> bytes:
    return b'{%s,"ref":"%s"}' % (_link("href", place(ref)), spell(ref).encode())


def _relation(name: str, address: str) -> bytes:
    return b'"%s":{%s}' % (name.encode(), _link("href", address))


def _link(name: str, address: str) -> bytes:
    # Addresses are made of refs and percent-encoded parameters: JSON as they stand.
    return b'"%s":"%s%s"' % (name.encode(), BASE, address.encode())


def _spelled(parameters: Parameters) -> str:
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in parameters])


def _quoted(text: str) -> str:
    # Most are words and numbers, which stand for themselves; seeing that takes a tenth of
    # what quoting does.
    return text if text.isascii() and text.isalnum() else quote(text, safe=":,")


_RELATIONS: Final[
    tuple[tuple[Relation, str, Callable[[Ref], str], Callable[[Ref], Callable[[Ref], str]]], ...]
] = (
    (Relation.ITEMS, "orderItems", links.items_of_order, lambda _: links.item),
    (
        Relation.CONTACTS,
        "contacts",
        lambda ref: links.people_of_order(Role.CONTACT, ref),
        lambda _: lambda ref: links.person(Role.CONTACT, ref),
    ),
    (
        Relation.CONSUMERS,
        "consumers",
        lambda ref: links.people_of_order(Role.CONSUMER, ref),
        lambda _: lambda ref: links.person(Role.CONSUMER, ref),
    ),
    (
        Relation.EXTENSIONS,
        "extensions",
        lambda ref: links.extensions_of(Owner.ORDER, ref),
        lambda owner_ref: lambda _: links.extension(Owner.ORDER, owner_ref),
    ),
)
