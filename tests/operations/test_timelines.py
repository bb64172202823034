"""What happened to a guest, in the order in which it happened."""

from __future__ import annotations

import pytest
from tests.operations.examples import HOUR, NOON, Database, at, guest_of, later

from orderfolio.errors import NotFound
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.instants import Instant
from orderfolio.model.people import AS_THEY_ARE, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, timelines
from orderfolio.operations.timelines import GuestEvent, Moment, OrderEvent
from orderfolio.store.queries import Cursor


def ordered(database: Database, reference_id: str, ordered_at: Instant, *roles: Role) -> Ref:
    """An order of one and the same guest in these roles; the guest."""
    order = database.order(reference_id, ordered_at)
    found = [
        guest_of(database.person(role, order.ref, AS_THEY_ARE, emails=("a@x.org",)))
        for role in roles
    ]
    ref = refs.parse(found[0] or "")
    assert ref is not None
    return ref


def told(database: Database, guest_ref: Ref, limit: int = 100) -> list[list[str]]:
    """The pages of a timeline: references with roles, and moments."""
    pages: list[list[str]] = []
    after: Cursor | None = None
    while True:
        found = database.read(timelines.browse, database.organisation, guest_ref, after, limit)
        pages.append([_told(database, event) for event in found.events])
        if found.more is None:
            return pages
        after = found.more


def _told(database: Database, event: OrderEvent | GuestEvent) -> str:
    if isinstance(event, GuestEvent):
        return " ".join(moment.value for moment in event.moments)
    text = event.order.body.decode()
    reference = text.partition('"referenceId":"')[2].partition('"')[0]
    return " ".join([reference, *(role.value for role in event.since)])


class TestEvents:
    def test_a_new_guest_was_created_and_no_more(self, database: Database) -> None:
        assert told(database, database.guest().ref) == [["created"]]

    def test_orders_stand_where_they_were_ordered(self, database: Database) -> None:
        ref = ordered(database, "R-2", later(2 * HOUR), Role.CONTACT)
        ordered(database, "R-1", later(HOUR), Role.CONTACT)
        ordered(database, "R-3", later(3 * HOUR), Role.CONTACT)
        [events] = told(database, ref)
        assert [event for event in events if event.startswith("R-")] == [
            "R-3 contact",
            "R-2 contact",
            "R-1 contact",
        ]
        # The guest was first seen with the first order, and last with the third.
        assert events[:2] == ["changed", "created"]
        assert set(events[2:4]) == {"last seen", "R-3 contact"}
        assert set(events[5:]) == {"first seen", "R-1 contact"}

    def test_an_order_comes_once_with_each_role(self, database: Database) -> None:
        ordered(database, "R-1", NOON, Role.CONTACT, Role.CONSUMER)
        ref = ordered(database, "R-2", later(HOUR), Role.CONSUMER)
        [events] = told(database, ref)
        assert events.count("R-1 contact consumer") == 1
        assert events.count("R-2 consumer") == 1

    def test_what_happened_at_one_instant_is_one_event(self, database: Database) -> None:
        ref = ordered(database, "R-1", NOON, Role.CONTACT)
        [events] = told(database, ref)
        assert "last seen first seen" in events

    def test_an_order_says_since_when_the_guest_is_in_it(self, database: Database) -> None:
        began = database.guest().ref
        ref = ordered(database, "R-1", at("1999-12-31T00:00:00Z"), Role.CONTACT)
        found = database.read(timelines.browse, database.organisation, ref, None, 9)
        [event] = [event for event in found.events if isinstance(event, OrderEvent)]
        assert event.at == at("1999-12-31T00:00:00Z")
        [(role, since)] = event.since.items()
        assert role is Role.CONTACT
        assert since.microseconds >= refs.milliseconds_of(began) * 1000

    def test_a_guest_that_was_never_changed_does_not_say_so(self, database: Database) -> None:
        ref = database.guest().ref
        found = database.read(timelines.browse, database.organisation, ref, None, 9)
        assert [event.moments for event in found.events if isinstance(event, GuestEvent)] == [
            [Moment.CREATED]
        ]


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 8])
    def test_each_event_is_met_once(self, database: Database, limit: int) -> None:
        ref = ordered(database, "R-0", NOON, Role.CONTACT)
        for number in range(1, 4):
            roles = (Role.CONTACT, Role.CONSUMER)[: 1 + number % 2]
            # Two at a time are ordered at the same instant.
            ordered(database, f"R-{number}", later(number // 2 * HOUR), *roles)
        [whole] = told(database, ref)
        pages = told(database, ref, limit)
        assert [event for page in pages for event in page] == whole
        assert all(len(page) == limit for page in pages[:-1])
        assert len(whole) == len(set(whole)) >= 7


class TestOthers:
    def test_one_that_is_gone_or_another_organisation_s_is_not_found(
        self, database: Database
    ) -> None:
        ref = ordered(database, "R-1", NOON, Role.CONTACT)
        with pytest.raises(NotFound):
            database.read(timelines.browse, database.other_organisation(), ref, None, 9)
        database.write(guests.remove, database.organisation, ref, UNGUARDED)
        with pytest.raises(NotFound):
            database.read(timelines.browse, database.organisation, ref, None, 9)
