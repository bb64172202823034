"""The six operations of orders, one exchange a test."""

from __future__ import annotations

import pytest
from tests.wire.clients import BASE, ORDER, READER, Client, flaws, refusal

NOBODY = "01890000-0000-7000-8000-000000000000"

ALL = {
    "referenceId": "B56E3AA9",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.5,
    "paymentType": "Card",
    "cardType": "Visa",
    "pointOfSale": "example.com",
    "channel": "WEB",
    "status": "PURCHASED",
}


class TestCreate:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).post("/v2.1/orders", ORDER).status_code == 401

    def test_answers_the_whole_order(self, client: Client) -> None:
        answer = client.post("/v2.1/orders", ALL)
        assert answer.status_code == 201
        body = answer.json()
        ref = body["ref"]
        assert body == {
            "href": f"{BASE}/v2.1/orders/{ref}",
            "ref": ref,
            "createdAt": body["createdAt"],
            "modifiedAt": body["createdAt"],
            "referenceId": "B56E3AA9",
            "orderedAt": "2024-01-01T16:17:16Z",
            "currencyCode": "EUR",
            "price": 100.5,
            "paymentType": "Card",
            "cardType": "Visa",
            "pointOfSale": "example.com",
            "channel": "WEB",
            "status": "PURCHASED",
            "orderItems": {"href": f"{BASE}/v2.1/orders/{ref}/orderItems"},
            "contacts": {"href": f"{BASE}/v2.1/orders/{ref}/contacts"},
            "consumers": {"href": f"{BASE}/v2.1/orders/{ref}/consumers"},
            "extensions": {"href": f"{BASE}/v2.1/orders/{ref}/extensions"},
        }
        assert answer.headers["location"] == body["href"]
        assert answer.headers["content-type"] == "application/json"

    def test_leaves_out_what_was_never_given(self, client: Client) -> None:
        body = client.post("/v2.1/orders", ORDER).json()
        assert "channel" not in body
        assert "status" not in body

    def test_updates_the_order_that_it_matches(self, client: Client) -> None:
        ref = client.order()
        later = {**ORDER, "orderedAt": "2024-01-03T16:17:16Z", "price": 1}
        body = client.post("/v2.1/orders", later).json()
        assert (body["ref"], body["price"]) == (ref, 1)
        assert body["orderedAt"] == "2024-01-01T16:17:16Z"

    def test_says_all_that_is_missing_at_once(self, client: Client) -> None:
        message = flaws(client.post("/v2.1/orders", {}))
        for name in ("referenceId", "orderedAt", "currencyCode", "price"):
            assert f"{name}: " in message

    def test_tells_where_items_are_created(self, client: Client) -> None:
        body = refusal(client.post("/v2.1/orders", {**ORDER, "orderItems": [{}]}), 400)
        assert body["message"].startswith("orderItems: ")
        assert "/orderItems" in body["developerMessage"]

    def test_refuses_a_query_parameter(self, client: Client) -> None:
        assert "expand" in flaws(client.post("/v2.1/orders?expand=true", ORDER))

    def test_refuses_who_may_only_read(self, client: Client) -> None:
        refusal(client.as_(READER).post("/v2.1/orders", ORDER), 403)
        assert client.get("/v2.1/orders").json()["items"] == []


