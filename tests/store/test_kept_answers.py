"""Kept answers: one a scope, until they are old or a guest takes what they tell with it."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    HOUR,
    a_contact,
    a_guest,
    a_world,
    an_answer,
    an_order,
    an_organisation,
    later,
)

from orderfolio.model.people import Role
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Document, Organisation

OURS = Organisation(1)


class TestKeptAnswers:
    def test_what_was_kept_is_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            ref = tx.new_ref(7)
            answer = an_answer(OURS, Document(ref, 3, b"{}"), order_ref=ref)
            await tx.kept_answers.insert(answer)
            assert await tx.kept_answers.find(OURS, b"scope") == answer
            assert await tx.kept_answers.find(OURS, b"other") is None
            assert await tx.kept_answers.find(Organisation(2), b"scope") is None

        driver.transact(story)

    def test_a_newer_answer_takes_the_place_of_an_older(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            older = an_answer(OURS, Document(tx.new_ref(7), 3, b"{}"))
            newer = an_answer(OURS, Document(tx.new_ref(8), 1, b"[]"), created_at=later(HOUR))
            await tx.kept_answers.insert(older)
            await tx.kept_answers.insert(newer)
            assert await tx.kept_answers.find(OURS, b"scope") == newer

        driver.transact(story)

    def test_the_oldest_are_deleted_and_no_more_than_asked_for(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            document = Document(tx.new_ref(7), 1, b"{}")
            for hour in range(5):
                for organisation in (1, 2):
                    await tx.kept_answers.insert(
                        an_answer(
                            Organisation(organisation),
                            document,
                            bytes([hour]) * 32,
                            created_at=later(hour * HOUR),
                        )
                    )
            assert await tx.kept_answers.delete_older(later(3 * HOUR), 4) == 4
            assert await tx.kept_answers.delete_older(later(3 * HOUR), 4) == 2
            assert await tx.kept_answers.delete_older(later(3 * HOUR), 4) == 0
            for hour in range(5):
                found = await tx.kept_answers.find(OURS, bytes([hour]) * 32)
                assert (found is not None) == (hour >= 3)

        driver.transact(story)

    def test_one_of_many_guests_hides_it_while_it_is_deleted_and_takes_it_along(
        self, driver: Driver
    ) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            first, second = [await a_guest(tx, organisation) for _ in range(2)]
            contact = await a_contact(tx, await an_order(tx, organisation), first.ref)
            document = Document(contact.ref, 1, b"{}")
            for scope, answer in ((b"ours", document), (b"another", Document(first.ref, 1, b"{}"))):
                await tx.kept_answers.insert(
                    an_answer(organisation, answer, scope * 8, guest_ref=first.ref)
                )
            await tx.people.update(structs.replace(contact, version=2, guest_ref=second.ref))
            await tx.people.delete(organisation, Role.CONTACT, contact.ref)
            await tx.deletions.mark(organisation, second.ref)
            for step in ("hidden", "gone"):
                found = await tx.kept_answers.find(organisation, b"ours" * 8)
                assert found is not None, step
                assert found.document is None, step
                if step == "hidden":
                    await tx.deletions.finish(organisation, second.ref)
            other = await tx.kept_answers.find(organisation, b"another" * 8)
            assert other is not None
            assert other.document is not None

        driver.transact(story)

    def test_who_has_a_part_in_one_is_known_as_long_as_it_is_there(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            first, second = [await a_guest(tx, organisation) for _ in range(2)]
            contact = await a_contact(tx, await an_order(tx, organisation), first.ref)
            document = Document(contact.ref, 1, b"{}")
            for scope in (b"one", b"two"):
                await tx.kept_answers.insert(
                    an_answer(organisation, document, scope, guest_ref=first.ref)
                )
            await tx.people.update(structs.replace(contact, version=2, guest_ref=second.ref))
            await tx.people.delete(organisation, Role.CONTACT, contact.ref)
            # They are too old, and are deleted one by one.
            assert await tx.kept_answers.delete_older(later(HOUR), 1) == 1
            await tx.deletions.mark(organisation, second.ref)
            found = [await tx.kept_answers.find(organisation, scope) for scope in (b"one", b"two")]
            assert [answer and answer.document for answer in found] == [None, None]
            assert found != [None, None]

        driver.transact(story)

    def test_deleting_an_order_leaves_what_was_answered(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.orders.delete(world.organisation, world.order.ref)
            found = await tx.kept_answers.find(world.organisation, b"scope")
            assert found is not None
            assert found.document is not None

        driver.transact(story)

    @pytest.mark.parametrize("noun", ["guest", "order", "item", "contact"])
    def test_a_deleted_guest_takes_what_they_tell_of_it(self, driver: Driver, noun: str) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            organisation, guest_ref, order_ref = world.organisation, world.guest.ref, None
            document = Document(getattr(world, noun).ref, 1, b"{}")
            if noun != "guest":
                order_ref = world.order.ref
            answer = an_answer(organisation, document, b"another scope", order_ref=order_ref)
            await tx.kept_answers.insert(answer)
            await tx.deletions.mark(organisation, guest_ref)
            emptied = structs.replace(answer, document=None)
            assert await tx.kept_answers.find(organisation, b"another scope") == emptied
            for ref in (await tx.deletions.doomed(organisation, guest_ref, 10)).orders:
                await tx.deletions.delete_order(organisation, ref)
            await tx.deletions.finish(organisation, guest_ref)
            assert await tx.kept_answers.find(organisation, b"another scope") == emptied

        driver.transact(story)

    def test_it_takes_what_tells_of_its_contacts_in_orders_that_stay(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            going, staying = await a_guest(tx, organisation), await a_guest(tx, organisation)
            order = await an_order(tx, organisation)
            # The contact was made before it had a guest: the answer names none.
            row = await a_contact(tx, order, going.ref)
            await a_contact(tx, order, staying.ref)
            contact = await tx.people.document(organisation, Role.CONTACT, row.ref)
            assert contact is not None
            answer = an_answer(organisation, contact, order_ref=order.ref)
            await tx.kept_answers.insert(answer)
            await tx.deletions.mark(organisation, going.ref)
            emptied = structs.replace(answer, document=None)
            assert await tx.kept_answers.find(organisation, b"scope") == emptied
            await tx.deletions.delete_person(row)
            await tx.deletions.finish(organisation, going.ref)
            assert await tx.kept_answers.find(organisation, b"scope") == emptied

        driver.transact(story)
