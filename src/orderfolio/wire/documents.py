"""How rows are spelt as the JSON that a client is sent, and read back.

Each document begins with `href`, `ref` and its times, goes on with the attributes in the
model's order, those that were never given left out, and ends with its links. BASE stands
where an address begins.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from msgspec import Raw, Struct, structs
from msgspec.json import Decoder, Encoder

from orderfolio.model import instants, items, refs
from orderfolio.model.extensions import KEY, NAME, Owner, Pairs
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant, spell
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Identifier, Person, Role
from orderfolio.store.contract import Documents
from orderfolio.store.records import BASE, ExtensionRow, GuestRow, ItemRow, OrderRow, PersonRow
from orderfolio.wire import links

_BASE: Final = BASE.decode()


class Spelling:
    """The store's `Documents`, as v2.1 spells them."""

    def order(self, row: OrderRow) -> bytes:
        ref = refs.spell(row.ref)
        path = f"{_BASE}{links.ORDERS}/{ref}"
        return _joined(
            _head(path, ref, row.created_at, row.modified_at),
            _ORDER.spell(row.order),
            f'"orderItems":{{"href":"{path}/orderItems"}},'
            f'"contacts":{{"href":"{path}/contacts"}},'
            f'"consumers":{{"href":"{path}/consumers"}},'
            f'"extensions":{{"href":"{path}/extensions"}}}}',
        )

    def item(self, row: ItemRow) -> bytes:
        ref = refs.spell(row.ref)
        path = _BASE + links.item(row.ref)
        item = row.item
        quantity = items.quantity_as_read(item.quantity, row.consumers)
        if quantity != item.quantity:
            item = structs.replace(item, quantity=quantity)
        return _joined(
            _head(path, ref, row.created_at, row.modified_at),
            _ITEM.spell(item),
            f'"order":{{"href":"{_BASE}{links.order(row.order_ref)}"}},'
            f'"extensions":{{"href":"{path}/extensions"}}}}',
        )

    def person(self, row: PersonRow) -> bytes:
        path = _BASE + links.person(row.role, row.ref)
        tail = f'"order":{{"href":"{_BASE}{links.order(row.order_ref)}"}}'
        if row.guest_ref is not None:
            tail += f',"guest":{{"href":"{_BASE}{links.guest(row.guest_ref)}"}}'
        if row.role is Role.CONSUMER:
            tail += f',"orderItems":{{"href":"{path}/orderItems"}}'
        return _joined(
            _head(path, refs.spell(row.ref), row.created_at, row.modified_at),
            _PERSON.spell(row.person),
            tail + "}",
        )

    def guest(self, row: GuestRow) -> bytes:
        path = _BASE + links.guest(row.ref)
        head = _head(path, refs.spell(row.ref), row.created_at, row.modified_at)
        return _joined(head, _GUEST.spell(row.guest), "}")

    def extension(self, row: ExtensionRow) -> bytes:
        owner = f"{_BASE}{links.owner(row.owner, row.owner_ref)}"
        pairs = {
            key: _number(value) if type(value) is Decimal else value
            for key, value in row.pairs.items()
        }
        return _joined(
            f'{{"name":"{NAME}","href":"{owner}/extensions/{NAME}","ref":"{refs.spell(row.ref)}",'
            f'"key":"{KEY}","createdAt":"{_time(row.created_at)}",'
            f'"modifiedAt":"{_time(row.modified_at)}"',
            _ENCODER.encode(pairs),
            f'"{_OWNER_LINKS[row.owner]}":{{"href":"{owner}"}}}}',
        )

    def read_order(self, body: bytes) -> Order:
        return _READ_ORDER(body.replace(BASE, b""))

    def read_item(self, body: bytes) -> Item:
        return _READ_ITEM(body.replace(BASE, b""))

    def read_person(self, body: bytes) -> Person:
        return _READ_PERSON(body.replace(BASE, b""))

    def read_guest(self, body: bytes) -> Guest:
        return _READ_GUEST(body.replace(BASE, b""))

    def read_extension(self, body: bytes) -> Pairs:
        members: Pairs = _READ_PAIRS(body.replace(BASE, b"").decode())
        return {key: value for key, value in members.items() if key not in _RESERVED}


