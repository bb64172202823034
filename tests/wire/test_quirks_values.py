"""Choices about what single attributes may hold."""

from __future__ import annotations

import pytest
from tests.wire.clients import BASE, ITEM, ORDER, Client, flaws, refusal


class TestWords:
    def test_that_are_reserved_for_items_are_so_in_capitals_alone(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/orderItems"
        message = flaws(client.post(path, {**ITEM, "type": "HOTEL"}))
        assert message == "type: may not be HOTEL, which is reserved."
        assert client.post(path, {**ITEM, "type": "hotel"}).json()["type"] == "hotel"

    @pytest.mark.parametrize(
        ("name", "value", "meant"),
        [("channel", "web", "WEB"), ("status", "PARTIALLY_REFUNDED", "PARTIALY_REFUNDED")],
    )
    def test_of_a_fixed_set_are_spelt_as_documented(
        self, client: Client, name: str, value: str, meant: str
    ) -> None:
        body = refusal(client.post("/v2.1/orders", {**ORDER, name: value}), 400)
        assert body["message"] == f"{name}: is not one of the values that it may have."
        assert body["developerMessage"].endswith(f" Did you mean {meant}?")
        assert client.post("/v2.1/orders", {**ORDER, name: meant}).json()[name] == meant

    def test_of_an_item_s_channel_and_language_are_free(self, client: Client) -> None:
        sent = {"channel": "market stall", "language": "Old Norse", "originalCurrencyCode": "cowry"}
        body = client.post(f"/v2.1/orders/{client.order()}/orderItems", {**ITEM, **sent}).json()
        assert {name: body[name] for name in sent} == sent

    def test_of_currencies_and_countries_are_letters_in_no_register(self, client: Client) -> None:
        order = client.post("/v2.1/orders", {**ORDER, "currencyCode": "XQZ"})
        assert order.json()["currencyCode"] == "XQZ"
        path = f"/v2.1/orders/{order.json()['ref']}/contacts"
        assert client.post(path, {"country": "XQ"}).json()["country"] == "XQ"
        for country in ("xq", "X", "XQZ", "X1", "ÄÖ"):
            message = flaws(client.post(path, {"country": country}))
            assert message == "country: must be two letters from A to Z."


class TestPrices:
    def test_may_be_negative_and_need_not_be_the_sum_of_the_items(self, client: Client) -> None:
        order = client.order(price=-1)
        client.item(order, price=5)
        assert client.get(f"/v2.1/orders/{order}").json()["price"] == -1

    def test_as_text_are_refused(self, client: Client) -> None:
        message = flaws(client.post("/v2.1/orders", {**ORDER, "price": "100.10"}))
        assert message == "price: must be a number."


class TestIdentifiers:
    def test_that_are_alike_are_kept_as_they_were_sent(self, client: Client) -> None:
        sent = [{"id": "1", "provider": "crm"}, {"provider": "crm", "id": "1"}]
        path = f"/v2.1/orders/{client.order()}/contacts"
        body = client.post(path, {"identifiers": sent, "emails": ["a", "a", "A"]}).json()
        assert body["identifiers"] == [{"provider": "crm", "id": "1"}] * 2
        assert body["emails"] == ["a", "a", "A"]

    def test_have_no_other_attributes(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/contacts"
        sent = [{"provider": "crm", "id": "1", "ref": "1"}, {"provider": ""}]
        assert flaws(client.post(path, {"identifiers": sent})) == (
            "identifiers[0].ref: is not an attribute of an identifier."
            " identifiers[1].provider: may not be empty."
            " identifiers[1].id: is required."
        )

    def test_that_are_past_are_accepted(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/contacts"
        past = {"provider": "email", "id": "a@x.org", "expiryDate": "2001-01-01T00:00:00Z"}
        body = client.post(path, {"identifiers": [past], "passportExpiry": "2001-01-01"}).json()
        assert (body["identifiers"], "guest" in body) == ([past], False)


class TestGuestsOfPeople:
    def test_that_are_not_there_are_a_flaw_of_the_body(self, client: Client) -> None:
        nobody = "01890000-0000-7000-8000-000000000000"
        path = f"/v2.1/orders/{client.order()}/contacts"
        link = {"href": f"{BASE}/v2.1/guests/{nobody}"}
        message = flaws(client.post(path, {"guest": link}))
        assert message == f"guest: {nobody} was not found."
        assert client.get(path).json()["items"] == []
