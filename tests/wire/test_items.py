"""The operations of order items, one exchange a test."""

from __future__ import annotations

from tests.wire.clients import BASE, ITEM, OTHERS, READER, Client, flaws, refusal

NOBODY = "01890000-0000-7000-8000-000000000000"

ALL = {
    "type": "BOOK",
    "name": "Moby-Dick",
    "price": 20.5,
    "currencyCode": "EUR",
    "status": "CONFIRMED",
    "description": "A whale",
    "productId": "9780142437247",
    "referenceId": "MD-1",
    "vendor": "Penguin",
    "language": "EN",
    "originalCurrencyCode": "USD",
    "channel": "shop",
    "originalPrice": 22.1,
    "quantity": 2,
    "orderedAt": "2024-01-01T16:17:16.5Z",
}


class TestCreate:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        answer = client.as_(None).post(f"/v2.1/orders/{NOBODY}/orderItems", ITEM)
        assert answer.status_code == 401

    def test_answers_the_whole_item(self, client: Client) -> None:
        order = client.order()
        answer = client.post(f"/v2.1/orders/{order}/orderItems", ALL)
        assert answer.status_code == 201
        body = answer.json()
        ref = body["ref"]
        assert body == {
            "href": f"{BASE}/v2.1/orderItems/{ref}",
            "ref": ref,
            "createdAt": body["createdAt"],
            "modifiedAt": body["createdAt"],
            "type": "BOOK",
            "name": "Moby-Dick",
            "price": 20.5,
            "currencyCode": "EUR",
            "status": "CONFIRMED",
            "description": "A whale",
            "productId": "9780142437247",
            "referenceId": "MD-1",
            "vendor": "Penguin",
            "language": "EN",
            "originalCurrencyCode": "USD",
            "channel": "shop",
            "originalPrice": 22.1,
            "quantity": 2,
            "orderedAt": "2024-01-01T16:17:16.5Z",
            "order": {"href": f"{BASE}/v2.1/orders/{order}"},
            "extensions": {"href": f"{BASE}/v2.1/orderItems/{ref}/extensions"},
        }
        assert answer.headers["location"] == body["href"]

    def test_refuses_a_reserved_type(self, client: Client) -> None:
        order = client.order()
        message = flaws(client.post(f"/v2.1/orders/{order}/orderItems", {**ITEM, "type": "HOTEL"}))
        assert message.startswith("type: ")

    def test_says_all_that_is_missing_at_once(self, client: Client) -> None:
        message = flaws(client.post(f"/v2.1/orders/{client.order()}/orderItems", {}))
        for name in ("type", "name", "price", "currencyCode", "status"):
            assert f"{name}: " in message

    def test_under_no_order_names_the_order(self, client: Client) -> None:
        body = refusal(client.post(f"/v2.1/orders/{NOBODY}/orderItems", ITEM), 404)
        assert body["message"] == f"Order {NOBODY} was not found."

    def test_under_an_order_of_another_organisation(self, client: Client) -> None:
        order = client.order()
        path = f"/v2.1/orders/{order}/orderItems"
        refusal(client.as_(OTHERS).post(path, ITEM), 404)
        assert client.get(path).json()["items"] == []

    def test_refuses_who_may_only_read(self, client: Client) -> None:
        order = client.order()
        refusal(client.as_(READER).post(f"/v2.1/orders/{order}/orderItems", ITEM), 403)


class TestBrowse:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get(f"/v2.1/orders/{NOBODY}/orderItems").status_code == 401

    def test_lists_the_items_of_the_order(self, client: Client) -> None:
        order, other = client.order(), client.order(referenceId="other")
        ref = client.item(order)
        client.item(other)
        address = f"{BASE}/v2.1/orders/{order}/orderItems"
        assert client.get(f"/v2.1/orders/{order}/orderItems").json() == {
            "href": address,
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{address}?offset=0&limit=10"},
            "last": {"href": f"{address}?offset=0&limit=10"},
            "items": [{"href": f"{BASE}/v2.1/orderItems/{ref}", "ref": ref}],
        }

    def test_shows_whole_items_when_expanded(self, client: Client) -> None:
        order = client.order()
        ref = client.item(order)
        body = client.get(f"/v2.1/orders/{order}/orderItems?expand=true").json()
        assert body["items"] == [client.get(f"/v2.1/orderItems/{ref}").json()]

    def test_of_no_order(self, client: Client) -> None:
        refusal(client.get(f"/v2.1/orders/{NOBODY}/orderItems"), 404)
        refusal(client.get("/v2.1/orders/nonsense/orderItems"), 404)

    def test_of_an_order_of_another_organisation(self, client: Client) -> None:
        order = client.order()
        refusal(client.as_(OTHERS).get(f"/v2.1/orders/{order}/orderItems"), 404)