def _head(path: str, ref: str, created_at: Instant, modified_at: Instant) -> str:
    return (
        f'{{"href":"{path}","ref":"{ref}",'
        f'"createdAt":"{_time(created_at)}","modifiedAt":"{_time(modified_at)}"'
    )


def _joined(head: str, attributes: bytes, tail: str) -> bytes:
    """`attributes` is an object; `tail` begins with a member or closes the document."""
    middle = attributes[1:-1]
    parts = [head.encode()]
    if middle:
        parts.append(middle)
    if tail != "}":
        parts.append(tail.encode())
        return b",".join(parts)
    return b",".join(parts) + b"}"


def _time(instant: Instant) -> str:
    return _second(instant.microseconds // 1_000_000)


@lru_cache(4096)
def _second(second: int) -> str:
    # What is written in one second shares it, and is mostly read back soon.
    return spell(Instant(second * 1_000_000))


_ENCODER: Final = Encoder()


def _number(number: Decimal | int) -> Raw:
    # The encoder would write 1E-8, and refuses integers beyond 64 bits.
    return Raw((str(number) if type(number) is int else format(number, "f")).encode())


def _identifiers(identifiers: tuple[Identifier, ...]) -> list[dict[str, str]]:
    return [
        {"provider": one.provider, "id": one.id}
        if one.expiry_date is None
        else {"provider": one.provider, "id": one.id, "expiryDate": spell(one.expiry_date)}
        for one in identifiers
    ]


# What the encoder would write otherwise; all else is text, or an array of it.
_WRITERS: Final[dict[str, Callable[[Any], object]]] = {
    "price": _number,
    "original_price": _number,
    "quantity": _number,
    "ordered_at": spell,
    "first_seen": spell,
    "last_seen": spell,
    "identifiers": _identifiers,
}


class _Noun:
    """How the attributes of one noun are spelt. A guest's `email` is the first of its
    `emails`, and stands before them."""

    __slots__ = ("_fields", "_has_email")

    def __init__(self, kind: type[Struct], *, has_email: bool = False) -> None:
        self._has_email = has_email
        self._fields = tuple(
            (field.name, field.encode_name, _WRITERS.get(field.name))
            for field in structs.fields(kind)
        )

    def spell(self, described: Struct) -> bytes:
        members: dict[str, object] = {}
        for name, spelling, write in self._fields:
            value = getattr(described, name)
            if value is None:
                continue
            if self._has_email and name == "emails" and value:
                members["email"] = value[0]
            members[spelling] = value if write is None else write(value)
        return _ENCODER.encode(members)


_ORDER: Final = _Noun(Order)
_ITEM: Final = _Noun(Item)
_PERSON: Final = _Noun(Person)
_GUEST: Final = _Noun(Guest, has_email=True)
_OWNER_LINKS: Final = {Owner.ORDER: "order", Owner.ITEM: "orderItem"}
_RESERVED: Final = frozenset(
    ("name", "href", "ref", "key", "createdAt", "modifiedAt", *_OWNER_LINKS.values())
)


def _read_instant(kind: type, text: object) -> Instant:
    if kind is Instant and type(text) is str and (instant := instants.parse(text)) is not None:
        return instant
    raise ValueError("not an instant")


_READ_ORDER: Final = Decoder(Order, dec_hook=_read_instant).decode
_READ_ITEM: Final = Decoder(Item, dec_hook=_read_instant).decode
_READ_PERSON: Final = Decoder(Person, dec_hook=_read_instant).decode
_READ_GUEST: Final = Decoder(Guest, dec_hook=_read_instant).decode
_READ_PAIRS: Final = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal).decode

SPELLING: Final[Documents] = Spelling()
