"""Choices about identity, where the vendor's guide says only that there are rules."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.wire.clients import BASE, Client

from orderfolio.model.identities import Rule
from orderfolio.operations import rules
from orderfolio.store.contract import Store

ADA = "ada@example.com"


def post(client: Client, noun: str, body: dict[str, object], order: str = "") -> dict[str, Any]:
    """A new contact or consumer, of a new order unless told."""
    answer = client.post(f"/v2.1/orders/{order or client.order()}/{noun}", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def guest(client: Client, person: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = client.get(person["guest"]["href"]).json()
    return found


class TestWhoStaysUnlinked:
    @pytest.mark.parametrize("noun", ["contacts", "consumers"])
    def test_a_change_of_names_brings_no_guest_by_the_emails_that_were_there(
        self, client: Client, noun: str
    ) -> None:
        person = post(client, noun, {"firstName": "Ada", "emails": [ADA]})
        path = person["href"].removeprefix(BASE)
        assert "guest" not in client.patch(path, {"guest": None}).json()
        assert "guest" not in client.patch(path, {"firstName": "Augusta"}).json()
        assert "guest" not in client.patch(path, {"city": "London"}).json()
        again = client.patch(path, {"emails": [ADA]}).json()
        assert again["guest"] == person["guest"]

    def test_a_change_of_names_brings_no_guest_by_a_rule_that_came_later(
        self, client: Client, runner: asyncio.Runner, store: Store
    ) -> None:
        known = [{"provider": "loyalty", "id": "L1"}]
        person = post(client, "contacts", {"identifiers": known})
        runner.run(store.transact(rules.add, "One", Rule("Loyalty", "loyalty"), None))
        path = person["href"].removeprefix(BASE)
        assert "guest" not in client.patch(path, {"firstName": "Ada"}).json()
        assert "guest" in client.patch(path, {"identifiers": known}).json()
