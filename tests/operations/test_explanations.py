"""The dry run: which guest a person would be, by which rule, and why."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.operations.examples import Database, guest_of, known_as

from orderfolio.model import refs
from orderfolio.model.identities import EMAILS, FIRST_RULE, Mark, Rule
from orderfolio.model.instants import Instant
from orderfolio.model.people import AS_THEY_ARE, Identifier, Person, Role
from orderfolio.operations import guests, identities, rules
from orderfolio.operations.identities import Explanation, Outcome, Trial
from orderfolio.store.queries import GuestQuery, Window

CARD = Rule("Card", "card")
EXPIRED = Instant(0)


def explain(database: Database, role: Role = Role.CONTACT, **said: Any) -> Explanation:
    return database.read(identities.explain, database.organisation, role, Person(**said))


class TestExplaining:
    def test_a_stranger_is_a_new_guest(self, database: Database) -> None:
        marks = (Mark("email", "a@x.org"), Mark(EMAILS, "a@x.org"))
        assert explain(database, emails=("A@x.org",)) == Explanation(
            trials=[Trial(rule=FIRST_RULE, marks=marks, guest_ref=None, expired=())],
            outcome=Outcome.NEW,
            rule=None,
            guest_ref=None,
            guest_type="customer",
        )
        assert explain(database, Role.CONSUMER, emails=("a@x.org",)).guest_type == "traveller"

    def test_the_first_rule_that_finds_a_guest_decides(self, database: Database) -> None:
        database.write(rules.add, "shop", CARD, None)
        by_card = database.guest(identifiers=(known_as("card", "7"),)).ref
        found = explain(database, emails=("a@x.org",), identifiers=(known_as("card", "7"),))
        assert (found.outcome, found.rule, found.guest_ref) == (Outcome.FOUND, CARD, by_card)
        by_email = database.guest(emails=("a@x.org",)).ref
        found = explain(database, emails=("a@x.org",), identifiers=(known_as("card", "7"),))
        assert (found.rule, found.guest_ref) == (FIRST_RULE, by_email)
        # What the others would have found is told too.
        assert [trial.guest_ref for trial in found.trials] == [by_email, by_card]

    @pytest.mark.parametrize(
        ("role", "becomes"), [("contact", "customer"), ("consumer", "visitor")]
    )
    def test_a_contact_makes_a_visitor_a_customer(
        self, database: Database, role: str, becomes: str
    ) -> None:
        database.guest("visitor", emails=("a@x.org",))
        assert explain(database, Role(role), emails=("a@x.org",)).guest_type == becomes

    def test_an_identifier_of_no_rule_is_not_enough(self, database: Database) -> None:
        found = explain(database, first_name="Ada", identifiers=(known_as("crm", "1"),))
        assert found.outcome is Outcome.NOT_ENOUGH
        assert found.trials == [Trial(rule=FIRST_RULE, marks=(), guest_ref=None, expired=())]

    def test_expired_identifiers_are_told(self, database: Database) -> None:
        expired = known_as("email", "a@x.org", EXPIRED)
        found = explain(database, identifiers=(expired,))
        assert found.outcome is Outcome.EXPIRED
        assert found.trials[0].expired == (expired,)
        assert found.guest_type is None

    def test_without_rules_nobody_is_found(self, database: Database) -> None:
        database.write(rules.remove, "shop", "Email")
        found = explain(database, emails=("a@x.org",))
        assert (found.trials, found.outcome) == ([], Outcome.NOT_ENOUGH)

    def test_another_organisation_s_guest_is_a_stranger(self, database: Database) -> None:
        database.guest(emails=("a@x.org",))
        other = database.other_organisation()
        person = Person(emails=("a@x.org",))
        found = database.read(identities.explain, other, Role.CONTACT, person)
        assert found.outcome is Outcome.NEW


identifiers = st.builds(
    Identifier,
    provider=st.sampled_from(["email", "card", "crm"]),
    id=st.sampled_from(["a", "b"]),
    expiry_date=st.sampled_from([None, EXPIRED]),
)
people: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    emails=st.sampled_from([None, ("a",), ("B", "a")]),
    identifiers=st.none() | st.lists(identifiers, max_size=2).map(tuple),
)


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(Role), people), min_size=1, max_size=4))
def test_it_tells_what_happens_next(
    database: Database, sightings: list[tuple[Role, dict[str, Any]]]
) -> None:
    if CARD not in database.read(rules.browse, "shop"):
        database.write(rules.add, "shop", CARD, None)
    order = database.order()
    for role, said in sightings:
        told = explain(database, role, **said)
        before = database.read(guests.browse, database.organisation, GuestQuery(), Window()).total
        spelt = guest_of(database.person(role, order.ref, AS_THEY_ARE, **said))
        after = database.read(guests.browse, database.organisation, GuestQuery(), Window()).total
        assert (after > before) == (told.outcome is Outcome.NEW)
        if told.outcome is Outcome.FOUND:
            assert told.guest_ref is not None
            assert refs.spell(told.guest_ref) == spelt
        else:
            assert (spelt is not None) == (told.outcome is Outcome.NEW)
