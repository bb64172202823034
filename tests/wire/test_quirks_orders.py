"""Choices about matching, listing and deleting orders, and about what follows from them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.wire.clients import ITEM, ORDER, PERSON, Client, flaws, refusal


def refs(client: Client, path: str) -> list[str]:
    return [item["ref"] for item in client.get(path).json()["items"]]


def submit(client: Client, ordered_at: str, **more: object) -> dict[str, Any]:
    """What is answered to an order with one and the same referenceId."""
    answer = client.post("/v2.1/orders", {**ORDER, "orderedAt": ordered_at, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestMatching:
    def test_updates_what_was_sent_and_keeps_the_rest(self, client: Client) -> None:
        first = submit(client, "2024-01-01T12:00:00Z", channel="WEB", status="PENDING")
        item = client.item(first["ref"])
        again = submit(client, "2024-01-03T12:00:00Z", status="PURCHASED", channel=None, price=7)
        assert again == {
            **first,
            "modifiedAt": again["modifiedAt"],
            "status": "PURCHASED",
            "price": 7,
        }
        assert (again["orderedAt"], again["channel"]) == ("2024-01-01T12:00:00Z", "WEB")
        assert refs(client, f"/v2.1/orders/{first['ref']}/orderItems") == [item]

    def test_includes_the_48th_hour_and_not_a_microsecond_more(self, client: Client) -> None:
        first = submit(client, "2024-01-03T12:00:00Z")["ref"]
        assert submit(client, "2024-01-05T12:00:00Z")["ref"] == first
        assert submit(client, "2024-01-01T12:00:00Z")["ref"] == first
        assert submit(client, "2024-01-05T12:00:00.000001Z")["ref"] != first
        assert submit(client, "2024-01-01T11:59:59.999999Z")["ref"] != first

    def test_prefers_the_nearest_then_the_earlier(self, client: Client) -> None:
        early = submit(client, "2024-01-01T00:00:00Z")["ref"]
        late = submit(client, "2024-01-04T00:00:00Z")["ref"]
        assert early != late
        assert submit(client, "2024-01-02T11:59:59Z")["ref"] == early
        assert submit(client, "2024-01-02T12:00:01Z")["ref"] == late
        assert submit(client, "2024-01-02T12:00:00Z")["ref"] == early

    def test_compares_reference_ids_exactly(self, client: Client) -> None:
        made = {client.order(referenceId=name) for name in ("a", "A", "a ", "á", "a\u0301")}
        assert len(made) == 5

    def test_forgets_a_deleted_order(self, client: Client) -> None:
        first = client.order()
        client.delete(f"/v2.1/orders/{first}")
        assert client.order() != first

    def test_answers_with_an_address_like_a_new_order(self, client: Client) -> None:
        first = client.post("/v2.1/orders", ORDER)
        again = client.post("/v2.1/orders", ORDER)
        assert again.status_code == 201
        assert again.headers["location"] == first.headers["location"] == first.json()["href"]
        assert again.headers["etag"] != first.headers["etag"]


class TestListing:
    @pytest.mark.parametrize("sort", ["created", "orderedAt"])
    def test_descending_is_the_exact_reverse_also_of_equal_keys(
        self, client: Client, sort: str
    ) -> None:
        made, links = [], []
        for number in range(4):
            ref = client.order(referenceId=str(number))
            made.append(ref)
            links.append(
                client.post(f"/v2.1/orders/{ref}/contacts", PERSON).json()["guest"]["href"]
            )
        guest = links[0].rpartition("/")[2]
        path = f"/v2.1/orders?guestRef={guest}&sort={sort}"
        assert refs(client, f"{path}::ASC") == refs(client, path) == made
        assert refs(client, f"{path}::DESC") == made[::-1]

    def test_by_reference_id_compares_exactly(self, client: Client) -> None:
        ref = client.order(referenceId="Ab")
        assert refs(client, "/v2.1/orders?referenceId=Ab") == [ref]
        for other in ("ab", "Ab%20", "A"):
            assert refs(client, f"/v2.1/orders?referenceId={other}") == []
        message = flaws(client.get("/v2.1/orders?referenceId="))
        assert message == "referenceId: must have 1 to 255 characters."
        assert refs(client, "/v2.1/orders?guestRef=") == []

    def test_by_a_guest_leaves_out_orders_that_it_only_consumes(self, client: Client) -> None:
        bought, used = client.order(), client.order(referenceId="used")
        link = client.post(f"/v2.1/orders/{bought}/contacts", PERSON).json()["guest"]
        assert client.post(f"/v2.1/orders/{used}/consumers", PERSON).json()["guest"] == link
        guest = link["href"].rpartition("/")[2]
        assert refs(client, f"/v2.1/orders?guestRef={guest}") == [bought]

    def test_by_a_guest_that_is_several_contacts_lists_the_order_once(self, client: Client) -> None:
        order = client.order()
        link = client.post(f"/v2.1/orders/{order}/contacts", PERSON).json()["guest"]
        client.contact(order)
        guest = link["href"].rpartition("/")[2]
        assert refs(client, f"/v2.1/orders?guestRef={guest}") == [order]


class TestQuantity:
    def test_is_the_larger_of_the_given_and_of_the_consumers(self, client: Client) -> None:
        order = client.order()
        ref = client.item(order, quantity=1)
        path = f"/v2.1/orderItems/{ref}"
        consumers = [client.consumer(order, orderItems={"items": [{"ref": ref}]}) for _ in range(2)]
        assert client.get(path).json()["quantity"] == 2
        assert client.patch(path, {"quantity": 3}).json()["quantity"] == 3
        assert client.patch(path, {"quantity": None}).json()["quantity"] == 2
        for consumer in consumers:
            client.delete(f"/v2.1/orderConsumers/{consumer}")
        assert "quantity" not in client.get(path).json()

    def test_that_is_sent_as_read_is_given_from_then_on(self, client: Client) -> None:
        order = client.order()
        ref = client.item(order)
        consumer = client.consumer(order, orderItems={"items": [{"ref": ref}]})
        path = f"/v2.1/orderItems/{ref}"
        client.put(path, client.get(path).json())
        client.delete(f"/v2.1/orderConsumers/{consumer}")
        assert client.get(path).json()["quantity"] == 1


class TestDeleting:
    def test_an_order_takes_all_that_is_under_it_and_leaves_the_guest(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        contact = client.post(f"/v2.1/orders/{order}/contacts", PERSON).json()
        consumer = client.consumer(order, orderItems={"items": [{"ref": item}]})
        under = [
            f"/v2.1/orders/{order}/extensions/ext",
            f"/v2.1/orderItems/{item}/extensions/ext",
            f"/v2.1/orderItems/{item}",
            f"/v2.1/orderContacts/{contact['ref']}",
            f"/v2.1/orderConsumers/{consumer}",
            f"/v2.1/orderConsumers/{consumer}/orderItems",
            f"/v2.1/orders/{order}/contacts",
        ]
        for path in under[:2]:
            assert client.post(path, {"one": 1}).status_code == 201
        assert all(client.get(path).status_code == 200 for path in under)
        assert client.delete(f"/v2.1/orders/{order}").status_code == 204
        for path in under:
            refusal(client.get(path), 404)
        assert client.get(contact["guest"]["href"]).status_code == 200

    def test_an_item_takes_its_extension_and_leaves_its_consumers(self, client: Client) -> None:
        order = client.order()
        item, other = client.item(order), client.item(order)
        linked = {"items": [{"ref": item}, {"ref": other}]}
        consumer = client.consumer(order, orderItems=linked)
        path = f"/v2.1/orderItems/{item}"
        client.post(f"{path}/extensions/ext", {"one": 1})
        assert client.delete(path).status_code == 204
        refusal(client.get(f"{path}/extensions/ext"), 404)
        assert refs(client, f"/v2.1/orderConsumers/{consumer}/orderItems") == [other]

    def test_a_contact_leaves_the_guest_as_it_was(self, client: Client) -> None:
        for noun, top in (("contacts", "orderContacts"), ("consumers", "orderConsumers")):
            person = client.post(f"/v2.1/orders/{client.order()}/{noun}", PERSON).json()
            before = client.get(person["guest"]["href"]).content
            assert client.delete(f"/v2.1/{top}/{person['ref']}").status_code == 204
            assert client.get(person["guest"]["href"]).content == before


class TestItemsOfConsumers:
    def test_of_another_order_are_all_named_and_nothing_is_kept(self, client: Client) -> None:
        order, other = client.order(), client.order(referenceId="other")
        mine, theirs = client.item(order), client.item(other)
        sent = {"items": [{"ref": theirs}, {"ref": mine}, {"ref": theirs}]}
        path = f"/v2.1/orders/{order}/consumers"
        assert flaws(client.post(path, {**PERSON, "orderItems": sent})) == (
            "orderItems.items[0]: is not an item of this order."
            " orderItems.items[2]: is not an item of this order."
        )
        assert refs(client, path) == []
        assert refs(client, "/v2.1/guests") == []
        assert "quantity" not in client.get(f"/v2.1/orderItems/{mine}").json()

    def test_cannot_be_created_on_the_way(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/consumers"
        answer = client.post(path, {"orderItems": {"items": [ITEM]}})
        assert flaws(answer).startswith("orderItems.items[0].type: is not part of a link.")
