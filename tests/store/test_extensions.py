"""Extensions: one to an owner."""

from __future__ import annotations

from decimal import Decimal

from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    HOUR,
    a_world,
    an_extension,
    an_item,
    an_order,
    an_organisation,
    later,
)
from tests.store.spelling import SPELLING

from orderfolio.store.contract import Transaction


class TestKeeping:
    def test_an_insert_is_read_back_whole_by_its_owner(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            item = await an_item(tx, order)
            for row in (
                await an_extension(tx, order, gift=True),
                await an_extension(tx, item, weight=Decimal("0.10"), note="fragile"),
            ):
                found = await tx.extensions.document(order.organisation, row.owner_ref)
                assert found is not None
                assert (found.ref, found.version) == (row.ref, 1)
                assert found.body == SPELLING.extension(row)
                kept = await tx.extensions.find_for_update(order.organisation, row.owner_ref)
                assert kept == row

        driver.transact(story)

    def test_one_that_was_hidden_meanwhile_is_held_all_the_same(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            find = tx.extensions.find_for_update
            assert await find(world.organisation, world.item.ref) == world.on_item
            other = await an_organisation(tx, "another")
            assert await find(other, world.item.ref) is None

        driver.transact(story)

    def test_an_update_answers_what_is_kept_from_then_on(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            row = await an_extension(tx, order, gift=True)
            changed = structs.replace(row, version=2, modified_at=later(HOUR), pairs={})
            document = await tx.extensions.update(changed)
            assert document == await tx.extensions.document(order.organisation, order.ref)
            assert await tx.extensions.find_for_update(order.organisation, order.ref) == changed

        driver.transact(story)

    def test_a_delete_leaves_that_of_another_owner(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            item = await an_item(tx, order)
            await an_extension(tx, order, gift=True)
            await an_extension(tx, item, gift=True)
            await tx.extensions.delete(order.organisation, order.ref)
            await tx.extensions.delete(order.organisation, order.ref)
            assert await tx.extensions.document(order.organisation, order.ref) is None
            assert await tx.extensions.find_for_update(order.organisation, order.ref) is None
            assert await tx.extensions.document(order.organisation, item.ref) is not None

        driver.transact(story)
