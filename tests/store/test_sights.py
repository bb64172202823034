"""What an organisation has, another doesn't see; what goes with a guest, nobody does."""

from __future__ import annotations

import pytest
from tests.store.conftest import Driver
from tests.store.rows import a_contact, a_guest, a_world, an_order, an_organisation
from tests.store.sights import SIGHTS, Sight, is_seen

from orderfolio.model.people import Role
from orderfolio.store.contract import Transaction

every_sight = pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS.keys())


class TestSights:
    @every_sight
    def test_its_own_organisation_sees_it(self, driver: Driver, sight: Sight) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            assert is_seen(await sight(tx, world.organisation, world))

        driver.transact(story)

    @every_sight
    def test_another_organisation_does_not_see_it(self, driver: Driver, sight: Sight) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_organisation(tx, "another")
            assert not is_seen(await sight(tx, other, world))

        driver.transact(story)

    @every_sight
    def test_a_mark_on_its_guest_hides_it(self, driver: Driver, sight: Sight) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert not is_seen(await sight(tx, world.organisation, world))

        driver.transact(story)

    @every_sight
    def test_a_mark_on_another_guest_does_not(self, driver: Driver, sight: Sight) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            stranger = await a_guest(tx, world.organisation)
            await a_contact(tx, await an_order(tx, world.organisation, "R-2"), stranger.ref)
            await tx.deletions.mark(world.organisation, stranger.ref)
            assert is_seen(await sight(tx, world.organisation, world))

        driver.transact(story)

    @every_sight
    def test_a_mark_in_another_organisation_does_not(self, driver: Driver, sight: Sight) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_organisation(tx, "another")
            await tx.deletions.mark(other, world.guest.ref)
            assert is_seen(await sight(tx, world.organisation, world))

        driver.transact(story)

    def test_another_organisation_deletes_nothing(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await an_organisation(tx, "another")
            await tx.orders.delete(other, world.order.ref)
            await tx.items.delete(other, world.item.ref)
            await tx.people.delete(other, Role.CONTACT, world.contact.ref)
            await tx.people.delete(other, Role.CONSUMER, world.consumer.ref)
            await tx.extensions.delete(other, world.order.ref)
            await tx.deletions.delete_order(other, world.order.ref)
            await tx.deletions.finish(other, world.guest.ref)
            await tx.organisations.delete_some(other, 100)
            await tx.organisations.delete(other)
            for name, sight in SIGHTS.items():
                assert is_seen(await sight(tx, world.organisation, world)), name

        driver.transact(story)

    def test_what_is_hidden_is_deleted_by_deletions_alone(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            await tx.orders.delete(world.organisation, world.order.ref)
            await tx.people.delete(world.organisation, Role.CONTACT, world.contact.ref)
            doomed = await tx.deletions.doomed(world.organisation, world.guest.ref, 10)
            assert doomed.orders == [world.order.ref]

        driver.transact(story)
