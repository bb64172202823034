"""Made-up orders, each told from the others by its number, and who ordered."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Person

REGULAR: Final = "regular@example.com"
ITEM: Final = Item(
    type="BOOK",
    name="Notes on the Analytical Engine",
    price=Decimal("100.10"),
    currency_code="EUR",
    status="PURCHASED",
)

# What orders are like comes again with every twentieth.
_CHANNELS: Final = ("WEB", "MOBILE_WEB", "MOBILE_APP", "CALL_CENTER")
_STATUSES: Final = ("PURCHASED", "PURCHASED", "CONFIRMED", "CANCELLED", "REFUNDED")
# One of ten contacts is the regular guest, of the others every guest is two.
_REGULARS: Final = 10
_SECOND: Final = 1_000_000


def name_of(number: int) -> str:
    return f"filled-{number:09}"


def an_order(number: int, moment: Instant) -> Order:
    """One that was made in the second in which it comes."""
    return Order(
        reference_id=name_of(number),
        ordered_at=second_of(moment),
        currency_code="EUR",
        price=Decimal("100.10"),
        payment_type="Card",
        card_type="Visa",
        point_of_sale="shop.example.com",
        channel=_CHANNELS[number % len(_CHANNELS)],
        status=_STATUSES[number // len(_CHANNELS) % len(_STATUSES)],
    )


def second_of(moment: Instant) -> Instant:
    return Instant(moment.microseconds // _SECOND * _SECOND)


def a_contact(number: int) -> Person:
    """The first name of one of a thousand, the last of one of 250."""
    if number % _REGULARS == 0:
        return Person(first_name="Regular", last_name="Guest", emails=(REGULAR,))
    guest = (number // _REGULARS * (_REGULARS - 1) + number % _REGULARS) // 2
    return Person(
        first_name=f"First{guest % 1000}",
        last_name=f"Name{guest % 250}",
        emails=(f"guest{guest}@example.com",),
        city="London",
        country="GB",
    )
