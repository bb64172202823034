"""Contacts and consumers: kept, listed, linked, and deleted."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    HOUR,
    WHOLE,
    Said,
    a_contact,
    a_guest,
    a_person,
    a_world,
    an_item,
    an_order,
    an_organisation,
    later,
)
from tests.store.spelling import SPELLING

from orderfolio.model.people import Person, Role
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Cursor, Page, Window
from orderfolio.store.records import Document, Involvement

IN_EITHER_ROLE = pytest.mark.parametrize("role", Role)


def _other(role: Role) -> Role:
    return Role.CONSUMER if role is Role.CONTACT else Role.CONTACT


class TestKeeping:
    @IN_EITHER_ROLE
    def test_an_insert_is_read_back_whole(self, driver: Driver, role: Role) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            row = await a_person(tx, role, order, first_name="Ada")
            found = await tx.people.document(order.organisation, role, row.ref)
            assert found is not None
            assert (found.ref, found.version, found.body) == (row.ref, 1, SPELLING.person(row))
            assert await tx.people.find_for_update(order.organisation, role, row.ref) == row

        driver.transact(story)

    @IN_EITHER_ROLE
    def test_an_update_answers_what_is_kept_from_then_on(self, driver: Driver, role: Role) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            row = await a_person(tx, role, await an_order(tx, organisation))
            changed = structs.replace(
                row,
                version=2,
                modified_at=later(HOUR),
                guest_ref=(await a_guest(tx, organisation)).ref,
                person=Person(last_name="King"),
            )
            document = await tx.people.update(changed)
            assert document == await tx.people.document(organisation, role, row.ref)
            assert await tx.people.find_for_update(organisation, role, row.ref) == changed

        driver.transact(story)

    @IN_EITHER_ROLE
    def test_one_role_is_not_the_other(self, driver: Driver, role: Role) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            row = await a_person(tx, role, order)
            organisation, other = order.organisation, _other(role)
            assert await tx.people.document(organisation, other, row.ref) is None
            assert await tx.people.find_for_update(organisation, other, row.ref) is None
            assert (await tx.people.page(organisation, other, order.ref, WHOLE)).total == 0
            await tx.people.delete(organisation, other, row.ref)
            assert await tx.people.document(organisation, role, row.ref) is not None
            await tx.people.delete(organisation, role, row.ref)
            assert await tx.people.document(organisation, role, row.ref) is None

        driver.transact(story)

    def test_an_orders_people_are_met_page_by_page(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            order = await an_order(tx, await an_organisation(tx))
            await a_person(tx, Role.CONSUMER, order)
            rows = [await a_contact(tx, order) for _ in range(3)]
            listed = (order.organisation, Role.CONTACT, order.ref)
            page = await tx.people.page(*listed, Window(limit=2, whole=True))
            assert [found.body for found in page.documents] == [
                SPELLING.person(row) for row in rows[:2]
            ]
            page = await tx.people.page(*listed, Window(limit=2, after=page.more))
            assert [found.ref for found in page.documents] == [rows[2].ref]
            assert (page.total, page.more) == (3, None)
            past = await tx.people.page(*listed, Window(offset=10**38))
            assert past == Page(documents=(), total=3, more=None)

        driver.transact(story)


class TestNamesakes:
    def test_the_first_contact_with_a_guest_is_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            order = await an_order(tx, organisation)
            first, second = await a_guest(tx, organisation), await a_guest(tx, organisation)
            ada: Said = {"first_name": "Ada", "last_name": "King"}
            await a_contact(tx, order, **ada)
            await a_person(tx, Role.CONSUMER, order, second.ref, **ada)
            await a_contact(tx, order, first.ref, **ada)
            await a_contact(tx, order, second.ref, **ada)
            namesake = await tx.people.guest_of_namesake(organisation, order.ref, "Ada", "King")
            assert namesake == first.ref

        driver.transact(story)

    def test_a_name_must_be_exactly_the_same(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            for name in (("ada", "King"), ("Ada", "Kings"), ("King", "Ada")):
                assert (
                    await tx.people.guest_of_namesake(world.organisation, world.order.ref, *name)
                    is None
                )

        driver.transact(story)


class TestLinks:
    def test_items_are_linked_and_unlinked_one_by_one(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_item(tx, world.order)
            listed = (world.organisation, world.consumer.ref)
            await tx.people.link(world.consumer.ref, other.ref)
            assert await tx.people.consumed(*listed) == {world.item.ref, other.ref}
            await tx.people.unlink(world.consumer.ref, world.item.ref)
            assert await tx.people.consumed(*listed) == {other.ref}

        driver.transact(story)

    def test_who_was_linked_before_a_mark_hid_it_stays_linked(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            await tx.people.link(world.consumer.ref, world.item.ref)
            gone = await tx.deletions.delete_order(world.organisation, world.order.ref)
            assert (gone.items, gone.consumers) == (1, 1)

        driver.transact(story)

    def test_they_go_with_the_consumer(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.people.delete(world.organisation, Role.CONSUMER, world.consumer.ref)
            assert await tx.people.consumed(world.organisation, world.consumer.ref) == frozenset()
            page = await tx.items.page_of_consumer(world.organisation, world.consumer.ref, WHOLE)
            assert page.total == 0

        driver.transact(story)


class TestInvolvements:
    @IN_EITHER_ROLE
    def test_each_order_of_a_role_comes_once_the_last_ordered_first(
        self, driver: Driver, role: Role
    ) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            guest = await a_guest(tx, organisation)
            hours = [2, 0, 3, 2]
            orders = [
                await an_order(tx, organisation, f"R-{place}", ordered_at=later(hour * HOUR))
                for place, hour in enumerate(hours)
            ]
            first = await an_order(tx, organisation, "elsewhere")
            await a_person(tx, _other(role), first, guest.ref)
            await a_person(tx, role, first, (await a_guest(tx, organisation)).ref)
            for order in orders:
                # Named twice in the same order.
                for _ in range(2):
                    await a_person(tx, role, order, guest.ref)
            expected = [
                Involvement(
                    order=Document(row.ref, 1, SPELLING.order(row)),
                    ordered_at=row.order.ordered_at,
                    since=tx.now,
                )
                for row in (orders[2], orders[3], orders[0], orders[1])
            ]
            for limit in (1, 2, 3, 4, 5):
                met: list[Involvement] = []
                after: Cursor | None = None
                while found := await tx.people.involving(
                    organisation, guest.ref, role, after, limit
                ):
                    assert len(found) <= limit
                    met += found
                    after = Cursor(found[-1].order.ref, found[-1].ordered_at)
                assert met == expected, limit

        driver.transact(story)

    def test_an_order_that_is_hidden_is_left_out_of_its_consumer_s(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            guest = await a_guest(tx, world.organisation)
            await tx.people.update(structs.replace(world.consumer, guest_ref=guest.ref))
            asked = (world.organisation, guest.ref, Role.CONSUMER, None, 5)
            assert len(await tx.people.involving(*asked)) == 1
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert list(await tx.people.involving(*asked)) == []

        driver.transact(story)
