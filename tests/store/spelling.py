"""A spelling of documents that shows every key of a row: what the store must keep in step."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from orderfolio.model import refs
from orderfolio.model.extensions import Pairs
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item, quantity_as_read
from orderfolio.model.orders import Order
from orderfolio.model.people import Person
from orderfolio.store.records import BASE, ExtensionRow, GuestRow, ItemRow, OrderRow, PersonRow

Said = TypeVar("Said", Order, Item, Person, Guest)


def _from_instant(value: object) -> object:
    if isinstance(value, Instant):
        return value.microseconds
    raise NotImplementedError


def _to_instant(kind: type, value: object) -> object:
    if kind is Instant and isinstance(value, int):
        return Instant(value)
    raise NotImplementedError


_encoder = msgspec.json.Encoder(enc_hook=_from_instant, decimal_format="number")
_decoder = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


class Spelling:
    """The contract's `Documents`."""

    def order(self, row: OrderRow) -> bytes:
        return _spell(row, row.order)

    def item(self, row: ItemRow) -> bytes:
        quantity = quantity_as_read(row.item.quantity, row.consumers)
        read = msgspec.structs.replace(row.item, quantity=quantity)
        return _spell(row, read, order_ref=row.order_ref)

    def person(self, row: PersonRow) -> bytes:
        return _spell(
            row, row.person, order_ref=row.order_ref, role=row.role, guest_ref=row.guest_ref
        )

    def guest(self, row: GuestRow) -> bytes:
        return _spell(row, row.guest)

    def extension(self, row: ExtensionRow) -> bytes:
        return _spell(row, row.pairs, owner=row.owner, owner_ref=row.owner_ref)

    def read_order(self, body: bytes) -> Order:
        return _said(body, Order)

    def read_item(self, body: bytes) -> Item:
        return _said(body, Item)

    def read_person(self, body: bytes) -> Person:
        return _said(body, Person)

    def read_guest(self, body: bytes) -> Guest:
        return _said(body, Guest)

    def read_extension(self, body: bytes) -> Pairs:
        return {
            key: Decimal(value) if type(value) is int else value
            for key, value in shown(body)["said"].items()
        }


SPELLING = Spelling()


def shown(body: bytes) -> dict[str, Any]:
    """The document as plain values, numbers that aren't whole as Decimal."""
    return _decoder.decode(body.replace(BASE, b""))


def _spell(
    row: OrderRow | ItemRow | PersonRow | GuestRow | ExtensionRow, said: object, **links: object
) -> bytes:
    ref = refs.spell(row.ref)
    document = {
        "href": f"@/{ref}",
        "ref": ref,
        "version": row.version,
        "createdAt": row.created_at,
        "modifiedAt": row.modified_at,
        **{name: link.hex() if isinstance(link, bytes) else link for name, link in links.items()},
        "said": said,
    }
    return _encoder.encode(document).replace(b"@", BASE, 1)


def _said(body: bytes, kind: type[Said]) -> Said:
    said = msgspec.json.decode(body.replace(BASE, b""), type=dict[str, msgspec.Raw])["said"]
    return msgspec.json.decode(said, type=kind, dec_hook=_to_instant)
