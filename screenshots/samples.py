"""A made-up shop to look at: who buys in it is long dead, and nobody of them had an email.

Times and refs are drawn from a clock and bytes of its own, so that every run makes the same.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from orderfolio.model.extensions import Owner
from orderfolio.model.identities import Rule
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import AS_THEY_ARE, Identifier, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    credentials,
    extensions,
    items,
    orders,
    organisations,
    people,
    refusals,
    rules,
    tallies,
    users,
    uses,
)
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.queries import GuestQuery, Window
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING

SHOP: Final = "Paper & Ink"
KEY: Final = NewCredential("k3v9t0c2m7x1q8h5", "a-token-that-opens-a-sample-only")
USER: Final = "ada"
REGULAR: Final = "ada@example.com"

_NOON: Final = 1_718_366_400  # 2024-06-14T12:00:00Z, a Friday
_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR
_DAYS: Final = 45
_BEFORE: Final = 280

_PEOPLE: Final = (
    ("Ada", "Lovelace", "London", "GB"),
    ("Grace", "Hopper", "New York", "US"),
    ("Emmy", "Noether", "Erlangen", "DE"),
    ("Hypatia", "", "Alexandria", "EG"),
    ("Mary", "Somerville", "Jedburgh", "GB"),
    ("Sofja", "Kowalewskaja", "Stockholm", "SE"),
    ("Émilie", "du Châtelet", "Paris", "FR"),
    ("Caroline", "Herschel", "Hannover", "DE"),
    ("Maria", "Agnesi", "Milano", "IT"),
    ("Wang", "Zhenyi", "Nanjing", "CN"),
    ("Mileva", "Marić", "Zürich", "CH"),
    ("Lise", "Meitner", "Wien", "AT"),
    ("", "", "", ""),
)
_THINGS: Final = (
    ("BOOK", "Notes on the Analytical Engine", "24.50"),
    ("STATIONERY", "Fountain pen, fine", "89.00"),
    ("STATIONERY", "Ink, midnight blue, 50 ml", "14.90"),
    ("PAPER", "Laid paper, A4, 100 sheets", "18.20"),
    ("BOOK", "Principia, first part", "61.00"),
    ("PRINT", "Map of the heavens, 50 × 70 cm", "45.00"),
)
_STATUSES: Final = ("PURCHASED",) * 6 + ("CONFIRMED", "CONFIRMED", "PENDING", "CANCELLED")
_CHANNELS: Final = ("WEB", "WEB", "WEB", "MOBILE_APP", "MOBILE_APP", "BRANCH", "CALL_CENTER")
_CURRENCIES: Final = ("EUR",) * 5 + ("GBP",)


_Value = TypeVar("_Value")


class Shop(Struct, frozen=True):
    """The store of a shop, and what its pages are about."""

    store: Store
    order: Ref
    guest: Ref


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = _NOON - (_BEFORE + 1) * _DAY

    def microseconds(self) -> int:
        return self.seconds * 1_000_000

    def instant(self) -> Instant:
        return Instant(self.microseconds())

    def now(self) -> float:
        return float(self.seconds)


async def open_shop(path: Path, clock: Clock) -> Shop:
    """A new database in `path`, with some weeks of business in it; the clock is at its end."""
    store = open_store(path, SPELLING, clock=clock.microseconds, entropy=_Bytes().draw)
    shop = (await store.transact(organisations.create, SHOP)).organisation
    await _settle_in(store, clock)
    number, order = 0, None
    # Before, the regular came twice a week.
    for ago in range(_BEFORE, _DAYS, -4):
        clock.seconds = _NOON - ago * _DAY
        await store.transact(_sell, shop, number, clock.instant(), True)
        number += 1
    for day in range(_DAYS):
        for place in range(_orders_on(day)):
            clock.seconds = max(clock.seconds, _NOON - (_DAYS - 1 - day) * _DAY)
            clock.seconds += 600 + 97 * place
            regular = number % 8 == 1
            order = await store.transact(_sell, shop, number, clock.instant(), regular)
            number += 1
    assert order is not None  # noqa: S101 - there are days with orders
    clock.seconds += _HOUR
    await _look_back(store, shop, clock)
    guest = await store.read(_guest, shop)
    return Shop(store, order, guest)


def _orders_on(day: int) -> int:
    """Busy before the weekend, and none on Sundays."""
    weekday = (day - _DAYS + 5) % 7
    return 0 if weekday == 6 else 2 + weekday // 2 + day % 3


async def _settle_in(store: Store, clock: Clock) -> None:
    for client_key, read_only in ((KEY.client_key, False), ("w5d8b2n6y4f0j3s7", True)):
        clock.seconds += 60
        new = NewCredential(client_key, KEY.api_token)
        await store.transact(credentials.create, SHOP, new, read_only)
    await store.transact(credentials.create, SHOP, NewCredential("r1z6p9g4a8l2e7u0", "x"), True)
    await store.transact(rules.add, SHOP, Rule("Loyalty card", "loyalty"), None)
    for name, read_only in ((USER, False), ("grace", True), ("mary.somerville", True)):
        clock.seconds += 60
        await store.transact(users.create, SHOP, name, "nobody signs in with this", read_only)


async def _sell(
    tx: Transaction, shop: Organisation, number: int, now: Instant, is_regular: bool
) -> Ref:
    """An order that was made a little before it was recorded, with all that belongs to it."""
    things = [_nth(_THINGS, number * 5 + place * 7) for place in range(1 + number % 3)]
    currency = _nth(_CURRENCIES, number)
    order = Order(
        reference_id=f"PI-{10_482 + number * 3}",
        ordered_at=Instant(now.microseconds - (30 + number % 50) * 1_000_000),
        currency_code=currency,
        price=sum((Decimal(price) for *_, price in things), Decimal(0)),
        status=_nth(_STATUSES, number * 7),
        channel=_nth(_CHANNELS, number * 3),
        payment_type="Card",
        card_type=_nth(("Visa", "Mastercard"), number),
        point_of_sale="shop.example.com",
    )
    ref = (await orders.create(tx, shop, order)).ref
    for place, (kind, name, price) in enumerate(things):
        item = Item(
            type=kind,
            name=name,
            price=Decimal(price),
            currency_code=currency,
            status=order.status or "PURCHASED",
            product_id=f"P-{_THINGS.index((kind, name, price)) + 1:03}",
            quantity=1,
        )
        made = await items.create(tx, shop, ref, item)
        wrapped: dict[str, str | bool | Decimal] = {"giftWrap": place == 0}
        await extensions.create(tx, shop, Owner.ITEM, made.ref, wrapped, False)
    pairs: dict[str, str | bool | Decimal] = {
        "firstTimeOrder": number == 0,
        "storeLocation": "Fleet Street",
    }
    await extensions.create(tx, shop, Owner.ORDER, ref, pairs, False)
    person = _person(0 if is_regular else number)
    await people.create(tx, shop, Role.CONTACT, ref, person, AS_THEY_ARE)
    if number % 4 == 2:
        await people.create(tx, shop, Role.CONSUMER, ref, _person(number + 1), AS_THEY_ARE)
    return ref


async def _look_back(store: Store, shop: Organisation, clock: Clock) -> None:
    """What housekeeping and clients left behind."""
    counts = {
        (shop, "validation", "createOrder"): 37,
        (shop, "not-found", "retrieveOrder"): 12,
        (shop, "conflict", "createOrderDataExtension"): 3,
    }
    await store.transact(refusals.record, counts)
    ago = Instant(clock.microseconds() - 9 * _DAY * 1_000_000)
    noted = {(shop, KEY.client_key): clock.instant(), (shop, "w5d8b2n6y4f0j3s7"): ago}
    await store.transact(uses.record, noted)
    while await store.transact(tallies.fold, 1_000):
        pass


async def _guest(tx: Transaction, shop: Organisation) -> Ref:
    page = await tx.guests.page(shop, GuestQuery(email=REGULAR), Window(limit=1))
    return page.documents[0].ref


def _person(number: int) -> Person:
    first, last, city, country = _nth(_PEOPLE, number)
    name = first.lower().replace("é", "e")
    return Person(
        first_name=first or None,
        last_name=last or None,
        emails=(f"{name}@example.com",) if name else None,
        phone_numbers=("+44 20 7946 0018",) if number == 0 else None,
        city=city or None,
        country=country or None,
        identifiers=(Identifier(provider="loyalty", id=f"L-{7000 + number % len(_PEOPLE)}"),),
    )


def _nth(values: tuple[_Value, ...], number: int) -> _Value:
    return values[number % len(values)]


class _Bytes:
    """Bytes without a pattern, the same in every run."""

    def __init__(self) -> None:
        self._drawn = 0

    def draw(self, length: int) -> bytes:
        self._drawn += 1
        return hashlib.shake_128(self._drawn.to_bytes(8, "big")).digest(length)
