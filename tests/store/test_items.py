"""Items: kept, listed, linked to consumers, and deleted."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    HOUR,
    WHOLE,
    a_consumer,
    a_world,
    an_item,
    an_order,
    an_organisation,
    later,
)
from tests.store.spelling import SPELLING, shown

from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Page, Window


class TestKeeping:
    def test_an_insert_is_read_back_whole(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_item(tx, await an_order(tx, await an_organisation(tx)))
            found = await tx.items.document(row.organisation, row.ref)
            assert found is not None
            assert (found.ref, found.version, found.body) == (row.ref, 1, SPELLING.item(row))
            assert await tx.items.find_for_update(row.organisation, row.ref) == row
            assert await tx.items.order_ref(row.organisation, row.ref) == row.order_ref

        driver.transact(story)

    @pytest.mark.parametrize("given", [None, 0, 1, 10**38 - 1])
    def test_the_quantity_given_outlives_the_one_read(
        self, driver: Driver, given: int | None
    ) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_item(tx, await an_order(tx, await an_organisation(tx)), given)
            linked = structs.replace(row, version=2, modified_at=later(HOUR), consumers=2)
            document = await tx.items.update(linked)
            assert shown(document.body)["said"]["quantity"] == max(given or 0, 2)
            assert await tx.items.find_for_update(row.organisation, row.ref) == linked

        driver.transact(story)

    def test_what_was_never_there_is_not_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            organisation, nothing = order.organisation, order.ref
            assert await tx.items.document(organisation, nothing) is None
            assert await tx.items.find_for_update(organisation, nothing) is None
            assert await tx.items.order_ref(organisation, nothing) is None
            await tx.items.delete(organisation, nothing)
            page = await tx.items.page(organisation, order.ref, WHOLE)
            assert page == Page(documents=(), total=0, more=None)

        driver.transact(story)

    def test_a_delete_takes_its_extension_and_links_and_nothing_else(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_item(tx, world.order)
            await tx.people.link(world.consumer.ref, other.ref)
            await tx.items.delete(world.organisation, world.item.ref)
            assert await tx.items.document(world.organisation, world.item.ref) is None
            assert await tx.extensions.document(world.organisation, world.item.ref) is None
            assert await tx.extensions.document(world.organisation, world.order.ref) is not None
            consumed = await tx.people.consumed(world.organisation, world.consumer.ref)
            assert consumed == {other.ref}

        driver.transact(story)


class TestListing:
    def test_the_items_of_an_order_are_met_page_by_page(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            order = await an_order(tx, organisation)
            await an_item(tx, await an_order(tx, organisation, "R-2"))
            rows = [await an_item(tx, order) for _ in range(5)]
            page = await tx.items.page(organisation, order.ref, Window(limit=2, offset=1))
            assert [found.ref for found in page.documents] == [rows[1].ref, rows[2].ref]
            window = Window(limit=2, after=page.more)
            page = await tx.items.page(organisation, order.ref, window)
            assert [found.ref for found in page.documents] == [rows[3].ref, rows[4].ref]
            assert (page.total, page.more) == (5, None)
            past = await tx.items.page(organisation, order.ref, Window(offset=10**38))
            assert past == Page(documents=(), total=5, more=None)

        driver.transact(story)

    def test_the_items_of_a_consumer_are_those_it_is_linked_to(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            items = [await an_item(tx, order) for _ in range(4)]
            one, other = await a_consumer(tx, order), await a_consumer(tx, order)
            for item in (items[3], items[0], items[2]):
                await tx.people.link(one.ref, item.ref)
            await tx.people.link(other.ref, items[1].ref)
            page = await tx.items.page_of_consumer(order.organisation, one.ref, WHOLE)
            assert [found.body for found in page.documents] == [
                SPELLING.item(items[position]) for position in (0, 2, 3)
            ]
            window = Window(limit=1, offset=1)
            page = await tx.items.page_of_consumer(order.organisation, one.ref, window)
            assert (page.total, page.documents[0].ref) == (3, items[2].ref)
            assert page.more is not None

        driver.transact(story)