class TestFetch:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get(f"/v2.1/orderItems/{NOBODY}").status_code == 401

    def test_answers_what_was_created(self, client: Client) -> None:
        created = client.post(f"/v2.1/orders/{client.order()}/orderItems", ALL).json()
        answer = client.get(f"/v2.1/orderItems/{created['ref']}")
        assert (answer.status_code, answer.json()) == (200, created)

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        body = refusal(client.get(f"/v2.1/orderItems/{NOBODY}"), 404)
        assert body["message"] == f"Order item {NOBODY} was not found."

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.item(client.order())
        refusal(client.as_(OTHERS).get(f"/v2.1/orderItems/{ref}"), 404)


class TestReplace:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).put(f"/v2.1/orderItems/{NOBODY}", ITEM).status_code == 401

    def test_removes_what_is_left_out(self, client: Client) -> None:
        ref = client.item(client.order(), **ALL)
        answer = client.put(f"/v2.1/orderItems/{ref}", {**ITEM, "price": 7})
        assert answer.status_code == 200
        body = answer.json()
        assert body["price"] == 7
        assert "description" not in body
        assert "quantity" not in body

    def test_accepts_what_was_read(self, client: Client) -> None:
        ref = client.item(client.order(), **ALL)
        body = client.get(f"/v2.1/orderItems/{ref}").json()
        assert client.put(f"/v2.1/orderItems/{ref}", body).status_code == 200

    def test_asks_for_what_is_required(self, client: Client) -> None:
        ref = client.item(client.order())
        assert "name: " in flaws(client.put(f"/v2.1/orderItems/{ref}", {"type": "BOOK"}))

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.put(f"/v2.1/orderItems/{NOBODY}", ITEM), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.item(client.order())
        refusal(client.as_(OTHERS).put(f"/v2.1/orderItems/{ref}", {**ITEM, "price": 7}), 404)
        assert client.get(f"/v2.1/orderItems/{ref}").json()["price"] == 20


class TestAmend:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).patch(f"/v2.1/orderItems/{NOBODY}", {}).status_code == 401

    def test_keeps_what_is_not_sent(self, client: Client) -> None:
        ref = client.item(client.order(), **ALL)
        answer = client.patch(f"/v2.1/orderItems/{ref}", {"price": -3, "vendor": None})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["price"], body["language"]) == (-3, "EN")
        assert "vendor" not in body

    def test_refuses_a_string_as_number(self, client: Client) -> None:
        ref = client.item(client.order())
        assert flaws(client.patch(f"/v2.1/orderItems/{ref}", {"price": "7"})).startswith("price: ")

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.patch(f"/v2.1/orderItems/{NOBODY}", {"price": 1}), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.item(client.order())
        refusal(client.as_(OTHERS).patch(f"/v2.1/orderItems/{ref}", {"price": 1}), 404)


class TestRemove:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).delete(f"/v2.1/orderItems/{NOBODY}").status_code == 401

    def test_removes_it(self, client: Client) -> None:
        order = client.order()
        ref = client.item(order)
        answer = client.delete(f"/v2.1/orderItems/{ref}")
        assert (answer.status_code, answer.content) == (204, b"")
        refusal(client.get(f"/v2.1/orderItems/{ref}"), 404)
        assert client.get(f"/v2.1/orders/{order}/orderItems").json()["items"] == []

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.delete(f"/v2.1/orderItems/{NOBODY}"), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.item(client.order())
        refusal(client.as_(OTHERS).delete(f"/v2.1/orderItems/{ref}"), 404)
        assert client.get(f"/v2.1/orderItems/{ref}").status_code == 200


class TestBrowseOfConsumer:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get(f"/v2.1/orderConsumers/{NOBODY}/orderItems").status_code == 401

    def test_lists_the_items_that_it_consumes(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        client.item(order, name="Another")
        consumer = client.consumer(order, orderItems={"items": [{"ref": item}]})
        address = f"{BASE}/v2.1/orderConsumers/{consumer}/orderItems"
        assert client.get(f"/v2.1/orderConsumers/{consumer}/orderItems").json() == {
            "href": address,
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{address}?offset=0&limit=10"},
            "last": {"href": f"{address}?offset=0&limit=10"},
            "items": [{"href": f"{BASE}/v2.1/orderItems/{item}", "ref": item}],
        }

    def test_of_no_consumer(self, client: Client) -> None:
        body = refusal(client.get(f"/v2.1/orderConsumers/{NOBODY}/orderItems"), 404)
        assert body["message"] == f"Order consumer {NOBODY} was not found."

    def test_of_a_consumer_of_another_organisation(self, client: Client) -> None:
        consumer = client.consumer(client.order())
        refusal(client.as_(OTHERS).get(f"/v2.1/orderConsumers/{consumer}/orderItems"), 404)
