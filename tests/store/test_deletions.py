"""Deletions: what goes with a guest, and what stays."""

from __future__ import annotations

import pytest
from tests.store.conftest import Driver
from tests.store.rows import (
    ADA,
    NOON,
    WHOLE,
    World,
    a_consumer,
    a_contact,
    a_guest,
    a_world,
    an_order,
    an_organisation,
)
from tests.store.sights import SIGHTS, is_seen

from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Doomed, Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery
from orderfolio.store.records import OrderRow, Organisation, Preview

NOTHING = Doomed(orders=[], contacts=[], consumers=[])


async def _orders(tx: Transaction, organisation: Organisation) -> list[Ref]:
    page = await tx.orders.page(organisation, OrderQuery(), WHOLE)
    assert page.total == len(page.documents)
    return [document.ref for document in page.documents]


async def _shared(tx: Transaction, world: World) -> OrderRow:
    """An order where the world's guest is a contact, and somebody else too."""
    order = await an_order(tx, world.organisation, "R-2")
    await a_contact(tx, order, world.guest.ref)
    await a_contact(tx, order, (await a_guest(tx, world.organisation)).ref)
    return order


class TestMarking:
    def test_marks_are_pending_until_they_are_finished(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await a_world(tx, await an_organisation(tx, "another"))
            marked = [(each.organisation, each.guest.ref) for each in (world, other)]
            for organisation, ref in (*marked, *marked):
                await tx.deletions.mark(organisation, ref)
            assert list(await tx.deletions.pending()) == marked
            await tx.deletions.finish(*marked[0])
            assert list(await tx.deletions.pending()) == marked[1:]

        driver.transact(story)

    def test_an_order_of_another_contact_stays_without_the_guest(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            order = await _shared(tx, world)
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert await _orders(tx, world.organisation) == [order.ref]
            contacts = await tx.people.page(world.organisation, Role.CONTACT, order.ref, WHOLE)
            assert contacts.total == len(contacts.documents) == 1
            of_guest = OrderQuery(guest_ref=world.guest.ref)
            assert (await tx.orders.page(world.organisation, of_guest, WHOLE)).total == 0

        driver.transact(story)

    def test_a_contact_without_a_guest_keeps_no_order(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await a_contact(tx, world.order)
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert await _orders(tx, world.organisation) == []

        driver.transact(story)

    def test_a_consumer_neither_keeps_an_order_nor_takes_it_along(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await a_guest(tx, world.organisation)
            await a_consumer(tx, world.order, other.ref)
            order = await an_order(tx, world.organisation, "R-2")
            await a_consumer(tx, order, world.guest.ref)
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert await _orders(tx, world.organisation) == [order.ref]
            consumers = await tx.people.page(world.organisation, Role.CONSUMER, order.ref, WHOLE)
            assert consumers.total == len(consumers.documents) == 0

        driver.transact(story)

    def test_an_order_goes_when_all_its_guests_do(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await a_guest(tx, world.organisation)
            await a_contact(tx, world.order, other.ref)
            for guest_ref, orders in ((world.guest.ref, [world.order.ref]), (other.ref, [])):
                await tx.deletions.mark(world.organisation, guest_ref)
                assert await _orders(tx, world.organisation) == orders
            for guest_ref in (world.guest.ref, other.ref):
                doomed = await tx.deletions.doomed(world.organisation, guest_ref, 10)
                assert doomed == Doomed(orders=[world.order.ref], contacts=[], consumers=[])

        driver.transact(story)

    def test_a_marked_guest_identifies_nobody(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            second = await a_guest(tx, world.organisation, emails=("ada@example.com",))
            assert await tx.guests.first_with(world.organisation, [ADA], NOON) == second.ref

        driver.transact(story)

    def test_a_hidden_consumer_still_tells_what_it_consumes(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            traveller = await a_guest(tx, world.organisation)
            consumer = await a_consumer(tx, world.order, traveller.ref)
            await tx.people.link(consumer.ref, world.item.ref)
            await tx.deletions.mark(world.organisation, traveller.ref)
            doomed = await tx.deletions.doomed(world.organisation, traveller.ref, 10)
            assert doomed == Doomed(orders=[], contacts=[], consumers=[consumer])
            consumed = await tx.people.consumed(world.organisation, consumer.ref)
            assert consumed == {world.item.ref}

        driver.transact(story)


class TestPreviewing:
    @staticmethod
    async def _check(tx: Transaction, world: World) -> Preview:
        """What is told beforehand is what goes."""
        told = await tx.deletions.preview(world.organisation, world.guest.ref)
        await tx.deletions.mark(world.organisation, world.guest.ref)
        doomed = await tx.deletions.doomed(world.organisation, world.guest.ref, 100)
        assert told == Preview(
            orders=len(doomed.orders),
            contacts=len(doomed.contacts),
            consumers=len(doomed.consumers),
        )
        return told

    def test_what_goes_is_counted(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            # Twice a contact and a consumer of its own order, which go with that.
            await a_contact(tx, world.order, world.guest.ref)
            await a_consumer(tx, world.order, world.guest.ref)
            # A contact without a guest keeps no order.
            await a_contact(tx, world.order)
            for number in range(2):
                shared = await _shared(tx, world)
                await a_consumer(tx, shared, world.guest.ref)
                strange = await an_order(tx, world.organisation, f"R-1{number}")
                await a_consumer(tx, strange, world.guest.ref)
            assert await self._check(tx, world) == Preview(orders=1, contacts=2, consumers=4)

        driver.transact(story)

    def test_what_goes_with_others_already_is_not(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await a_guest(tx, world.organisation)
            both = await an_order(tx, world.organisation, "R-2")
            for guest in (world.guest, other):
                await a_contact(tx, both, guest.ref)
                await a_consumer(tx, both, guest.ref)
            foreign = await an_order(tx, world.organisation, "R-3")
            await a_contact(tx, foreign, other.ref)
            await a_consumer(tx, foreign, world.guest.ref)
            await tx.deletions.mark(world.organisation, other.ref)
            # The shared order is its alone by now, the other's isn't to be seen.
            assert await self._check(tx, world) == Preview(orders=2, contacts=0, consumers=0)

        driver.transact(story)

    def test_another_organisation_has_nothing_to_lose(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_organisation(tx, "another")
            told = await tx.deletions.preview(other, world.guest.ref)
            assert told == Preview(orders=0, contacts=0, consumers=0)

        driver.transact(story)


class TestDeleting:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
    def test_parts_add_up_to_all_that_goes(self, driver: Driver, limit: int) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            organisation, guest_ref = world.organisation, world.guest.ref
            staying = []
            for number in range(3):
                staying.append(await _shared(tx, world))
                alone = await an_order(tx, organisation, f"R-1{number}")
                for _ in range(3):
                    await a_contact(tx, alone, guest_ref)
                await a_consumer(tx, alone, guest_ref)
                await a_consumer(tx, staying[-1], guest_ref)
            await tx.deletions.mark(organisation, guest_ref)
            orders = await _orders(tx, organisation)
            assert orders == [row.ref for row in staying]
            counts = [0, 0, 0]
            while True:
                doomed = await tx.deletions.doomed(organisation, guest_ref, limit)
                for ref in doomed.orders:
                    await tx.deletions.delete_order(organisation, ref)
                for row in (*doomed.contacts, *doomed.consumers):
                    await tx.deletions.delete_person(row)
                sizes = [len(doomed.orders), len(doomed.contacts), len(doomed.consumers)]
                counts = [count + size for count, size in zip(counts, sizes, strict=True)]
                assert max(sizes) <= limit
                # Less than was asked for is the end.
                if max(sizes) < limit:
                    break
            assert counts == [4, 3, 3]
            assert await tx.deletions.doomed(organisation, guest_ref, limit) == NOTHING
            await tx.deletions.finish(organisation, guest_ref)
            assert await _orders(tx, organisation) == orders
            assert (await tx.guests.page(organisation, GuestQuery(), WHOLE)).total == 3

        driver.transact(story)

    def test_nothing_is_left_to_be_seen(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            organisation, guest_ref = world.organisation, world.guest.ref
            await tx.deletions.mark(organisation, guest_ref)
            await tx.deletions.delete_order(organisation, world.order.ref)
            await tx.deletions.finish(organisation, guest_ref)
            assert not await tx.deletions.pending()
            for name, sight in SIGHTS.items():
                assert not is_seen(await sight(tx, organisation, world)), name

        driver.transact(story)

    def test_the_hidden_contacts_of_an_order_in_sight_are_told(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            order = await an_order(tx, world.organisation, "R-2")
            hidden = await a_contact(tx, order, world.guest.ref)
            await a_contact(tx, order, (await a_guest(tx, world.organisation)).ref)
            await a_consumer(tx, order, world.guest.ref)
            told = tx.deletions.doomed_contacts
            assert list(await told(world.organisation, order.ref)) == []
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert list(await told(world.organisation, order.ref)) == [hidden]
            assert list(await told(world.organisation, world.order.ref)) == []
            other = await an_organisation(tx, "another")
            assert list(await told(other, order.ref)) == []

        driver.transact(story)
