"""Collections, and orders with opened relations: put together from bytes, never parsed.

Stored documents hold BASE where links begin; so does everything that is built here, and
`responses` puts the address in, once a page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from orderfolio.model.extensions import NAME, Owner
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref, spell
from orderfolio.operations.orders import OPENED, Opened, Relation
from orderfolio.store.queries import Cursor, Page
from orderfolio.store.records import BASE
from orderfolio.wire import links

_BASE: Final = BASE.decode()

Sealer = Callable[[Cursor, str], str]


class Listing(Struct, frozen=True, kw_only=True):
    """A list as it was asked for: where, which part, and what to keep in its links.

    `asked` are the request's parameters as they are repeated; `kept` are those of other parts
    of the list. `place` gives the path of what is listed by its ref.
    """

    path: str
    offset: int
    limit: int
    whole: bool
    asked: str
    kept: str
    place: Callable[[Ref], str]


def collection(
    listing: Listing, page: Page, after: str | None, extended: tuple[Owner, Ref] | None = None
) -> bytes:
    """The envelope of a list. `after` is the sealed cursor of the next page, if there is one;
    `extended` is whose extensions are listed."""
    limit = listing.limit
    last = max(page.total - 1, 0) // limit * limit
    address = f"{_BASE}{listing.path}"
    part = f'{{"href":"{address}?{listing.kept}{"&" if listing.kept else ""}offset='
    asked = f"?{listing.asked}" if listing.asked else ""
    begin = (
        f'"href":"{address}{asked}","offset":{listing.offset},"limit":{limit},'
        f'"first":{part}0&limit={limit}"}},"last":{part}{last}&limit={limit}"}},'
    )
    if after is not None:
        # Sealed cursors are made of letters that addresses take as they stand.
        begin += f'"next":{part}{listing.offset + limit}&limit={limit}&after={after}"}},'
    end = ""
    if extended is not None:
        owner, ref = extended
        begin = f'"name":"{NAME}",{begin}'
        name = "order" if owner is Owner.ORDER else "orderItem"
        end = f',"{name}":{{"href":"{_BASE}{links.owner(owner, ref)}"}}'
    items = _items(page, listing.whole, listing.place)
    # Joined once: a page is long.
    return b"".join((f'{{{begin}"items":['.encode(), items, f"]{end}}}".encode()))


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
