"""Who a person is: found, made, or nobody yet."""

from __future__ import annotations

from typing import Any

import pytest
from tests.operations.examples import HOUR, NOON, Database, guest_of, known_as, later, shown

from orderfolio.errors import Unlinkable
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.identities import Rule
from orderfolio.model.instants import Instant
from orderfolio.model.people import AS_THEY_ARE, Links, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, people, rules


def of(text: str | None) -> Ref:
    assert text is not None
    ref = refs.parse(text)
    assert ref is not None
    return ref


def the_guest(database: Database, ref: str | None) -> dict[str, object]:
    return shown(database.read(guests.fetch, database.organisation, of(ref)))


class TestWithoutEnoughIdentity:
    def test_a_person_without_identifiers_has_no_guest(self, database: Database) -> None:
        assert guest_of(database.contact(database.order().ref, first_name="Ada")) is None

    def test_an_identifier_of_no_rule_is_not_enough(self, database: Database) -> None:
        contact = database.contact(database.order().ref, identifiers=(known_as("crm", "1"),))
        assert guest_of(contact) is None

    def test_an_expired_identifier_is_not_enough(self, database: Database) -> None:
        expired = known_as("email", "a@x.org", Instant(0))
        assert guest_of(database.contact(database.order().ref, identifiers=(expired,))) is None

    def test_a_later_email_brings_a_guest(self, database: Database) -> None:
        contact = database.contact(database.order().ref, first_name="Ada")
        amended = database.write(
            people.amend,
            database.organisation,
            Role.CONTACT,
            contact.ref,
            {"emails": ("a@x.org",)},
            AS_THEY_ARE,
            UNGUARDED,
        )
        assert the_guest(database, guest_of(amended))["firstName"] == "Ada"

    def test_a_later_city_brings_none(self, database: Database) -> None:
        contact = database.contact(database.order().ref, first_name="Ada")
        amended = database.write(
            people.amend,
            database.organisation,
            Role.CONTACT,
            contact.ref,
            {"city": "London"},
            AS_THEY_ARE,
            UNGUARDED,
        )
        assert guest_of(amended) is None


class TestNewGuests:
    def test_a_contact_makes_a_customer(self, database: Database) -> None:
        contact = database.contact(database.order().ref, emails=("a@x.org",), city="London")
        guest = the_guest(database, guest_of(contact))
        assert guest["guestType"] == "customer"
        assert guest["city"] == "London"
        assert guest["email"] == "a@x.org"
        assert guest["firstSeen"] == guest["lastSeen"] == "2024-01-01T12:00:00Z"

    def test_a_consumer_makes_a_traveller(self, database: Database) -> None:
        consumer = database.consumer(database.order().ref, emails=("a@x.org",))
        assert the_guest(database, guest_of(consumer))["guestType"] == "traveller"


