"""Entity tags and preconditions."""

from __future__ import annotations

import re

import pytest
from tests.wire.clients import BASE, ITEM, ORDER, Client, refusal


class TestTags:
    def test_are_strong_and_on_all_answers_that_hold_one_resource(self, client: Client) -> None:
        created = client.post("/v2.1/orders", ORDER)
        path = f"/v2.1/orders/{created.json()['ref']}"
        tag = created.headers["etag"]
        assert re.fullmatch(r'"[0-9a-f]{32}\.1"', tag)
        assert client.get(path).headers["etag"] == tag
        assert client.send("HEAD", path).headers["etag"] == tag
        amended = client.patch(path, {"price": 7})
        assert amended.headers["etag"] != tag
        assert client.get(path).headers["etag"] == amended.headers["etag"]

    def test_are_on_no_list(self, client: Client) -> None:
        client.order()
        assert "etag" not in client.get("/v2.1/orders?expand=true").headers

    def test_change_with_a_quantity_that_is_derived(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        before = client.get(f"/v2.1/orderItems/{item}").headers["etag"]
        client.consumer(order, orderItems={"items": [{"ref": item}]})
        assert client.get(f"/v2.1/orderItems/{item}").headers["etag"] != before

    def test_do_not_come_back_with_a_change_that_is_taken_back(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        first = client.get(path).headers["etag"]
        client.patch(path, {"price": 7})
        body = client.patch(path, {"price": 100.5})
        assert body.headers["etag"] != first

    def test_of_an_order_stay_when_a_child_changes(self, client: Client) -> None:
        order = client.order()
        before = client.get(f"/v2.1/orders/{order}")
        client.item(order)
        after = client.get(f"/v2.1/orders/{order}")
        assert after.headers["etag"] == before.headers["etag"]
        assert after.json() == before.json()


class TestIfNoneMatch:
    def test_of_this_version_is_not_modified(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        tag = client.get(path).headers["etag"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            for method in ("GET", "HEAD"):
                answer = client.send(method, path, headers={"If-None-Match": known})
                assert (answer.status_code, answer.content) == (304, b"")
                assert answer.headers["etag"] == tag

    @pytest.mark.parametrize("known", ['"other"', "nonsense", ""])
    def test_of_another_is_answered_whole(self, client: Client, known: str) -> None:
        path = f"/v2.1/orders/{client.order()}"
        assert client.get(path, headers={"If-None-Match": known}).status_code == 200

    def test_is_passed_over_where_an_order_is_opened(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        tag = client.get(path).headers["etag"]
        answer = client.get(f"{path}?expand=true", headers={"If-None-Match": tag})
        assert answer.status_code == 200

    def test_of_what_is_not_there_is_not_found(self, client: Client) -> None:
        refusal(client.get("/v2.1/orders/nonsense", headers={"If-None-Match": "*"}), 404)


class TestIfMatch:
    def test_of_this_version_lets_the_change_through_once(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        known = {"If-Match": client.get(path).headers["etag"]}
        assert client.patch(path, {"price": 7}, headers=known).status_code == 200
        refusal(client.patch(path, {"price": 8}, headers=known), 412)
        assert client.get(path).json()["price"] == 7

    def test_of_any_version_lets_the_change_through(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        assert client.put(path, ORDER, headers={"If-Match": "*"}).status_code == 200

    def test_of_one_of_several_lets_the_change_through(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        known = {"If-Match": f'"other", {client.get(path).headers["etag"]}'}
        assert client.delete(path, headers=known).status_code == 204

    @pytest.mark.parametrize("form", ["W/{}", "{}x", "nonsense", ""])
    def test_of_no_version_of_it_lets_nothing_through(self, client: Client, form: str) -> None:
        path = f"/v2.1/orders/{client.order()}"
        before = client.get(path)
        known = {"If-Match": form.format(before.headers["etag"]).replace('"x', 'x"')}
        refusal(client.put(path, {**ORDER, "price": 7}, headers=known), 412)
        refusal(client.patch(path, {"price": 7}, headers=known), 412)
        refusal(client.delete(path, headers=known), 412)
        assert client.get(path).content == before.content

    @pytest.mark.parametrize("noun", ["orderItems", "contacts", "consumers"])
    def test_guards_what_is_under_an_order(self, client: Client, noun: str) -> None:
        order = client.order()
        body = ITEM if noun == "orderItems" else {}
        created = client.post(f"/v2.1/orders/{order}/{noun}", body)
        path = created.json()["href"].removeprefix(BASE)
        old = {"If-Match": created.headers["etag"]}
        assert client.put(path, body, headers=old).status_code == 200
        refusal(client.put(path, body, headers=old), 412)
        refusal(client.patch(path, {}, headers=old), 412)
        refusal(client.delete(path, headers=old), 412)

    def test_guards_guests(self, client: Client) -> None:
        path = f"/v2.1/guests/{client.guest()}"
        old = {"If-Match": '"other"'}
        refusal(client.put(path, {"guestType": "visitor"}, headers=old), 412)
        refusal(client.patch(path, {}, headers=old), 412)
        refusal(client.delete(path, headers=old), 412)

    def test_guards_extensions_and_their_fields(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/extensions/ext"
        tag = client.post(path, {"one": 1}).headers["etag"]
        old = {"If-Match": '"other"'}
        refusal(client.put(path, {}, headers=old), 412)
        refusal(client.patch(path, {"one": 2}, headers=old), 412)
        refusal(client.delete(path, headers=old), 412)
        refusal(client.delete(f"{path}/fields", headers=old), 412)
        assert client.get(path).headers["etag"] == tag
        assert client.delete(f"{path}/fields", headers={"If-Match": tag}).status_code == 200
