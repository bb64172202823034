"""What keeps an order in sight while somebody else marks guests: where nobody else can, nothing
is asked."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.operations.examples import Database

from orderfolio.errors import NotFound
from orderfolio.model.people import Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import people
from orderfolio.store.contract import Transaction
from orderfolio.store.records import GuestRow, Organisation
from orderfolio.store.tables.sights import CONTACTS


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
class TestKeepingInSight:
    def test_an_order_without_contacts_needs_nobody(self, database: Database) -> None:
        assert _is_kept(database, database.order().ref)

    def test_a_contact_without_a_guest_keeps_nothing(self, database: Database) -> None:
        order, doomed = database.order().ref, database.guest().ref
        database.contact(order)
        database.contact(order, Links(guest=doomed))
        assert _is_kept(database, order)
        assert not _is_kept(database, order, marked=[doomed])

    def test_one_unmarked_guest_is_enough_behind_however_many(self, database: Database) -> None:
        order = database.order().ref
        doomed = [database.guest().ref for _ in range(2)]
        for number in range(CONTACTS + 1):
            database.contact(order, Links(guest=doomed[number % 2]))
        assert not _is_kept(database, order, marked=doomed)
        database.contact(order, Links(guest=database.guest().ref))
        assert _is_kept(database, order, marked=doomed)

    def test_the_contact_that_leaves_keeps_nothing(self, database: Database) -> None:
        order, ada, bob = database.order().ref, database.guest().ref, database.guest().ref
        leaving = database.contact(order, Links(guest=ada)).ref
        database.contact(order, Links(guest=bob))
        assert not _is_kept(database, order, marked=[bob], but=leaving)

    @pytest.mark.parametrize("role", Role)
    def test_a_mark_since_the_order_was_found_is_noticed(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, role: Role
    ) -> None:
        order, ada, doomed = database.order().ref, database.guest().ref, database.guest().ref
        database.contact(order, Links(guest=doomed))

        async def story(tx: Transaction) -> None:
            """As where somebody else marks the guest between two statements."""
            find = tx.guests.find_for_update

            async def mark_and_find(organisation: Organisation, ref: Ref) -> GuestRow | None:
                await tx.deletions.mark(organisation, doomed)
                return await find(organisation, ref)

            with monkeypatch.context() as patch:
                patch.setattr(tx.guests, "find_for_update", mark_and_find)
                links = Links(guest=ada)
                await people.create(tx, database.organisation, role, order, Person(), links)

        with pytest.raises(NotFound):
            database.write(story)


def _is_kept(
    database: Database, order: Ref, *, marked: Sequence[Ref] = (), but: Ref | None = None
) -> bool:
    """Whether somebody does, in a transaction that is rolled back, so that no mark stays."""
    kept = []

    async def story(tx: Transaction) -> None:
        for guest in marked:
            await tx.deletions.mark(database.organisation, guest)
        kept.append(await tx.sights.keep(database.organisation, order, held=None, but=but))
        raise InterruptedError

    with pytest.raises(InterruptedError):
        database.write(story)
    return kept[-1]
