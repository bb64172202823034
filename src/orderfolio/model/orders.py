"""Orders, and the rule that says when two submissions mean the same order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from orderfolio.model.instants import Instant

CHANNELS: Final = (
    "WEB",
    "MOBILE_WEB",
    "MOBILE_APP",
    "CALL_CENTER",
    "AIRPORT_KIOSK",
    "BRANCH",
    "KIOSK",
    "OFFLINE",
    "GDS",
    "OTA",
    "OTHER",
)
# PARTIALY is the vendor's spelling, and so the wire's.
STATUSES: Final = (
    "BROWSED",
    "CANCELLED",
    "CONFIRMED",
    "DECLINED",
    "PARTIALY_CONFIRMED",
    "PARTIALY_REFUNDED",
    "PAYMENT_PENDING",
    "PENDING",
    "PURCHASED",
    "REFUNDED",
    "RESERVED",
    "SEARCHED",
    "UNKNOWN",
)

# What was only looked for, isn't paid yet, or was given back whole.
UNSPENT: Final = frozenset(
    (
        "BROWSED",
        "CANCELLED",
        "DECLINED",
        "PAYMENT_PENDING",
        "PENDING",
        "REFUNDED",
        "RESERVED",
        "SEARCHED",
    )
)

# The guide: orders match when their dates are "within two days of another".
MATCHING_WINDOW_MICROSECONDS: Final = 48 * 3600 * 1_000_000


class Order(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client says of an order."""

    reference_id: str
    ordered_at: Instant
    currency_code: str
    price: Decimal
    payment_type: str | None = None
    card_type: str | None = None
    point_of_sale: str | None = None
    channel: str | None = None
    status: str | None = None


def is_spent(order: Order) -> bool:
    """Whether the price of the order counts as money spent: an order whose status isn't
    known was most likely paid."""
    return order.status not in UNSPENT


def is_same_order(one: Order, other: Order) -> bool:
    """Whether two submissions mean the same order."""
    return (
        one.reference_id == other.reference_id
        and abs(one.ordered_at.microseconds - other.ordered_at.microseconds)
        <= MATCHING_WINDOW_MICROSECONDS
    )