class TestMatching:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"emails": ("Ada@X.org",)}, {"emails": ("ada@x.ORG",)}),
            ({"emails": ("a@x.org",)}, {"identifiers": (known_as("email", "A@X.ORG"),)}),
            ({"identifiers": (known_as("email", "A@X.ORG"),)}, {"emails": ("a@x.org",)}),
            ({"emails": ("a@x.org", "b@x.org")}, {"emails": ("c@x.org", "b@x.org")}),
            ({"emails": ("ÄDA@x.org",)}, {"emails": ("äda@x.org",)}),
        ],
    )
    def test_an_address_in_common_is_one_guest(
        self, database: Database, one: dict[str, Any], other: dict[str, Any]
    ) -> None:
        first = database.contact(database.order("R-1").ref, **one)
        second = database.consumer(database.order("R-2").ref, **other)
        assert guest_of(first) == guest_of(second) is not None

    def test_the_provider_must_be_spelt_as_in_the_rule(self, database: Database) -> None:
        order = database.order().ref
        database.contact(order, identifiers=(known_as("email", "a@x.org"),))
        assert (
            guest_of(database.contact(order, identifiers=(known_as("Email", "a@x.org"),))) is None
        )

    def test_other_ids_compare_exactly(self, database: Database) -> None:
        database.write(rules.add, "shop", Rule("Passport", "passport"), None)
        order = database.order().ref
        first = database.contact(order, identifiers=(known_as("passport", "ab"),))
        second = database.contact(order, identifiers=(known_as("passport", "AB"),))
        assert guest_of(first) != guest_of(second)

    def test_the_first_rule_that_finds_a_guest_wins(self, database: Database) -> None:
        database.write(rules.add, "shop", Rule("Passport", "passport"), 1)
        order = database.order().ref
        by_email = database.contact(order, emails=("a@x.org",))
        by_passport = database.contact(order, identifiers=(known_as("passport", "1"),))
        both = database.contact(
            order, emails=("a@x.org",), identifiers=(known_as("passport", "1"),)
        )
        assert guest_of(both) == guest_of(by_passport) != guest_of(by_email)

    def test_of_several_guests_the_one_created_first_is_found(self, database: Database) -> None:
        first = database.guest(emails=("a@x.org",))
        database.guest(emails=("a@x.org",))
        contact = database.contact(database.order().ref, emails=("a@x.org",))
        assert guest_of(contact) == refs.spell(first.ref)

    def test_a_guest_s_expired_identifier_finds_nobody(self, database: Database) -> None:
        expired = database.guest(identifiers=(known_as("email", "a@x.org", Instant(0)),))
        contact = database.contact(database.order().ref, emails=("a@x.org",))
        assert guest_of(contact) != refs.spell(expired.ref)

    def test_another_organisation_s_guest_is_nobody(self, database: Database) -> None:
        theirs = database.contact(database.order().ref, emails=("a@x.org",))
        database.organisation = database.other_organisation()
        mine = database.contact(database.order().ref, emails=("a@x.org",))
        assert guest_of(mine) != guest_of(theirs)


class TestWhatAMatchChanges:
    def test_it_fills_in_what_is_lacking_and_overwrites_nothing(self, database: Database) -> None:
        ref = database.guest(emails=("a@x.org",), first_name="Ada").ref
        database.contact(
            database.order().ref, emails=("a@x.org",), first_name="Augusta", city="London"
        )
        guest = the_guest(database, refs.spell(ref))
        assert (guest["firstName"], guest["city"]) == ("Ada", "London")

    def test_it_adds_emails_and_identifiers_that_nobody_else_carries(
        self, database: Database
    ) -> None:
        ref = database.guest(emails=("a@x.org",)).ref
        database.guest(emails=("taken@x.org",), identifiers=(known_as("crm", "taken"),))
        database.contact(
            database.order().ref,
            emails=("a@x.org", "TAKEN@x.org", "b@x.org"),
            identifiers=(known_as("crm", "taken"), known_as("crm", "free")),
        )
        guest = the_guest(database, refs.spell(ref))
        assert guest["emails"] == ["a@x.org", "b@x.org"]
        assert guest["identifiers"] == [{"provider": "crm", "id": "free"}]

    def test_of_one_identifier_sent_twice_the_one_that_lasts_is_added(
        self, database: Database
    ) -> None:
        ref = database.guest(emails=("a@x.org",)).ref
        database.contact(
            database.order().ref,
            emails=("a@x.org",),
            identifiers=(known_as("crm", "7", Instant(0)), known_as("crm", "7")),
        )
        guest = the_guest(database, refs.spell(ref))
        assert guest["identifiers"] == [{"provider": "crm", "id": "7"}]

    def test_an_expired_identifier_is_never_added(self, database: Database) -> None:
        ref = database.guest(emails=("a@x.org",)).ref
        for _ in range(2):
            database.contact(
                database.order().ref,
                emails=("a@x.org",),
                identifiers=(known_as("crm", "7", Instant(0)),),
            )
        assert "identifiers" not in the_guest(database, refs.spell(ref))

    def test_an_identifier_that_counts_is_added_to_its_expired_self(
        self, database: Database
    ) -> None:
        expired = known_as("crm", "7", Instant(0))
        ref = database.guest(emails=("a@x.org",), identifiers=(expired,)).ref
        for _ in range(2):
            database.contact(
                database.order().ref, emails=("a@x.org",), identifiers=(known_as("crm", "7"),)
            )
        guest = the_guest(database, refs.spell(ref))
        assert guest["identifiers"] == [
            {"provider": "crm", "id": "7", "expiryDate": "1970-01-01T00:00:00Z"},
            {"provider": "crm", "id": "7"},
        ]

    def test_a_contact_makes_a_visitor_a_customer(self, database: Database) -> None:
        ref = database.guest("visitor", emails=("a@x.org",)).ref
        database.contact(database.order().ref, emails=("a@x.org",))
        assert the_guest(database, refs.spell(ref))["guestType"] == "customer"

    def test_a_consumer_leaves_a_customer_a_customer(self, database: Database) -> None:
        ref = database.guest("customer", emails=("a@x.org",)).ref
        database.consumer(database.order().ref, emails=("a@x.org",))
        assert the_guest(database, refs.spell(ref))["guestType"] == "customer"

    def test_it_widens_when_the_guest_was_seen(self, database: Database) -> None:
        earlier, much_later = later(-500 * HOUR), later(500 * HOUR)
        ref = database.guest(emails=("a@x.org",), first_seen=NOON, last_seen=NOON).ref
        for name, ordered_at in (("R-1", earlier), ("R-2", NOON), ("R-3", much_later)):
            database.consumer(database.order(name, ordered_at).ref, emails=("a@x.org",))
        guest = the_guest(database, refs.spell(ref))
        assert guest["firstSeen"] == "2023-12-11T16:00:00Z"
        assert guest["lastSeen"] == "2024-01-22T08:00:00Z"

    def test_a_match_that_tells_nothing_new_changes_nothing(self, database: Database) -> None:
        order = database.order().ref
        database.contact(order, emails=("a@x.org",))
        contact = database.contact(order, emails=("a@x.org",))
        ref = of(guest_of(contact))
        assert database.read(guests.fetch, database.organisation, ref).version == 1


