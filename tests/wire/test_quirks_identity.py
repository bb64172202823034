"""Choices about identity, where the vendor's guide says only that there are rules."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import pytest
from tests.store.engines import Engine
from tests.wire.clients import BASE, GUEST, Client
from tests.wire.clocks import timed

from orderfolio.model.identities import Rule
from orderfolio.operations import rules
from orderfolio.store.contract import Store

ADA: Final = "ada@example.com"
NAMES: Final = {"firstName": "Ada", "lastName": "Byron"}
each_noun = pytest.mark.parametrize("noun", ["contacts", "consumers"])


def post(client: Client, noun: str, body: Mapping[str, object], order: str = "") -> dict[str, Any]:
    """A new contact or consumer, of the one order with ORDER's referenceId unless told."""
    answer = client.post(f"/v2.1/orders/{order or client.order()}/{noun}", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def link(client: Client, noun: str, body: Mapping[str, object], order: str = "") -> str | None:
    """The address of the guest that a new contact or consumer is."""
    found: str | None = post(client, noun, body, order).get("guest", {}).get("href")
    return found


def known_as(provider: str, id_: str, expiry: str | None = None) -> dict[str, object]:
    identifier = {"provider": provider, "id": id_}
    return {"identifiers": [identifier if expiry is None else {**identifier, "expiryDate": expiry}]}


@pytest.fixture
def loyalty(runner: asyncio.Runner, store: Store) -> None:
    """A second rule, after the one by email."""
    runner.run(store.transact(rules.add, "One", Rule("Loyalty", "loyalty"), None))


class TestRules:
    def test_of_a_new_organisation_are_one_by_email(self, client: Client) -> None:
        assert link(client, "contacts", {"emails": [ADA]}) is not None
        assert link(client, "contacts", known_as("email", "eve@example.com")) is not None
        for provider in ("Email", "EMAIL", "loyalty"):
            assert link(client, "contacts", known_as(provider, "x")) is None

    def test_compare_addresses_in_lower_case_and_all_else_exactly(
        self, client: Client, loyalty: None
    ) -> None:
        ada = link(client, "contacts", {"emails": ["ÄDA@Example.com"]})
        assert link(client, "contacts", {"emails": ["äda@example.COM"]}) == ada
        member = link(client, "contacts", known_as("loyalty", "Ab"))
        assert link(client, "contacts", known_as("loyalty", "Ab")) == member
        assert link(client, "contacts", known_as("loyalty", "AB")) != member
        assert link(client, "contacts", known_as("Loyalty", "Ab")) is None

    def test_by_email_take_emails_and_identifiers_for_the_same(self, client: Client) -> None:
        ada = link(client, "contacts", known_as("email", "ADA@example.com"))
        assert link(client, "contacts", {"emails": [ADA]}) == ada
        eve = link(client, "contacts", {"emails": ["x@example.com", "eve@example.com"]})
        assert link(client, "contacts", known_as("email", "Eve@example.com")) == eve

    def test_by_email_are_those_whose_provider_is_spelt_so_in_any_case(
        self, client: Client, runner: asyncio.Runner, store: Store
    ) -> None:
        runner.run(store.transact(rules.remove, "One", "Email"))
        assert link(client, "contacts", {"emails": [ADA]}) is None
        runner.run(store.transact(rules.add, "One", Rule("Shop", "eMail"), None))
        ada = link(client, "contacts", known_as("eMail", "ADA@example.com"))
        assert link(client, "contacts", {"emails": [ADA]}) == ada
        assert link(client, "contacts", known_as("eMail", ADA)) == ada
        assert link(client, "contacts", known_as("email", ADA)) is None


class TestExpiry:
    def test_ends_what_an_identifier_counts_for(
        self, runner: asyncio.Runner, engine: Engine
    ) -> None:
        with timed(runner, engine) as (client, clock):
            expiring = known_as("email", ADA, "2024-06-01T12:00:10Z")
            ada = link(client, "contacts", expiring)
            assert ada is not None
            clock.move(9.999999)
            assert link(client, "contacts", expiring) == ada
            clock.move(0.000001)
            assert link(client, "contacts", expiring) is None
            assert link(client, "contacts", {"emails": [ADA]}) != ada


class TestMatches:
    def test_find_of_several_guests_the_one_created_first(self, client: Client) -> None:
        first = client.guest()
        client.guest()
        assert link(client, "contacts", {"emails": [ADA]}) == f"{BASE}/v2.1/guests/{first}"

    @pytest.mark.parametrize("kind", ["visitor", "traveller", "customer"])
    def test_of_a_contact_make_a_customer_and_of_a_consumer_none(
        self, client: Client, kind: str
    ) -> None:
        path = f"/v2.1/guests/{client.guest(guestType=kind)}"
        link(client, "consumers", {"emails": [ADA]})
        assert client.get(path).json()["guestType"] == kind
        link(client, "contacts", {"emails": [ADA]})
        assert client.get(path).json()["guestType"] == "customer"

    def test_fill_in_what_the_guest_lacks_and_overwrite_nothing(self, client: Client) -> None:
        path = f"/v2.1/guests/{client.guest(title='Ms', street=[])}"
        taken = client.guest(emails=["taken@example.com"])
        sent = {
            "firstName": "Augusta",
            "lastName": "Byron",
            "title": "Lady",
            "street": ["12 St James's Square"],
            "emails": ["ADA@example.com", "taken@example.com", "new@example.com"],
            "identifiers": [{"provider": "crm", "id": "7"}],
        }
        assert link(client, "contacts", sent) == BASE + path
        body = client.get(path).json()
        assert (body["firstName"], body["lastName"], body["title"]) == ("Ada", "Byron", "Ms")
        assert body["street"] == []
        assert body["emails"] == [ADA, "new@example.com"]
        assert body["identifiers"] == [{"provider": "crm", "id": "7"}]
        assert client.get(f"/v2.1/guests/{taken}").json()["emails"] == ["taken@example.com"]

    def test_that_tell_nothing_new_leave_the_guest_as_it_was(self, client: Client) -> None:
        found = link(client, "contacts", {"emails": [ADA]})
        assert found is not None
        tag = client.get(found).headers["etag"]
        assert link(client, "contacts", {"emails": [ADA]}) == found
        assert client.get(found).headers["etag"] == tag

    def test_widen_the_time_in_which_the_guest_was_seen(self, client: Client) -> None:
        path = f"/v2.1/guests/{client.guest(firstSeen='2024-02-01T00:00:00Z')}"
        days = ("2024-03-01T00:00:00Z", "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z")
        orders = [client.order(referenceId=day, orderedAt=day) for day in days]
        for order in orders:
            link(client, "consumers", {"emails": [ADA]}, order)
        body = client.get(path).json()
        assert (body["firstSeen"], body["lastSeen"]) == (days[1], days[0])
        client.delete(f"/v2.1/orders/{orders[0]}")
        assert client.get(path).json()["lastSeen"] == days[0]


class TestNamesakes:
    def test_are_found_by_names_in_the_same_case_alone(self, client: Client) -> None:
        ada = link(client, "contacts", {**NAMES, "emails": [ADA]})
        assert link(client, "consumers", NAMES) == ada
        assert link(client, "consumers", {**NAMES, "lastName": "byron"}) is None
        assert link(client, "contacts", NAMES) is None

    def test_are_found_when_a_consumer_gets_its_names(self, client: Client) -> None:
        ada = link(client, "contacts", {**NAMES, "emails": [ADA]})
        path = post(client, "consumers", {"firstName": "Ada"})["href"]
        assert client.patch(path, {"lastName": "Byron"}).json()["guest"]["href"] == ada

    def test_are_not_looked_for_when_the_contact_comes_later(self, client: Client) -> None:
        consumer = post(client, "consumers", NAMES)["href"]
        link(client, "contacts", {**NAMES, "emails": [ADA]})
        assert "guest" not in client.get(consumer).json()


class TestLinks:
    @each_noun
    def test_sent_by_a_client_come_before_identity_and_fill_in_nothing(
        self, client: Client, noun: str
    ) -> None:
        link(client, "contacts", {"emails": [ADA]})
        path = f"/v2.1/guests/{client.guest(guestType='visitor', emails=['eve@example.com'])}"
        sent = {"emails": [ADA], "city": "London", "guest": {"href": path}}
        assert link(client, noun, sent) == BASE + path
        body = client.get(path).json()
        assert body["guestType"] == ("customer" if noun == "contacts" else "visitor")
        assert (body["firstSeen"], body["lastSeen"]) == ("2024-01-01T16:17:16Z",) * 2
        assert (body["emails"], "city" in body) == (["eve@example.com"], False)


class TestChanges:
    @each_noun
    def test_of_who_has_a_guest_leave_it_linked_and_tell_it_nothing(
        self, client: Client, noun: str
    ) -> None:
        person = post(client, noun, {"emails": [ADA]})
        other = client.post("/v2.1/guests", {**GUEST, "emails": ["eve@example.com"]}).json()
        before = client.get(person["guest"]["href"]).content
        sent = {"emails": ["eve@example.com"], "city": "London"}
        assert client.patch(person["href"], sent).json()["guest"] == person["guest"]
        assert client.put(person["href"], {}).json()["guest"] == person["guest"]
        assert client.get(person["guest"]["href"]).content == before
        assert client.get(other["href"]).json() == other

    @each_noun
    def test_of_names_bring_no_guest_by_the_emails_that_were_there(
        self, client: Client, noun: str
    ) -> None:
        person = post(client, noun, {"firstName": "Ada", "emails": [ADA]})
        path = person["href"]
        assert "guest" not in client.patch(path, {"guest": None}).json()
        assert "guest" not in client.patch(path, {"firstName": "Augusta"}).json()
        assert "guest" not in client.patch(path, {"city": "London"}).json()
        assert client.patch(path, {"emails": [ADA]}).json()["guest"] == person["guest"]

    def test_of_names_bring_no_guest_by_a_rule_that_came_later(
        self, client: Client, runner: asyncio.Runner, store: Store
    ) -> None:
        known = known_as("loyalty", "L1")
        path = post(client, "contacts", known)["href"]
        runner.run(store.transact(rules.add, "One", Rule("Loyalty", "loyalty"), None))
        assert "guest" not in client.patch(path, {"firstName": "Ada"}).json()
        assert "guest" in client.patch(path, known).json()

    def test_by_put_bring_the_guest_again_unless_it_says_null(self, client: Client) -> None:
        person = post(client, "contacts", {"emails": [ADA]})
        path = person["href"]
        sent = {"emails": [ADA]}
        assert "guest" not in client.put(path, {**sent, "guest": None}).json()
        assert client.put(path, sent).json()["guest"] == person["guest"]
