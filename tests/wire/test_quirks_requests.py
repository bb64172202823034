"""Choices about addresses, credentials, bodies and refusals, where the vendor says nothing."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import Final

import pytest
from tests.wire.clients import BASE, ITEM, ORDER, Client, an_application, flaws, refusal

from orderfolio.store.contract import Store

NOBODY: Final = "01890000-0000-7000-8000-000000000000"
# The client that the tests' requests seem to come from.
NEAR: Final = (ip_network("127.0.0.0/8"),)
FORWARDED: Final = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com"}


def href(client: Client, **headers: str) -> str:
    """What a list says of its own address."""
    found: str = client.get("/v2.1/orders", headers=headers).json()["href"]
    return found


class TestBase:
    def test_is_the_host_of_the_request(self, client: Client) -> None:
        assert href(client, Host="shop.example:8080") == "http://shop.example:8080/v2.1/orders"

    def test_is_the_configured_public_url_before_all_else(
        self, runner: asyncio.Runner, store: Store
    ) -> None:
        application = an_application(
            store, public_url="https://public.example/", trusted_proxies=NEAR
        )
        public = Client(runner, application)
        assert href(public, Host="shop.example") == "https://public.example/v2.1/orders"
        assert href(public, **FORWARDED) == "https://public.example/v2.1/orders"

    def test_is_what_a_trusted_proxy_tells(self, runner: asyncio.Runner, store: Store) -> None:
        behind = Client(runner, an_application(store, trusted_proxies=NEAR))
        assert href(behind, **FORWARDED) == "https://api.example.com/v2.1/orders"

    def test_is_not_what_anybody_else_tells(self, client: Client) -> None:
        assert href(client, Host="shop.example", **FORWARDED) == "http://shop.example/v2.1/orders"

    def test_reflects_no_host_that_is_none(self, client: Client) -> None:
        assert href(client, Host='"><script>') == "http://localhost/v2.1/orders"


class TestAddresses:
    def test_with_two_slashes_before_the_version_are_those_with_one(self, client: Client) -> None:
        answer = client.post(f"{BASE}//v2.1/orders", ORDER)
        assert answer.status_code == 201
        assert answer.json()["href"].startswith(f"{BASE}/v2.1/orders/")
        assert client.get(f"{BASE}///v2.1/orders").content == b"page"

    @pytest.mark.parametrize("noun", ["orderItems", "orderContacts", "orderConsumers", "guests"])
    def test_find_their_resource_by_a_ref_in_any_case(self, client: Client, noun: str) -> None:
        order = client.order()
        ref = {
            "orderItems": client.item,
            "orderContacts": client.contact,
            "orderConsumers": client.consumer,
        }.get(noun, lambda _: client.guest())(order)
        body = client.get(f"/v2.1/{noun}/{ref.upper()}").json()
        assert (body["ref"], body["href"]) == (ref, f"{BASE}/v2.1/{noun}/{ref}")

    @pytest.mark.parametrize("ref", ["1", NOBODY.replace("-", ""), "{" + NOBODY + "}", "%20"])
    def test_with_a_malformed_ref_are_not_there(self, client: Client, ref: str) -> None:
        for noun in ("orders", "orderItems", "orderContacts", "orderConsumers", "guests"):
            refusal(client.get(f"/v2.1/{noun}/{ref}"), 404)

    def test_of_options_are_a_method_that_is_not_there(self, client: Client) -> None:
        answer = client.send("OPTIONS", "/v2.1/orders")
        refusal(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, POST"
        assert "access-control-allow-origin" not in answer.headers


class TestCredentials:
    @pytest.mark.parametrize("path", ["/v2.1", "/v2.1/", "/v2.1/nowhere", "/v2.1/orders/x/y/z"])
    def test_are_asked_for_before_anything_is_told_of_an_address(
        self, client: Client, path: str
    ) -> None:
        assert client.as_(None).get(path).status_code == 401
        refusal(client.get(path), 404)

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json"])
    def test_are_not_asked_for_by_health_and_the_description(
        self, client: Client, path: str
    ) -> None:
        assert client.as_(None).get(path).status_code == 200

    @pytest.mark.parametrize("path", ["/docs", "/errors"])
    def test_are_not_asked_for_by_the_pages_for_people(self, client: Client, path: str) -> None:
        assert client.as_(None).get(path).content == b"page"


class TestBodies:
    def test_without_a_declared_type_are_read(self, client: Client) -> None:
        answer = client.post("/v2.1/orders", ORDER, headers={"Content-Type": ""})
        assert answer.status_code == 201

    def test_declared_as_a_form_are_read_as_json(self, client: Client) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert client.post("/v2.1/orders", ORDER, headers=form).status_code == 201
        refusal(client.post("/v2.1/orders", content=b"price=1", headers=form), 400)

    def test_declared_as_a_merge_patch_are_read_on_patch_alone(self, client: Client) -> None:
        patch = {"Content-Type": "application/merge-patch+json"}
        path = f"/v2.1/orders/{client.order()}"
        assert client.patch(path, {"price": 7}, headers=patch).json()["price"] == 7
        refusal(client.put(path, ORDER, headers=patch), 415)
        refusal(client.post("/v2.1/orders", ORDER, headers=patch), 415)

    def test_of_another_type_charset_or_encoding_are_refused(self, client: Client) -> None:
        for headers in (
            {"Content-Type": "text/json"},
            {"Content-Type": "application/json; charset=utf-16"},
            {"Content-Encoding": "gzip"},
        ):
            refusal(client.post("/v2.1/orders", ORDER, headers=headers), 415)

    def test_may_begin_with_a_byte_order_mark(self, client: Client) -> None:
        content = b'\xef\xbb\xbf{"firstName": "Ada"}'
        answer = client.post(f"/v2.1/orders/{client.order()}/contacts", content=content)
        assert (answer.status_code, answer.json()["firstName"]) == (201, "Ada")

    def test_are_nested_at_most_64_levels_deep(self, client: Client) -> None:
        def message(levels: int) -> str:
            inner = levels - 1
            return flaws(
                client.post("/v2.1/orders", content=b'{"a":' + b"[" * inner + b"]" * inner + b"}")
            )

        assert message(64).startswith("a: is not an attribute of an order.")
        assert message(65) == "body: is nested deeper than 64 levels."

    def test_of_get_and_delete_are_passed_over(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        odd = {"Content-Type": "text/html"}
        assert client.get(path, content=b"{", headers=odd).status_code == 200
        assert client.delete(path, content=b"{", headers=odd).status_code == 204


class TestKeysGivenTwice:
    def test_are_refused_by_name(self, client: Client) -> None:
        content = b'{"firstName": "Ada", "firstName": "Ada", "lastName": "Byron"}'
        path = f"/v2.1/orders/{client.order()}/contacts"
        assert flaws(client.post(path, content=content)) == "firstName: is given twice."

    def test_are_refused_inside_of_what_is_passed_over_too(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        content = b'{"contacts": {"href": "a", "href": "a"}}'
        assert flaws(client.patch(path, content=content)) == "contacts: is given twice."


class TestFlaws:
    def test_are_told_in_the_order_of_the_body_then_those_that_are_missing(
        self, client: Client
    ) -> None:
        content = b'{"status": 7, "price": "1", "nonsense": 1}'
        path = f"/v2.1/orders/{client.order()}/orderItems"
        assert flaws(client.post(path, content=content)) == (
            "status: must be a string. price: must be a number."
            " nonsense: is not an attribute of an order item."
            " type: is required. name: is required. currencyCode: is required."
        )

    def test_beyond_the_hundredth_are_counted(self, client: Client) -> None:
        body = {f"x{number}": 1 for number in range(101)}
        message = flaws(client.post("/v2.1/orders", body))
        assert message.startswith("x0: is not an attribute of an order. ")
        assert " x99: is not an attribute of an order. " in message
        assert "x100" not in message
        assert message.endswith("body: is wrong in other places too (5).")

    def test_of_the_query_are_told_before_the_body_is_read(self, client: Client) -> None:
        message = flaws(client.post("/v2.1/orders?expand=true", content=b"{"))
        assert message == "expand: is not a parameter of this operation."

    def test_that_only_stored_data_tells_come_after_a_resource_that_is_not_there(
        self, client: Client
    ) -> None:
        changed = {**ORDER, "referenceId": "another"}
        refusal(client.put(f"/v2.1/orders/{NOBODY}", changed), 404)
        stale = {"If-Match": '"other"'}
        message = flaws(client.put(f"/v2.1/orders/{client.order()}", changed, headers=stale))
        assert message == "referenceId: can't be changed."

    def test_show_long_and_unprintable_names_shortened_and_escaped(self, client: Client) -> None:
        message = flaws(client.post("/v2.1/guests", {"guestType": "visitor", "\n": 1}))
        assert message == "\\u000a: is not an attribute of a guest."
        message = flaws(client.post("/v2.1/guests", {"guestType": "visitor", "x" * 100: 1}))
        assert message == "x" * 63 + "…: is not an attribute of a guest."

    def test_lead_to_the_guide_s_heading_for_them_or_for_all(self, client: Client) -> None:
        def heading(body: object) -> object:
            found = refusal(client.post("/v2.1/guests", body), 400)["moreInfoUrl"]
            return str(found).removeprefix(f"{BASE}/errors#")

        assert heading({"guestType": "visitor", "x": 1}) == "unknown-attribute"
        assert heading({"guestType": "visitor", "ref": NOBODY}) == "immutable-attribute"
        assert heading({"guestType": "visitor", "x": 1, "ref": NOBODY}) == "validation"


class TestKeptAnswers:
    def test_are_told_from_a_new_request_by_the_bytes_of_the_body(self, client: Client) -> None:
        key = {"Idempotency-Key": "k-1"}
        path = f"/v2.1/orders/{client.order()}/orderItems"
        assert client.post(path, ITEM, headers=key).status_code == 201
        respelt = dict(reversed(ITEM.items()))
        refusal(client.post(path, respelt, headers=key), 409)

    def test_are_given_though_what_they_tell_of_was_deleted(self, client: Client) -> None:
        key = {"Idempotency-Key": "k-1"}
        first = client.post("/v2.1/orders", ORDER, headers=key)
        client.delete(f"/v2.1/orders/{first.json()['ref']}")
        again = client.post("/v2.1/orders", ORDER, headers=key)
        assert (again.status_code, again.content) == (201, first.content)
        refusal(client.get(first.headers["location"]), 404)

    def test_are_looked_for_before_what_they_are_under(self, client: Client) -> None:
        key = {"Idempotency-Key": "k-1"}
        order = client.order()
        path = f"/v2.1/orders/{order}/orderItems"
        first = client.post(path, ITEM, headers=key)
        client.delete(f"/v2.1/orders/{order}")
        refusal(client.post(path, ITEM), 404)
        assert client.post(path, ITEM, headers=key).content == first.content
        refusal(client.post(path, {**ITEM, "price": 1}, headers=key), 409)