class TestNamesakes:
    def test_a_consumer_with_a_contact_s_names_is_its_guest(self, database: Database) -> None:
        order = database.order().ref
        contact = database.contact(
            order, first_name="Ada", last_name="Lovelace", emails=("a@x.org",)
        )
        consumer = database.consumer(order, first_name="Ada", last_name="Lovelace")
        assert guest_of(consumer) == guest_of(contact) is not None

    @pytest.mark.parametrize("names", [("Ada", "lovelace"), ("Ada", None), (None, None)])
    def test_other_names_are_nobody_s(
        self, database: Database, names: tuple[str | None, str | None]
    ) -> None:
        order = database.order().ref
        database.contact(order, first_name="Ada", last_name="Lovelace", emails=("a@x.org",))
        assert guest_of(database.consumer(order, first_name=names[0], last_name=names[1])) is None

    def test_a_contact_of_another_order_is_no_namesake(self, database: Database) -> None:
        names: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovelace"}
        database.contact(database.order("R-1").ref, emails=("a@x.org",), **names)
        assert guest_of(database.consumer(database.order("R-2").ref, **names)) is None


class TestLinks:
    def test_a_known_guest_may_be_named(self, database: Database) -> None:
        guest = database.guest("visitor").ref
        contact = database.contact(database.order().ref, Links(guest=guest), first_name="Ada")
        assert guest_of(contact) == refs.spell(guest)
        assert the_guest(database, refs.spell(guest))["guestType"] == "customer"

    def test_an_unknown_guest_is_refused_and_nothing_is_kept(self, database: Database) -> None:
        order = database.order().ref
        with pytest.raises(Unlinkable):
            database.contact(order, Links(guest=order))
        page = database.orders()
        assert page.total == 1

    def test_none_unlinks_and_the_person_stays_unlinked(self, database: Database) -> None:
        contact = database.contact(database.order().ref, emails=("a@x.org",))
        amended = database.write(
            people.amend,
            database.organisation,
            Role.CONTACT,
            contact.ref,
            {"emails": ("a@x.org",)},
            Links(guest=None),
            UNGUARDED,
        )
        assert guest_of(amended) is None

    def test_who_has_a_guest_keeps_it(self, database: Database) -> None:
        contact = database.contact(database.order().ref, emails=("a@x.org",))
        database.guest(emails=("b@x.org",))
        amended = database.write(
            people.amend,
            database.organisation,
            Role.CONTACT,
            contact.ref,
            {"emails": ("b@x.org",)},
            AS_THEY_ARE,
            UNGUARDED,
        )
        assert guest_of(amended) == guest_of(contact)
