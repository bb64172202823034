"""Choices about guests: their attributes, how they are searched for, what goes with them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from tests.wire.clients import BASE, GUEST, ITEM, PERSON, Client, flaws, refusal

from orderfolio.housekeeping import tidy
from orderfolio.operations import deletions
from orderfolio.store.contract import Store

NOBODY: Final = "01890000-0000-7000-8000-000000000000"
EVE: Final = {"firstName": "Eve", "emails": ["eve@example.com"]}


def found(client: Client, query: str) -> list[str]:
    body: dict[str, Any] = client.get(f"/v2.1/guests?{query}").json()
    return [item["ref"] for item in body["items"]]


def contact(client: Client, order: str, **person: object) -> dict[str, Any]:
    answer = client.post(f"/v2.1/orders/{order}/contacts", person)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestAttributes:
    def test_email_is_the_first_of_emails(self, client: Client) -> None:
        sent = {"guestType": "visitor", "email": "a@x.org"}
        assert client.post("/v2.1/guests", sent).json()["emails"] == ["a@x.org"]
        body = client.post("/v2.1/guests", {**sent, "emails": ["b@x.org", "a@x.org"]}).json()
        assert (body["email"], body["emails"]) == ("a@x.org", ["a@x.org", "b@x.org"])
        changed = client.patch(body["href"], {"email": "b@x.org", "emails": ["c@x.org"]}).json()
        assert (changed["email"], changed["emails"]) == ("b@x.org", ["b@x.org", "c@x.org"])
        assert "email" not in client.patch(body["href"], {"emails": []}).json()

    def test_first_and_last_seen_are_the_client_s_to_change(self, client: Client) -> None:
        guest = contact(client, client.order(), **PERSON)["guest"]["href"]
        later = "2030-01-01T00:00:00Z"
        body = client.patch(guest, {"firstSeen": later, "lastSeen": None}).json()
        assert (body["firstSeen"], "lastSeen" in body) == (later, False)
        assert "firstSeen" not in client.put(guest, {"guestType": "visitor"}).json()

    def test_last_seen_may_come_before_first_seen(self, client: Client) -> None:
        seen = {"firstSeen": "2024-02-01T00:00:00Z", "lastSeen": "2024-01-01T00:00:00Z"}
        assert client.post("/v2.1/guests", {**GUEST, **seen}).status_code == 201


class TestSearching:
    @pytest.fixture
    def ada(self, client: Client) -> str:
        client.guest(firstName="Eve", emails=["eve@example.com"])
        return client.guest(
            lastName="Ångström",
            emails=["Ada@example.com", "second@example.com"],
            phoneNumbers=["+44 1", "+44 2"],
            identifiers=[
                {"provider": "crm", "id": "Ab"},
                {"provider": "old", "id": "7", "expiryDate": "2001-01-01T00:00:00Z"},
            ],
        )

    @pytest.mark.parametrize(
        "query",
        [
            "email=ADA@EXAMPLE.COM",
            "email=second@example.com",
            "firstName=ADA",
            "lastName=%C3%A5NGSTR%C3%B6M",
            "phoneNumber=%2B44%202",
            "identifiers.provider=crm&identifiers.id=Ab",
            "identifiers.provider=old&identifiers.id=7",
            "email=ada@example.com&firstName=ada&guestType=customer&phoneNumber=%2B44%201",
        ],
    )
    def test_finds_whom_all_conditions_fit(self, client: Client, ada: str, query: str) -> None:
        assert found(client, query) == [ada]
        assert found(client, f"guestRef={ada.upper()}&{query}") == [ada]

    @pytest.mark.parametrize(
        "query",
        [
            "email=ada@example",
            "firstName=Ad",
            "lastName=Angstrom",
            "phoneNumber=%2B441",
            "identifiers.provider=CRM&identifiers.id=Ab",
            "identifiers.provider=crm&identifiers.id=ab",
            "identifiers.provider=crm&identifiers.id=7",
            "email=ada@example.com&firstName=Eve",
            f"guestRef={NOBODY}",
        ],
    )
    def test_finds_nobody_whom_one_does_not_fit(self, client: Client, ada: str, query: str) -> None:
        assert found(client, query) == []

    def test_lists_all_without_a_condition(self, client: Client, ada: str) -> None:
        assert len(found(client, "")) == 2
        assert found(client, "guestType=customer")[1] == ada

    @pytest.mark.parametrize("value", ["", "x" * 256])
    def test_refuses_a_value_that_no_guest_could_have(self, client: Client, value: str) -> None:
        for name in ("email", "firstName", "lastName", "phoneNumber"):
            message = flaws(client.get(f"/v2.1/guests?{name}={value}"))
            assert message == f"{name}: must have 1 to 255 characters."

    def test_asks_for_both_parts_of_an_identifier(self, client: Client) -> None:
        for one, other in (("provider", "id"), ("id", "provider")):
            message = flaws(client.get(f"/v2.1/guests?identifiers.{one}=x"))
            assert message == f"identifiers.{other}: is required with identifiers.{one}."


class TestDeleting:
    def test_takes_orders_without_another_guest_as_contact(self, client: Client) -> None:
        mine, shared = client.order(), client.order(referenceId="shared")
        nameless = client.order(referenceId="nameless")
        guest = contact(client, mine, **PERSON)["guest"]["href"]
        gone = contact(client, shared, **PERSON)["href"]
        stays = contact(client, shared, **EVE)
        contact(client, nameless, **PERSON)
        contact(client, nameless, firstName="Nobody")
        item = client.item(mine)
        assert client.delete(guest).status_code == 204
        for path in (f"/v2.1/orders/{mine}", f"/v2.1/orderItems/{item}", gone, guest):
            refusal(client.get(path), 404)
        refusal(client.get(f"/v2.1/orders/{nameless}"), 404)
        assert client.get(stays["href"]).json() == stays
        listed = client.get(f"/v2.1/orders/{shared}/contacts").json()["items"]
        assert [item["ref"] for item in listed] == [stays["ref"]]

    def test_takes_its_consumers_from_orders_of_others(self, client: Client) -> None:
        order = client.order()
        contact(client, order, **EVE)
        item = client.item(order)
        path = f"/v2.1/orders/{order}/consumers"
        linked = {"items": [{"ref": item}]}
        consumer = client.post(path, {**PERSON, "orderItems": linked}).json()
        assert client.delete(consumer["guest"]["href"]).status_code == 204
        refusal(client.get(consumer["href"]), 404)
        assert client.get(f"/v2.1/orders/{order}").status_code == 200
        assert "quantity" not in client.get(f"/v2.1/orderItems/{item}").json()

    def test_leaves_an_order_that_has_no_contact(self, client: Client) -> None:
        order = client.order()
        consumer = client.post(f"/v2.1/orders/{order}/consumers", PERSON).json()
        assert client.delete(consumer["guest"]["href"]).status_code == 204
        refusal(client.get(consumer["href"]), 404)
        assert client.get(f"/v2.1/orders/{order}").status_code == 200

    def test_is_seen_at_once_and_finished_later_however_much_goes_with_it(
        self,
        client: Client,
        runner: asyncio.Runner,
        store: Store,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(deletions, "BATCH", 1)
        orders = [client.order(referenceId=str(number)) for number in range(4)]
        guest = {contact(client, order, **PERSON)["guest"]["href"] for order in orders}.pop()
        items = [client.item(order) for order in orders]
        assert client.delete(guest).status_code == 204

        def check() -> None:
            refusal(client.get(guest), 404)
            body = client.get("/v2.1/orders?limit=1").json()
            assert body["items"] == []
            assert body["last"]["href"] == f"{BASE}/v2.1/orders?offset=0&limit=1"
            for ref in items:
                refusal(client.get(f"/v2.1/orderItems/{ref}"), 404)
            for ref in orders:
                refusal(client.post(f"/v2.1/orders/{ref}/orderItems", ITEM), 404)

        check()
        assert runner.run(store.transact(deletions.advance_any)) is True
        check()
        runner.run(tidy(store, 24))
        check()
        assert runner.run(store.transact(deletions.advance_any)) is False
        assert contact(client, client.order(), **PERSON)["guest"]["href"] != guest
