"""Order items: what was purchased as part of an order."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from orderfolio.model.instants import Instant

NAME_LENGTH: Final = 128
# Types that the vendor keeps for its own products.
RESERVED_TYPES: Final = (
    "FLIGHT",
    "HOTEL",
    "MORTGAGE",
    "MORTGAGE_APPLICATION",
    "LOAN_APPLICATION",
    "PERSONAL_LOAN",
    "RAIL",
)


class Item(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client says of an order item; `quantity` as it was given."""

    type: str
    name: str
    price: Decimal
    currency_code: str
    status: str
    description: str | None = None
    product_id: str | None = None
    reference_id: str | None = None
    vendor: str | None = None
    language: str | None = None
    original_currency_code: str | None = None
    channel: str | None = None
    original_price: Decimal | None = None
    quantity: int | None = None
    ordered_at: Instant | None = None


def quantity_as_read(given: int | None, consumers: int) -> int | None:
    """The guide: the quantity represents the number of consumers. So the larger counts."""
    if given is None and consumers == 0:
        return None
    return max(given or 0, consumers)
