"""Order items, as a client sends them."""

from __future__ import annotations

from typing import Final

from orderfolio.model import items
from orderfolio.model.changes import Changes
from orderfolio.model.items import Item
from orderfolio.model.refs import Ref
from orderfolio.wire.reading.attributes import Attribute, Mode, Table, read
from orderfolio.wire.reading.values import (
    NAME_LENGTH,
    count,
    instant,
    letters,
    number,
    other_than,
    text,
)

_TABLE: Final = Table(
    "an order item",
    (
        Attribute("type", "type", other_than(items.RESERVED_TYPES), required=True),
        Attribute("name", "name", text(0, items.NAME_LENGTH), required=True),
        Attribute("price", "price", number, required=True),
        Attribute("currencyCode", "currency_code", letters(3, "EUR"), required=True),
        Attribute("status", "status", text(), required=True),
        Attribute("description", "description", text()),
        Attribute("productId", "product_id", text()),
        Attribute("referenceId", "reference_id", text(1, NAME_LENGTH)),
        Attribute("vendor", "vendor", text()),
        Attribute("language", "language", text()),
        Attribute("originalCurrencyCode", "original_currency_code", text()),
        Attribute("channel", "channel", text()),
        Attribute("originalPrice", "original_price", number),
        Attribute("quantity", "quantity", count),
        Attribute("orderedAt", "ordered_at", instant),
    ),
    links=("order", "extensions"),
)


def read_new(body: dict[str, object]) -> Item:
    """Raises Misread."""
    return Item(**read(_TABLE, body, Mode.CREATE))


def read_changes(body: dict[str, object], ref: Ref, replacing: bool) -> Changes:
    """Raises Misread."""
    return read(_TABLE, body, Mode.of(replacing=replacing), ref=ref)
