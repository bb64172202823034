"""Two servers of one database whose clocks differ: paging by `next` over both, while others come
and go, meets each resource that was there and stays exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest
from tests.operations.examples import an_order, later

from orderfolio.model.guards import UNGUARDED
from orderfolio.model.guests import Guest
from orderfolio.model.people import Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, orders, organisations, people
from orderfolio.store import postgres
from orderfolio.store.contract import Store
from orderfolio.store.draws import wall_clock
from orderfolio.store.queries import Cursor, GuestQuery, OrderQuery, Page, Window
from orderfolio.store.records import Organisation
from orderfolio.wire.documents import SPELLING

SKEW: Final = 200_000
THERE: Final = 60
PAGE: Final = 7

Servers = tuple[Store, Store]
Turn = Callable[[Store, Window], Awaitable[Page]]


@asynccontextmanager
async def two_servers(url: str) -> AsyncIterator[tuple[Servers, Organisation]]:
    ahead = await postgres.open_store(url, SPELLING, clock=lambda: wall_clock() + SKEW)
    behind = await postgres.open_store(url, SPELLING)
    try:
        organisation = (await ahead.transact(organisations.create, "shop")).organisation
        yield (ahead, behind), organisation
    finally:
        await ahead.close()
        await behind.close()


async def paged(
    servers: Servers, turn: Turn, between: Callable[[int], Awaitable[None]]
) -> list[Ref]:
    """What a walk to the end meets, each page of the other server, with others between."""
    met: list[Ref] = []
    after: Cursor | None = None
    number = 0
    while number == 0 or after is not None:
        page = await turn(servers[number % 2], Window(limit=PAGE, after=after))
        met += [document.ref for document in page.documents]
        after = page.more
        await between(number)
        number += 1
        assert number < 10 * THERE, "the walk has an end"
    return met


class TestOrders:
    @pytest.mark.parametrize(
        ("by_guest", "by_ordered_at"), [(False, False), (True, False), (True, True)]
    )
    @pytest.mark.parametrize("descending", [False, True])
    def test_are_met_once(
        self, postgres_url: str, by_guest: bool, by_ordered_at: bool, descending: bool
    ) -> None:
        async def story() -> None:
            async with two_servers(postgres_url) as (servers, ours):
                ada = Guest(guest_type="customer", emails=("ada@example.com",))
                guest = (await servers[0].transact(guests.create, ours, ada)).ref
                links = Links(guest=guest)

                async def sell(number: int) -> Ref:
                    store = servers[number % 2]
                    order = an_order(f"R-{number}", later(number * 7_919 % 31))
                    ref = (await store.transact(orders.create, ours, order)).ref
                    contact: Any = (Role.CONTACT, ref, Person(), links)
                    await store.transact(people.create, ours, *contact)
                    return ref

                there = [await sell(number) for number in range(THERE)]
                leaving = there[::5]

                async def between(number: int) -> None:
                    await sell(THERE + number)
                    if leaving:
                        store = servers[(number + 1) % 2]
                        await store.transact(orders.remove, ours, leaving.pop(), UNGUARDED)

                query = OrderQuery(
                    guest_ref=guest if by_guest else None,
                    by_ordered_at=by_ordered_at,
                    descending=descending,
                )
                met = await paged(
                    servers,
                    lambda store, window: store.read(orders.browse, ours, query, window),
                    between,
                )
                assert len(met) == len(set(met))
                assert set(met) >= set(there) - set(there[::5])

        asyncio.run(story())


class TestGuests:
    @pytest.mark.parametrize(
        "query", [GuestQuery(), GuestQuery(guest_type="visitor"), GuestQuery(last_name="King")]
    )
    def test_are_met_once(self, postgres_url: str, query: GuestQuery) -> None:
        async def story() -> None:
            async with two_servers(postgres_url) as (servers, ours):

                async def come(number: int) -> Ref:
                    guest = Guest(guest_type="visitor", last_name="King")
                    return (await servers[number % 2].transact(guests.create, ours, guest)).ref

                there = [await come(number) for number in range(THERE)]
                leaving = there[::5]

                async def between(number: int) -> None:
                    await come(number)
                    if leaving:
                        store = servers[(number + 1) % 2]
                        await store.transact(guests.remove, ours, leaving.pop(), UNGUARDED)

                met = await paged(
                    servers,
                    lambda store, window: store.read(guests.browse, ours, query, window),
                    between,
                )
                assert len(met) == len(set(met))
                assert set(met) >= set(there) - set(there[::5])

        asyncio.run(story())


def test_the_servers_differ_in_time_and_share_their_secret(postgres_url: str) -> None:
    async def story() -> None:
        async with two_servers(postgres_url) as (servers, ours):
            made = [
                (await store.transact(guests.create, ours, Guest(guest_type="visitor"))).ref
                for store in servers
            ]
            # Else nothing would have been shown.
            assert made[0] > made[1]
            # What one has sealed, the other opens.
            assert servers[0].cursor_key() == servers[1].cursor_key()

    asyncio.run(story())
