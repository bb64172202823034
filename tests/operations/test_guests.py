"""Guests, and what goes when one is deleted."""

from __future__ import annotations

import pytest
from tests.operations.examples import NOON, Database, an_item, guest_of, later, shown

from orderfolio.errors import NotFound
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.people import Links, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import deletions, guests, items, orders, people
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Window
from orderfolio.store.records import Organisation, Preview

TEN_DAYS = 240 * 3_600_000_000


async def mark(tx: Transaction, organisation: Organisation, ref: Ref) -> None:
    await tx.deletions.mark(organisation, ref)


def guest_ref(text: str | None) -> Ref:
    assert text is not None
    ref = refs.parse(text)
    assert ref is not None
    return ref


class TestEmail:
    @pytest.mark.parametrize(
        ("changes", "emails"),
        [
            ({"email": "c@x.org"}, ["c@x.org", "b@x.org"]),
            ({"email": "b@x.org"}, ["b@x.org"]),
            ({"email": None}, ["b@x.org"]),
            ({"emails": ("c@x.org",)}, ["c@x.org"]),
        ],
    )
    def test_it_takes_the_place_of_the_first(
        self, database: Database, changes: dict[str, object], emails: list[str]
    ) -> None:
        ref = database.guest(emails=("a@x.org", "b@x.org")).ref
        changed = shown(
            database.write(guests.amend, database.organisation, ref, changes, UNGUARDED)
        )
        assert changed["emails"] == emails
        assert changed["email"] == emails[0]

    def test_replacing_without_any_removes_all(self, database: Database) -> None:
        ref = database.guest(emails=("a@x.org",), city="London").ref
        replaced = database.write(
            guests.replace, database.organisation, ref, {"guest_type": "visitor"}, UNGUARDED
        )
        assert shown(replaced).keys() == {"href", "ref", "createdAt", "modifiedAt", "guestType"}


class TestSearching:
    def test_all_conditions_hold(self, database: Database) -> None:
        wanted = database.guest(first_name="Ada", emails=("x@x.org", "Ada@X.org")).ref
        database.guest(first_name="Ada")
        database.guest(first_name="Bob", emails=("ada@x.org",))
        page = database.read(
            guests.browse,
            database.organisation,
            GuestQuery(first_name="ADA", email="ada@x.org"),
            Window(),
        )
        assert [document.ref for document in page.documents] == [wanted]

    def test_a_change_is_found_at_once_and_what_was_is_not(self, database: Database) -> None:
        ref = database.guest(first_name="Ada", phone_numbers=("1",)).ref
        changes = {"first_name": "Bea", "phone_numbers": ("2",)}
        database.write(guests.amend, database.organisation, ref, changes, UNGUARDED)
        for query, found in (
            (GuestQuery(first_name="Ada"), 0),
            (GuestQuery(phone_number="1"), 0),
            (GuestQuery(first_name="bea", phone_number="2"), 1),
        ):
            page = database.read(guests.browse, database.organisation, query, Window())
            assert page.total == found


class TestDeleting:
    def test_its_orders_go_and_others_lose_its_people(self, database: Database) -> None:
        alone, shared = database.order("R-1"), database.order("R-2")
        item = database.write(items.create, database.organisation, shared.ref, an_item()).ref
        gone = guest_of(database.contact(alone.ref, emails=("gone@x.org",)))
        contact = database.contact(shared.ref, emails=("gone@x.org",))
        stays = database.contact(shared.ref, emails=("stays@x.org",))
        consumer = database.consumer(shared.ref, Links(items=(item,)), emails=("gone@x.org",))
        database.write(guests.remove, database.organisation, guest_ref(gone), UNGUARDED)
        with pytest.raises(NotFound):
            database.read(orders.fetch, database.organisation, alone.ref)
        database.read(orders.fetch, database.organisation, shared.ref)
        database.read(people.fetch, database.organisation, Role.CONTACT, stays.ref)
        for role, ref in ((Role.CONTACT, contact.ref), (Role.CONSUMER, consumer.ref)):
            with pytest.raises(NotFound):
                database.read(people.fetch, database.organisation, role, ref)
        assert "quantity" not in shown(database.read(items.fetch, database.organisation, item))
        assert database.orders().total == 1

    def test_its_identifiers_find_nobody_afterwards(self, database: Database) -> None:
        first = guest_of(database.contact(database.order("R-1").ref, emails=("a@x.org",)))
        database.write(guests.remove, database.organisation, guest_ref(first), UNGUARDED)
        second = guest_of(database.contact(database.order("R-2").ref, emails=("a@x.org",)))
        assert second is not None
        assert second != first

    def test_a_consumer_s_order_stays(self, database: Database) -> None:
        order = database.order().ref
        guest = guest_of(database.consumer(order, emails=("a@x.org",)))
        database.write(guests.remove, database.organisation, guest_ref(guest), UNGUARDED)
        database.read(orders.fetch, database.organisation, order)
        page = database.read(people.browse, database.organisation, Role.CONSUMER, order, Window())
        assert page.total == 0


