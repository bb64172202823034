"""Choices about what a body may hold beside the documented attributes, and what null means."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.wire.clients import BASE, ITEM, ORDER, PERSON, Client, flaws, refusal

NOBODY: Final = "01890000-0000-7000-8000-000000000000"
TEXT: Final = {"href": "elsewhere", "createdAt": "yesterday", "modifiedAt": ""}


def at(client: Client, noun: str, **attributes: object) -> str:
    """The address of something new."""
    order = client.order()
    if noun == "orders":
        return f"/v2.1/orders/{order}"
    if noun == "guests":
        return f"/v2.1/guests/{client.guest(**attributes)}"
    create = {
        "orderItems": client.item,
        "orderContacts": client.contact,
        "orderConsumers": client.consumer,
    }[noun]
    return f"/v2.1/{noun}/{create(order, **attributes)}"


def items(client: Client, consumer: str) -> list[str]:
    """The refs of what a consumer consumes."""
    body = client.get(f"/v2.1/orderConsumers/{consumer}/orderItems").json()
    return [item["ref"] for item in body["items"]]


each_noun = pytest.mark.parametrize(
    "noun", ["orders", "orderItems", "orderContacts", "orderConsumers", "guests"]
)


class TestUnknownAttributes:
    @each_noun
    def test_are_refused_by_name_and_change_nothing(self, client: Client, noun: str) -> None:
        path = at(client, noun)
        before = client.get(path).content
        assert flaws(client.patch(path, {"colour": "red"})).startswith("colour: is not an attr")
        assert client.get(path).content == before

    @pytest.mark.parametrize(
        ("body", "remedy"),
        [
            ({"orderItems": [ITEM]}, "at POST /v2.1/orders/{orderRef}/orderItems."),
            ({"contacts": [PERSON]}, "at POST /v2.1/orders/{orderRef}/contacts."),
            ({"firstName": "Ada"}, "is an attribute of an order contact or consumer"),
            ({"CurrencyCode": "EUR"}, "CurrencyCode: write it currencyCode."),
            ({"refrenceId": "R"}, "refrenceId: did you mean referenceId?"),
        ],
    )
    def test_say_where_they_belong(
        self, client: Client, body: dict[str, object], remedy: str
    ) -> None:
        answer = client.post("/v2.1/orders", {**ORDER, **body})
        assert remedy in refusal(answer, 400)["developerMessage"]
        assert client.get("/v2.1/orders").json()["items"] == []


class TestEchoes:
    @each_noun
    @pytest.mark.parametrize("method", ["PUT", "PATCH"])
    def test_of_what_was_read_change_nothing(self, client: Client, noun: str, method: str) -> None:
        path = at(client, noun)
        before = client.get(path).json()
        answer = client.send(method, path, before)
        assert answer.status_code == 200
        assert answer.json() == {**before, "modifiedAt": answer.json()["modifiedAt"]}

    def test_of_address_and_times_may_be_any_text_and_are_passed_over(self, client: Client) -> None:
        for path in (at(client, "orders"), at(client, "guests")):
            before = client.get(path).json()
            after = client.patch(path, TEXT).json()
            assert after == {**before, "modifiedAt": after["modifiedAt"]}
            assert flaws(client.patch(path, {"href": 1})) == "href: must be a string."
        assert client.post("/v2.1/orders", {**ORDER, **TEXT}).status_code == 201

    def test_of_links_may_lead_anywhere_and_are_passed_over(self, client: Client) -> None:
        path = at(client, "orderItems")
        links = {"order": {"href": "http://elsewhere.example/"}, "extensions": {"href": ""}}
        before = client.get(path).json()
        assert client.patch(path, links).json()["order"] == before["order"]
        assert flaws(client.patch(path, {"order": "x"})) == "order: must be a link."

    def test_of_opened_relations_are_passed_over_where_there_is_an_order(
        self, client: Client
    ) -> None:
        path = at(client, "orders")
        opened = client.get(f"{path}?expand=true").json()
        assert client.put(path, opened).status_code == 200
        assert client.patch(path, {"contacts": opened["contacts"]}).status_code == 200
        answer = client.post("/v2.1/orders", {**ORDER, "contacts": opened["contacts"]})
        assert flaws(answer).startswith("contacts: ")

    @each_noun
    def test_of_another_ref_are_refused(self, client: Client, noun: str) -> None:
        path = at(client, noun)
        ref = path.rpartition("/")[2]
        assert flaws(client.patch(path, {"ref": NOBODY})) == "ref: can't be changed."
        assert client.patch(path, {"ref": ref.upper()}).json()["ref"] == ref
        assert client.patch(path, {"ref": None}).json()["ref"] == ref

    @pytest.mark.parametrize("ref", [NOBODY, "mine"])
    def test_of_a_ref_are_refused_where_there_is_none_yet(self, client: Client, ref: str) -> None:
        assert flaws(client.post("/v2.1/orders", {**ORDER, "ref": ref})) == "ref: can't be chosen."
        assert client.post("/v2.1/orders", {**ORDER, "ref": None}).status_code == 201

    def test_of_what_an_order_keeps_may_be_spelt_otherwise(self, client: Client) -> None:
        path = at(client, "orders")
        same = {"orderedAt": "2024-01-01T18:17:16.0+02:00", "referenceId": "B56E3AA9"}
        assert client.patch(path, same).json()["orderedAt"] == "2024-01-01T16:17:16Z"
        message = flaws(client.patch(path, {"orderedAt": "2024-01-01T16:17:17Z"}))
        assert message == "orderedAt: can't be changed."


class TestNull:
    def test_means_absent_on_post_and_put(self, client: Client) -> None:
        answer = client.post("/v2.1/orders", {**ORDER, "status": None, "orderItems": None})
        assert answer.status_code == 201
        assert "status" not in answer.json()
        assert flaws(client.post("/v2.1/orders", {**ORDER, "price": None})) == "price: is required."
        path = f"/v2.1/orders/{answer.json()['ref']}"
        body = {**ORDER, "referenceId": None, "status": None}
        assert client.put(path, body).json()["referenceId"] == "B56E3AA9"
        assert flaws(client.put(path, {**ORDER, "price": None})) == "price: is required."

    def test_removes_an_optional_attribute_on_patch_and_no_other(self, client: Client) -> None:
        path = at(client, "orderItems", vendor="Penguin")
        assert "vendor" not in client.patch(path, {"vendor": None}).json()
        for name in ITEM:
            assert flaws(client.patch(path, {name: None})) == f"{name}: may not be null."

    def test_inside_of_an_identifier_means_absent(self, client: Client) -> None:
        path = at(client, "orderContacts")
        known = {"provider": "loyalty", "id": "L1"}
        body = client.patch(path, {"identifiers": [{**known, "expiryDate": None}]}).json()
        assert body["identifiers"] == [known]


class TestEmail:
    @pytest.mark.parametrize("noun", ["contacts", "consumers"])
    def test_is_put_first_of_emails_once(self, client: Client, noun: str) -> None:
        path = f"/v2.1/orders/{client.order()}/{noun}"
        for sent, kept in (
            ({"email": "a@x.org"}, ["a@x.org"]),
            ({"email": "a@x.org", "emails": ["b@x.org", "a@x.org"]}, ["a@x.org", "b@x.org"]),
            ({"email": None, "emails": ["b@x.org"]}, ["b@x.org"]),
        ):
            body = client.post(path, sent).json()
            assert body["emails"] == kept
            assert "email" not in body

    @pytest.mark.parametrize("noun", ["orderContacts", "orderConsumers", "guests"])
    def test_alone_on_patch_takes_the_place_of_the_first(self, client: Client, noun: str) -> None:
        path = at(client, noun, emails=["a@x.org", "b@x.org", "c@x.org"])

        def emails(**sent: object) -> object:
            body: dict[str, Any] = client.patch(path, sent).json()
            return body.get("emails")

        assert emails(email="d@x.org") == ["d@x.org", "b@x.org", "c@x.org"]
        assert emails(email="c@x.org") == ["c@x.org", "b@x.org"]
        assert emails(email=None) == ["b@x.org"]
        assert emails(email=None) is None
        assert emails(email="a@x.org") == ["a@x.org"]


class TestLinksOfPeople:
    @pytest.mark.parametrize("noun", ["orderContacts", "orderConsumers"])
    def test_to_a_guest_stay_where_they_are_left_out_or_sent_as_read(
        self, client: Client, noun: str
    ) -> None:
        path = at(client, noun)
        link = client.get(path).json()["guest"]
        for sent in ({}, {"guest": link}):
            assert client.put(path, sent).json()["guest"] == link
            assert client.patch(path, sent).json()["guest"] == link

    @pytest.mark.parametrize("noun", ["orderContacts", "orderConsumers"])
    def test_to_a_guest_end_with_null_but_not_on_post(self, client: Client, noun: str) -> None:
        for method in ("PUT", "PATCH"):
            path = at(client, noun)
            assert "guest" not in client.send(method, path, {"guest": None}).json()
        children = noun.removeprefix("order").lower()
        path = f"/v2.1/orders/{client.order()}/{children}"
        assert "guest" in client.post(path, {**PERSON, "guest": None}).json()

    @pytest.mark.parametrize("form", ["{}", "https://eu.example/v2.1/guests/{}", "guests/{}"])
    def test_to_a_guest_are_read_by_the_end_of_the_address_or_the_ref(
        self, client: Client, form: str
    ) -> None:
        guest = client.guest()
        link = {"ref" if form == "{}" else "href": form.format(guest.upper())}
        body = client.patch(at(client, "orderContacts", emails=None), {"guest": link}).json()
        assert body["guest"] == {"href": f"{BASE}/v2.1/guests/{guest}"}
        differing = {"href": f"/v2.1/guests/{guest}", "ref": NOBODY}
        message = flaws(client.patch(at(client, "orderContacts"), {"guest": differing}))
        assert message == "guest: has an href and a ref that differ."

    def test_to_items_stay_on_put_and_end_with_null_on_patch(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        sent = {"items": [{"href": f"{BASE}/v2.1/orderItems/{item}"}, {"ref": item}]}
        consumer = client.consumer(order, orderItems=sent)
        path = f"/v2.1/orderConsumers/{consumer}"
        link = client.get(path).json()["orderItems"]
        for body in ({}, {"orderItems": link}, {"orderItems": None}):
            assert client.put(path, body).status_code == 200
            assert items(client, consumer) == [item]
        client.patch(path, {"orderItems": link})
        assert items(client, consumer) == [item]
        client.patch(path, {"orderItems": None})
        assert items(client, consumer) == []

    def test_to_items_are_emptied_by_an_empty_collection(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        consumer = client.consumer(order, orderItems={"items": [{"ref": item}]})
        client.put(f"/v2.1/orderConsumers/{consumer}", {"orderItems": {"items": []}})
        assert items(client, consumer) == []
