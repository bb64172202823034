"""Overviews: what much data comes to, for people who look at it.

However much there is, the work is bounded: it rests on counts that are kept, or looks at the
newest one by one, and tells how many those were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

from msgspec import Struct

from orderfolio.model import instants, numbers
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order, is_spent
from orderfolio.model.refs import Ref
from orderfolio.operations import guests
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import OrderQuery, Window
from orderfolio.store.records import Document, Organisation

# Orders that are looked at one by one: a few milliseconds' worth.
LOOKED_AT: Final = 1_000
# What is shown of a shop: so many days, and so many of its newest orders.
DAYS: Final = 30
NEWEST: Final = 10


class GuestOverview(Struct, frozen=True, kw_only=True):
    """What the orders of a guest come to, as contact.

    `orders` is how many there are, `counted` how many of them, the last ordered, the rest
    was made of. `money` is what was spent by currency, `channels` how many orders came by
    each channel that was given, `by_month` how many were ordered in each month (`2024-01`,
    UTC) that has any, the earliest first.
    """

    orders: int
    counted: int
    money: Mapping[str, Decimal]
    first_seen: Instant | None
    last_seen: Instant | None
    channels: Mapping[str, int]
    by_month: Sequence[tuple[str, int]]


class ShopOverview(Struct, frozen=True, kw_only=True):
    """What happened lately in an organisation, and what all of it comes to. All is exact.

    `by_day` has how many orders were created on each of the last days (`2024-01-31`, UTC),
    today's last. `by_status` and `by_channel` have the most frequent first; orders that were
    given none are in `orders` alone. `newest` holds whole documents, the newest first.
    """

    orders: int
    by_day: Sequence[tuple[str, int]]
    by_status: Mapping[str, int]
    by_channel: Mapping[str, int]
    newest: Sequence[Document]


async def of_shop(tx: Transaction, organisation: Organisation) -> ShopOverview:
    today = instants.day_of(tx.now)
    days = [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    moments = [instants.start_of(day) for day in (*days, today + timedelta(days=1))]
    created = await tx.orders.count_created(organisation, moments)
    parts = await tx.orders.count_by_part(organisation)
    newest = await tx.orders.page(
        organisation, OrderQuery(descending=True), Window(limit=NEWEST, whole=True)
    )
    return ShopOverview(
        orders=newest.total,
        by_day=[(day.isoformat(), count) for day, count in zip(days, created, strict=True)],
        by_status=_counts((status, size) for (status, _), size in parts.items()),
        by_channel=_counts((channel, size) for (_, channel), size in parts.items()),
        newest=newest.documents,
    )


async def of_guest(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> GuestOverview:
    """Raises NotFound."""
    guest = tx.guests.said(await guests.fetch(tx, organisation, guest_ref))
    query = OrderQuery(guest_ref=guest_ref, by_ordered_at=True, descending=True)
    page = await tx.orders.page(organisation, query, Window(limit=LOOKED_AT, whole=True))
    orders = [tx.orders.said(document) for document in page.documents]
    return GuestOverview(
        orders=page.total,
        counted=len(orders),
        money=_money(orders),
        first_seen=guest.first_seen,
        last_seen=guest.last_seen,
        channels=_counts((order.channel, 1) for order in orders),
        by_month=sorted(Counter(_month(order) for order in orders).items()),
    )


def _money(orders: Iterable[Order]) -> dict[str, Decimal]:
    """What was spent, the currencies in alphabetical order."""
    spent: dict[str, Decimal] = {}
    for order in orders:
        if is_spent(order):
            before = spent.get(order.currency_code, Decimal(0))
            spent[order.currency_code] = numbers.add(before, order.price)
    return dict(sorted(spent.items()))


def _counts(sizes: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    """How many there are of each value that was given, the most frequent first."""
    counts: Counter[str] = Counter()
    for value, size in sizes:
        if value is not None:
            counts[value] += size
    return dict(counts.most_common())


def _month(order: Order) -> str:
    return instants.day_of(order.ordered_at).isoformat()[:7]