class TestPreviewing:
    def test_it_tells_what_a_deletion_then_does(self, database: Database) -> None:
        alone, shared = database.order("R-1"), database.order("R-2")
        for order in (alone, shared):
            database.contact(order.ref, emails=("a@x.org",))
        other = database.contact(shared.ref, emails=("b@x.org",))
        consumer = database.consumer(shared.ref, emails=("a@x.org",))
        ref = guest_ref(guest_of(consumer))
        assert ref != guest_ref(guest_of(other))
        told = database.read(deletions.preview, database.organisation, ref)
        assert told == Preview(orders=1, contacts=1, consumers=1)
        assert database.orders().total == 2
        database.write(guests.remove, database.organisation, ref, UNGUARDED)
        assert database.orders().total == 1

    def test_a_guest_that_is_not_there_has_none(self, database: Database) -> None:
        ref = database.guest().ref
        with pytest.raises(NotFound):
            database.read(deletions.preview, database.other_organisation(), ref)


class TestLongDeleting:
    """With more than one transaction removes: from the first moment nothing can be read."""

    ORDERS = 3 * deletions.BATCH // 2

    @pytest.fixture
    def guest(self, database: Database) -> Ref:
        found = [
            guest_of(database.contact(database.order(f"R-{number}").ref, emails=("a@x.org",)))
            for number in range(self.ORDERS)
        ]
        return guest_ref(found[0])

    def test_nothing_is_read_while_it_is_under_way(self, database: Database, guest: Ref) -> None:
        other = database.order("R-other").ref
        database.contact(other, emails=("b@x.org",))
        shared = database.order("R-1").ref
        mine = OrderQuery(guest_ref=guest)
        assert database.orders(mine).total == self.ORDERS
        database.write(guests.remove, database.organisation, guest, UNGUARDED)
        assert database.read(pending), "the rest is left to the background"
        page = database.orders()
        assert (page.total, [document.ref for document in page.documents]) == (1, [other])
        assert database.orders(mine).total == 0
        with pytest.raises(NotFound):
            database.read(orders.fetch, database.organisation, shared)
        with pytest.raises(NotFound):
            database.read(guests.fetch, database.organisation, guest)
        again = database.order("R-1")
        assert again.ref != shared, "a hidden order matches nothing"

    def test_it_ends_and_counts_stay_exact(self, database: Database, guest: Ref) -> None:
        database.write(guests.remove, database.organisation, guest, UNGUARDED)
        while database.write(deletions.advance_any):
            pass
        assert not database.read(pending)
        assert database.orders().total == 0
        page = database.read(guests.browse, database.organisation, GuestQuery(), Window())
        assert page.total == 0


async def pending(tx: Transaction) -> bool:
    return bool(await tx.deletions.pending())


class TestSettling:
    def test_an_order_that_stayed_stays_when_its_other_contact_leaves(
        self, database: Database
    ) -> None:
        order = database.order("R-1", NOON).ref
        gone = guest_ref(guest_of(database.contact(order, emails=("gone@x.org",))))
        other = database.contact(order, emails=("stays@x.org",))
        elsewhere = database.order("R-2", later(TEN_DAYS)).ref
        database.contact(elsewhere, emails=("gone@x.org",))
        database.write(mark, database.organisation, gone)
        database.write(people.remove, database.organisation, Role.CONTACT, other.ref, UNGUARDED)
        database.read(orders.fetch, database.organisation, order)
        while database.write(deletions.advance_any):
            pass
        database.read(orders.fetch, database.organisation, order)
        with pytest.raises(NotFound):
            database.read(orders.fetch, database.organisation, elsewhere)
