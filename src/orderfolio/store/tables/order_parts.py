"""The parts of the list of orders: those of one status and one channel.

A list of one status, or of one channel, is made of few parts, each in the order of refs; which
aren't empty is known from their counts.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection
from orderfolio.store.queries import Cursor, OrderQuery, Window
from orderfolio.store.records import Organisation
from orderfolio.store.tables import pages, tallies
from orderfolio.store.tables.pages import Start
from orderfolio.store.tables.tallies import Tallies

# Refs of each part that are compared at once while an offset is left out.
_STRIDE: Final = 1_000


class Part(Struct, frozen=True, order=True):
    """A status and a channel, each empty where it wasn't given."""

    status: str
    channel: str

    def is_asked_for(self, query: OrderQuery) -> bool:
        return query.status in {None, self.status} and query.channel in {None, self.channel}


def part_of(order: Order) -> Part:
    return Part(order.status or "", order.channel or "")


class Found(Struct, frozen=True, kw_only=True):
    """The refs of a page, how many the whole list has, and whether there are more behind."""

    refs: list[Ref]
    total: int
    has_more: bool


class OrderParts:
    def __init__(self, connection: Connection, counts: Tallies) -> None:
        self._connection = connection
        self._tallies = counts

    async def count(self, organisation: Organisation, ref: Ref, part: Part, change: int) -> None:
        """Count an order in (+1) or out (-1) of all orders, and of its part."""
        name = f"{part.status}/{part.channel}"
        await self._tallies.add(organisation, tallies.ORDERS, ref, change, name)

    async def sizes(self, organisation: Organisation) -> dict[Part, int]:
        """How many orders in sight each part has, the empty ones left out."""
        if await self._tallies.hides(organisation):
            rows = await self._connection.rows("orders_parts_count", {"organisation": organisation})
            return {Part(status, channel): size for status, channel, size in rows}
        named = await self._tallies.parts(organisation, tallies.ORDERS)
        return {Part(*name.split("/", 1)): size for name, size in named.items()}

    async def find(self, organisation: Organisation, query: OrderQuery, window: Window) -> Found:
        """What a window shows of the orders of a status, a channel or both."""
        sizes = await self.sizes(organisation)
        wanted = [part for part in sizes if part.is_asked_for(query)]
        total = sum(sizes[part] for part in wanted)
        if pages.is_past(window, total):
            return Found(refs=[], total=total, has_more=False)
        start = pages.start_of(window, descending=query.descending)
        left_out = start.skip
        while left_out:
            step = min(left_out, _STRIDE)
            refs = await self._merged(organisation, wanted, query, start, step)
            end = Cursor(refs[-1])
            start = Start(before=end) if query.descending else Start(after=end)
            left_out -= step
        refs = await self._merged(organisation, wanted, query, start, window.limit + 1)
        return Found(refs=refs[: window.limit], total=total, has_more=len(refs) > window.limit)

    async def _merged(
        self,
        organisation: Organisation,
        parts: list[Part],
        query: OrderQuery,
        start: Start,
        limit: int,
    ) -> list[Ref]:
        """The first `limit` refs behind `start` of several parts."""
        found: list[Ref] = []
        for part in parts:
            rows = await self._connection.rows(
                "orders_of_part_page_descending" if query.descending else "orders_of_part_page",
                {
                    "organisation": organisation,
                    "status": part.status,
                    "channel": part.channel,
                    "after": start.after.ref,
                    "before": start.before.ref,
                    "limit": limit,
                },
            )
            found += [Ref(row[0]) for row in rows]
        return sorted(found, reverse=query.descending)[:limit]