class TestBrowse:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get("/v2.1/orders").status_code == 401

    def test_of_none_is_empty(self, client: Client) -> None:
        assert client.get("/v2.1/orders").json() == {
            "href": f"{BASE}/v2.1/orders",
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{BASE}/v2.1/orders?offset=0&limit=10"},
            "last": {"href": f"{BASE}/v2.1/orders?offset=0&limit=10"},
            "items": [],
        }

    def test_shows_refs_unless_expanded(self, client: Client) -> None:
        ref = client.order()
        body = client.get("/v2.1/orders").json()
        assert body["items"] == [{"href": f"{BASE}/v2.1/orders/{ref}", "ref": ref}]

    def test_shows_whole_orders_when_expanded(self, client: Client) -> None:
        ref = client.order()
        body = client.get("/v2.1/orders?expand=true").json()
        assert body["items"] == [client.get(f"/v2.1/orders/{ref}").json()]

    def test_by_reference_id(self, client: Client) -> None:
        ref = client.order()
        client.order(referenceId="other")
        body = client.get("/v2.1/orders?referenceId=B56E3AA9").json()
        assert [item["ref"] for item in body["items"]] == [ref]

    def test_by_guest_lists_orders_whose_contact_it_is(self, client: Client) -> None:
        ref = client.order()
        client.order(referenceId="other")
        contact = client.get(f"/v2.1/orderContacts/{client.contact(ref)}").json()
        guest = contact["guest"]["href"].rpartition("/")[2]
        body = client.get(f"/v2.1/orders?guestRef={guest}").json()
        assert [item["ref"] for item in body["items"]] == [ref]

    @pytest.mark.parametrize("guest", [NOBODY, "nonsense"])
    def test_by_a_guest_that_is_nobody_is_empty(self, client: Client, guest: str) -> None:
        client.order()
        body = client.get(f"/v2.1/orders?guestRef={guest}").json()
        assert body["items"] == []
        assert body["href"] == f"{BASE}/v2.1/orders?guestRef={guest}"

    def test_refuses_reference_id_with_guest_ref(self, client: Client) -> None:
        flaws(client.get(f"/v2.1/orders?referenceId=x&guestRef={NOBODY}"))

    def test_descending_is_the_reverse(self, client: Client) -> None:
        refs = [client.order(referenceId=str(number)) for number in range(3)]
        body = client.get("/v2.1/orders?sort=created::DESC").json()
        assert [item["ref"] for item in body["items"]] == refs[::-1]

    def test_by_ordered_at_only_with_a_guest(self, client: Client) -> None:
        flaws(client.get("/v2.1/orders?sort=orderedAt::ASC"))

    def test_by_ordered_at_of_a_guest(self, client: Client) -> None:
        refs = [
            client.order(referenceId=f"{day}", orderedAt=f"2024-01-{day}T00:00:00Z")
            for day in (20, 10, 30)
        ]
        contacts = [client.contact(ref) for ref in refs]
        contact = client.get(f"/v2.1/orderContacts/{contacts[0]}").json()
        guest = contact["guest"]["href"].rpartition("/")[2]
        path = f"/v2.1/orders?guestRef={guest}&sort=orderedAt::DESC&limit=2"
        body = client.get(path).json()
        following = client.get(body["next"]["href"]).json()
        met = [item["ref"] for item in body["items"] + following["items"]]
        assert met == [refs[2], refs[0], refs[1]]

    def test_shows_nothing_of_another_organisation(self, client: Client) -> None:
        client.order()
        others = client.as_(("client-two", "token-two"))
        assert others.get("/v2.1/orders").json()["items"] == []


class TestFetch:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get(f"/v2.1/orders/{NOBODY}").status_code == 401

    def test_answers_what_was_created(self, client: Client) -> None:
        created = client.post("/v2.1/orders", ALL).json()
        answer = client.get(f"/v2.1/orders/{created['ref']}")
        assert answer.status_code == 200
        assert answer.json() == created

    def test_finds_a_ref_in_capitals(self, client: Client) -> None:
        ref = client.order()
        assert client.get(f"/v2.1/orders/{ref.upper()}").json()["ref"] == ref

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        body = refusal(client.get(f"/v2.1/orders/{NOBODY}"), 404)
        assert body["message"] == f"Order {NOBODY} was not found."

    def test_of_what_is_no_ref(self, client: Client) -> None:
        body = refusal(client.get("/v2.1/orders/nonsense"), 404)
        assert body["message"] == "Order nonsense was not found."

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.order()
        others = client.as_(("client-two", "token-two"))
        body = refusal(others.get(f"/v2.1/orders/{ref}"), 404)
        assert body["message"] == f"Order {ref} was not found."

    def test_opens_the_relations_that_are_named(self, client: Client) -> None:
        ref = client.order()
        item = client.item(ref)
        plain = client.get(f"/v2.1/orders/{ref}").json()
        body = client.get(f"/v2.1/orders/{ref}?expand=orderItems,contacts").json()
        assert body == {
            **plain,
            "orderItems": {
                "href": f"{BASE}/v2.1/orders/{ref}/orderItems",
                "offset": 0,
                "limit": 100,
                "items": [client.get(f"/v2.1/orderItems/{item}").json()],
            },
            "contacts": {
                "href": f"{BASE}/v2.1/orders/{ref}/contacts",
                "offset": 0,
                "limit": 100,
                "items": [],
            },
        }

    def test_opens_all_of_them(self, client: Client) -> None:
        ref = client.order()
        contact, consumer = client.contact(ref), client.consumer(ref)
        client.post(f"/v2.1/orders/{ref}/extensions/ext", {"firstTimeOrder": True})
        answer = client.get(f"/v2.1/orders/{ref}?expand=true")
        body = answer.json()
        assert body["contacts"]["items"][0]["ref"] == contact
        assert body["consumers"]["items"][0]["ref"] == consumer
        assert body["extensions"]["items"][0]["firstTimeOrder"] is True
        assert body["orderItems"]["items"] == []
        assert "etag" not in answer.headers

    def test_an_opened_relation_leads_to_what_follows_its_first_hundred(
        self, client: Client
    ) -> None:
        ref = client.order()
        refs = [client.item(ref, name=f"{number}") for number in range(101)]
        opened = client.get(f"/v2.1/orders/{ref}?expand=orderItems").json()["orderItems"]
        following = client.get(opened["next"]["href"]).json()
        assert [item["ref"] for item in opened["items"]] == refs[:100]
        assert [item["ref"] for item in following["items"]] == refs[100:]

    def test_refuses_an_unknown_relation(self, client: Client) -> None:
        ref = client.order()
        assert "expand: " in flaws(client.get(f"/v2.1/orders/{ref}?expand=orderItem"))


