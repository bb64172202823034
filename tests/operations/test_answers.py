"""Kept answers: a repeated POST does its work once."""

from __future__ import annotations

import pytest
from tests.operations.examples import Database, an_order, guest_of

from orderfolio.errors import IdempotencyKeyReused, Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import answers, guests, orders, people
from orderfolio.operations.answers import Answer

SCOPE, BODY, OTHER_BODY = b"scope", b"body", b"other"


def post(database: Database, order: Order, scope: bytes = SCOPE, body: bytes = BODY) -> Answer:
    return database.write(
        answers.once,
        database.organisation,
        scope,
        body,
        Kind.ORDER,
        orders.create,
        order,
    )


class TestRepeating:
    def test_the_first_runs_and_the_second_is_replayed(self, database: Database) -> None:
        first = post(database, an_order())
        second = post(database, an_order())
        assert (first.replayed, second.replayed) == (False, True)
        assert second.document == first.document

    def test_it_is_replayed_as_it_was_though_the_order_changed(self, database: Database) -> None:
        first = post(database, an_order())
        database.write(
            orders.amend,
            database.organisation,
            first.document.ref,
            {"channel": "WEB"},
            UNGUARDED,
        )
        assert post(database, an_order()).document == first.document

    def test_another_body_is_refused(self, database: Database) -> None:
        post(database, an_order())
        with pytest.raises(IdempotencyKeyReused):
            post(database, an_order("R-2"), body=OTHER_BODY)
        assert database.orders().total == 1

    def test_another_scope_runs(self, database: Database) -> None:
        post(database, an_order())
        assert not post(database, an_order("R-2"), scope=b"another").replayed

    def test_a_failure_is_not_kept(self, database: Database) -> None:
        missing = Ref(bytes(16))
        arguments = (Role.CONTACT, missing, Person(), AS_THEY_ARE)
        for _ in range(2):
            with pytest.raises(NotFound):
                database.write(
                    answers.once,
                    database.organisation,
                    SCOPE,
                    BODY,
                    Kind.CONTACT,
                    people.create,
                    *arguments,
                )
        assert not post(database, an_order()).replayed


class TestForgetting:
    def test_old_answers_go_and_new_ones_stay(self, database: Database) -> None:
        post(database, an_order())
        assert database.write(answers.forget, Instant(0), 10) == 0
        assert database.write(answers.forget, Instant(2**60), 10) == 1
        assert not post(database, an_order()).replayed


class TestAfterADeletedGuest:
    @pytest.mark.parametrize("unlinked", [False, True])
    def test_what_told_of_it_is_not_found(self, database: Database, unlinked: bool) -> None:
        order = database.order().ref
        person = Person(emails=("a@x.org",), first_name="Ada")
        arguments = (Role.CONTACT, order, person, AS_THEY_ARE)

        def repeat() -> Answer:
            return database.write(
                answers.once,
                database.organisation,
                SCOPE,
                BODY,
                Kind.CONTACT,
                people.create,
                *arguments,
            )

        first = repeat()
        text = guest_of(first.document)
        assert text is not None
        guest = refs.parse(text)
        assert guest is not None
        if unlinked:
            database.write(
                people.remove,
                database.organisation,
                Role.CONTACT,
                first.document.ref,
                UNGUARDED,
            )
        database.write(guests.remove, database.organisation, guest, UNGUARDED)
        with pytest.raises(NotFound):
            repeat()

    def test_what_told_of_it_before_it_was_known_is_not_found(self, database: Database) -> None:
        arguments = (Role.CONTACT, database.order().ref, Person(first_name="Ada"), AS_THEY_ARE)

        def repeat() -> Answer:
            return database.write(
                answers.once,
                database.organisation,
                SCOPE,
                BODY,
                Kind.CONTACT,
                people.create,
                *arguments,
            )

        contact = repeat().document.ref
        where = (database.organisation, Role.CONTACT, contact)
        known = database.write(
            people.amend, *where, {"emails": ("a@x.org",)}, AS_THEY_ARE, UNGUARDED
        )
        text = guest_of(known)
        assert text is not None
        guest = refs.parse(text)
        assert guest is not None
        database.write(people.remove, *where, UNGUARDED)
        database.write(guests.remove, database.organisation, guest, UNGUARDED)
        with pytest.raises(NotFound):
            repeat()

    @pytest.mark.parametrize("deleted", [0, 1, 2])
    def test_what_told_of_one_and_then_another_goes_with_each(
        self, database: Database, deleted: int
    ) -> None:
        known = [database.guest(first_name=f"Guest {number}").ref for number in range(3)]
        arguments = (
            Role.CONTACT,
            database.order().ref,
            Person(first_name="Ada"),
            Links(guest=known[0]),
        )

        def repeat() -> Answer:
            return database.write(
                answers.once,
                database.organisation,
                SCOPE,
                BODY,
                Kind.CONTACT,
                people.create,
                *arguments,
            )

        where = (database.organisation, Role.CONTACT, repeat().document.ref)
        for guest in known[1:]:
            database.write(people.amend, *where, {}, Links(guest=guest), UNGUARDED)
        database.write(people.remove, *where, UNGUARDED)
        assert repeat().replayed
        database.write(guests.remove, database.organisation, known[deleted], UNGUARDED)
        with pytest.raises(NotFound):
            repeat()

    def test_the_orders_that_went_with_it_are_not_found(self, database: Database) -> None:
        order = post(database, an_order()).document.ref
        text = guest_of(database.contact(order, emails=("a@x.org",)))
        assert text is not None
        guest = refs.parse(text)
        assert guest is not None
        database.write(guests.remove, database.organisation, guest, UNGUARDED)
        with pytest.raises(NotFound):
            post(database, an_order())
