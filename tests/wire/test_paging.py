"""Following `next` through ten thousand orders while others come and go (contract section 3)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.wire.clients import Client, an_application, populate

from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.model.people import Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, orders, organisations, people, tallies
from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING

ORDERS = 10_000
LIMIT = 100
# Few enough that many orders share an instant, and only their refs tell them apart.
INSTANTS = 500


class Shop:
    """Orders of one guest, which come and go at random."""

    def __init__(self, store: Store, organisation: Organisation, guest: Ref) -> None:
        self.store = store
        self.organisation = organisation
        self.guest = guest
        self.left: dict[str, Ref] = {}
        self._chance = random.Random(1815)
        self._made = 0

    async def add(self, count: int) -> None:
        await asyncio.gather(*(self._add() for _ in range(count)))

    async def _add(self) -> None:
        self._made += 1
        order = Order(
            reference_id=f"R-{self._made}",
            ordered_at=Instant(self._chance.randrange(INSTANTS) * 1_000_000),
            currency_code="EUR",
            price=Decimal(1),
        )
        ref = (await self.store.transact(orders.create, self.organisation, order)).ref
        await self.store.transact(
            people.create,
            self.organisation,
            Role.CONTACT,
            ref,
            Person(),
            Links(guest=self.guest),
        )
        self.left[refs.spell(ref)] = ref

    async def change(self) -> None:
        """Some orders go, some come, and some counts are folded."""
        for text in self._chance.sample(sorted(self.left), 5):
            await self.store.transact(
                orders.remove, self.organisation, self.left.pop(text), UNGUARDED
            )
        await self.add(self._chance.randrange(10))
        await self.store.transact(tallies.fold, self._chance.randrange(400))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shop, Client]]:
    path: Path = tmp_path_factory.mktemp("paging") / "orders.db"
    with asyncio.Runner() as runner:
        store = open_store(path, SPELLING)
        try:
            runner.run(populate(store))
            organisation = runner.run(store.read(organisations.fetch, "One")).organisation
            guest = Guest(guest_type="customer")
            ref = runner.run(store.transact(guests.create, organisation, guest)).ref
            shop = Shop(store, organisation, ref)
            for _ in range(ORDERS // 500):
                runner.run(shop.add(500))
            yield shop, Client(runner, an_application(store))
        finally:
            runner.run(store.close())


def check_counts(page: dict[str, Any], total: int) -> None:
    last = int(parse_qs(urlsplit(page["last"]["href"]).query)["offset"][0])
    assert last == (total - 1) // LIMIT * LIMIT
    assert len(page["items"]) == LIMIT or "next" not in page


@pytest.mark.parametrize(
    ("of_guest", "sort"),
    [
        (False, None),
        (False, "created::ASC"),
        (False, "created::DESC"),
        (True, "created::ASC"),
        (True, "created::DESC"),
        (True, "orderedAt::ASC"),
        (True, "orderedAt::DESC"),
    ],
)
def test_each_order_that_was_there_throughout_is_met_once(
    shop: tuple[Shop, Client], of_guest: bool, sort: str | None
) -> None:
    orders_there, client = shop
    parameters = [f"limit={LIMIT}"]
    if of_guest:
        parameters.append(f"guestRef={refs.spell(orders_there.guest)}")
    if sort is not None:
        parameters.append(f"sort={sort}")
    throughout = set(orders_there.left)
    address: str | None = "/v2.1/orders?" + "&".join(parameters)
    met: list[str] = []
    while address is not None:
        page = client.get(address).json()
        check_counts(page, len(orders_there.left))
        met += [item["ref"] for item in page["items"]]
        address = page.get("next", {}).get("href")
        client.runner.run(orders_there.change())
        throughout &= orders_there.left.keys()
    assert len(met) == len(set(met))
    assert throughout <= set(met)


@pytest.mark.parametrize("sort", ["created::ASC", "created::DESC"])
def test_an_offset_finds_what_walking_finds(shop: tuple[Shop, Client], sort: str) -> None:
    orders_there, client = shop
    everything = sorted(orders_there.left, reverse=sort.endswith("DESC"))
    for offset in (0, 1, 99, 4_321, len(everything) - 1, len(everything), 10**30):
        page = client.get(f"/v2.1/orders?sort={sort}&limit=7&offset={offset}").json()
        assert [item["ref"] for item in page["items"]] == everything[offset : offset + 7]