class TestReplace:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).put(f"/v2.1/orders/{NOBODY}", ORDER).status_code == 401

    def test_removes_what_is_left_out(self, client: Client) -> None:
        ref = client.post("/v2.1/orders", ALL).json()["ref"]
        answer = client.put(f"/v2.1/orders/{ref}", {"currencyCode": "USD", "price": 7})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["currencyCode"], body["price"]) == ("USD", 7)
        assert "channel" not in body
        assert body["referenceId"] == "B56E3AA9"

    def test_accepts_what_was_read(self, client: Client) -> None:
        ref = client.post("/v2.1/orders", ALL).json()["ref"]
        client.item(ref)
        for path in (f"/v2.1/orders/{ref}", f"/v2.1/orders/{ref}?expand=true"):
            body = client.get(path).json()
            assert client.put(f"/v2.1/orders/{ref}", body).status_code == 200

    def test_refuses_another_reference_id(self, client: Client) -> None:
        ref = client.order()
        message = flaws(client.put(f"/v2.1/orders/{ref}", {**ORDER, "referenceId": "other"}))
        assert message.startswith("referenceId: ")

    def test_refuses_another_ref(self, client: Client) -> None:
        ref = client.order()
        message = flaws(client.put(f"/v2.1/orders/{ref}", {**ORDER, "ref": NOBODY}))
        assert message.startswith("ref: ")

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.put(f"/v2.1/orders/{NOBODY}", ORDER), 404)

    def test_of_what_is_no_ref_says_what_is_wrong_with_the_body_first(self, client: Client) -> None:
        flaws(client.put("/v2.1/orders/nonsense", {"price": "7"}))
        refusal(client.put("/v2.1/orders/nonsense", ORDER), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.order()
        others = client.as_(("client-two", "token-two"))
        refusal(others.put(f"/v2.1/orders/{ref}", {**ORDER, "price": 7}), 404)
        assert client.get(f"/v2.1/orders/{ref}").json()["price"] == 100.5


class TestAmend:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).patch(f"/v2.1/orders/{NOBODY}", {}).status_code == 401

    def test_keeps_what_is_not_sent(self, client: Client) -> None:
        ref = client.post("/v2.1/orders", ALL).json()["ref"]
        answer = client.patch(f"/v2.1/orders/{ref}", {"status": "CANCELLED", "channel": None})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["status"], body["paymentType"]) == ("CANCELLED", "Card")
        assert "channel" not in body

    def test_refuses_null_for_what_is_required(self, client: Client) -> None:
        ref = client.order()
        message = flaws(client.patch(f"/v2.1/orders/{ref}", {"price": None}))
        assert message == "price: may not be null."

    def test_accepts_a_merge_patch(self, client: Client) -> None:
        ref = client.order()
        answer = client.patch(
            f"/v2.1/orders/{ref}",
            {"price": 7},
            headers={"Content-Type": "application/merge-patch+json"},
        )
        assert answer.status_code == 200

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.patch(f"/v2.1/orders/{NOBODY}", {"price": 7}), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.order()
        others = client.as_(("client-two", "token-two"))
        refusal(others.patch(f"/v2.1/orders/{ref}", {"price": 7}), 404)


class TestRemove:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).delete(f"/v2.1/orders/{NOBODY}").status_code == 401

    def test_removes_it_with_all_that_is_under_it(self, client: Client) -> None:
        ref = client.order()
        item, contact = client.item(ref), client.contact(ref)
        answer = client.delete(f"/v2.1/orders/{ref}")
        assert (answer.status_code, answer.content) == (204, b"")
        refusal(client.get(f"/v2.1/orders/{ref}"), 404)
        refusal(client.get(f"/v2.1/orderItems/{item}"), 404)
        refusal(client.get(f"/v2.1/orderContacts/{contact}"), 404)

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.delete(f"/v2.1/orders/{NOBODY}"), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.order()
        refusal(client.as_(("client-two", "token-two")).delete(f"/v2.1/orders/{ref}"), 404)
        assert client.get(f"/v2.1/orders/{ref}").status_code == 200
