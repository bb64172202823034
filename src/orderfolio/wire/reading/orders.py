"""Orders, as a client sends them."""

from __future__ import annotations

from typing import Final

from orderfolio.model import orders
from orderfolio.model.changes import Changes
from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.wire.reading.attributes import Attribute, Mode, Table, read
from orderfolio.wire.reading.values import NAME_LENGTH, instant, letters, number, one_of, text

_TABLE: Final = Table(
    "an order",
    (
        Attribute("referenceId", "reference_id", text(1, NAME_LENGTH), required=True, fixed=True),
        Attribute("orderedAt", "ordered_at", instant, required=True, fixed=True),
        Attribute("currencyCode", "currency_code", letters(3, "EUR"), required=True),
        Attribute("price", "price", number, required=True),
        Attribute("paymentType", "payment_type", text()),
        Attribute("cardType", "card_type", text()),
        Attribute("pointOfSale", "point_of_sale", text()),
        Attribute("channel", "channel", one_of(orders.CHANNELS)),
        Attribute("status", "status", one_of(orders.STATUSES)),
    ),
    links=("orderItems", "contacts", "consumers", "extensions"),
)


def read_new(body: dict[str, object]) -> Order:
    """Raises Misread."""
    return Order(**read(_TABLE, body, Mode.CREATE))


def read_changes(body: dict[str, object], ref: Ref, replacing: bool) -> Changes:
    """`reference_id` and `ordered_at` are in it where they were sent, to be held against
    those of the order, which can't be changed. Raises Misread."""
    return read(_TABLE, body, Mode.of(replacing=replacing), ref=ref)
