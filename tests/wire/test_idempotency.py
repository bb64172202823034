"""Idempotency keys: a POST that is sent again is answered again, and done once."""

from __future__ import annotations

import pytest
from tests.wire.clients import GUEST, ITEM, OTHERS, PERSON, Client, flaws, refusal

KEY = {"Idempotency-Key": "6f1c"}


class TestRepeats:
    def test_get_the_answer_that_was_kept(self, client: Client) -> None:
        first = client.post("/v2.1/guests", GUEST, headers=KEY)
        client.patch(f"/v2.1/guests/{first.json()['ref']}", {"lastName": "Byron"})
        again = client.post("/v2.1/guests", GUEST, headers=KEY)
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert "idempotent-replayed" not in first.headers
        for name in ("etag", "location"):
            assert again.headers[name] == first.headers[name]

    def test_are_done_once(self, client: Client) -> None:
        order = client.order()
        for noun, body in (("orderItems", ITEM), ("contacts", PERSON), ("consumers", PERSON)):
            path = f"/v2.1/orders/{order}/{noun}"
            refs = {client.post(path, body, headers=KEY).json()["ref"] for _ in range(3)}
            listed = client.get(path).json()["items"]
            assert [item["ref"] for item in listed] == list(refs)

    def test_of_an_extension_are_no_conflict(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/extensions/ext"
        first = client.post(path, {"one": 1}, headers=KEY)
        again = client.post(path, {"one": 1}, headers=KEY)
        assert (again.status_code, again.content) == (201, first.content)

    def test_with_another_body_are_refused(self, client: Client) -> None:
        client.post("/v2.1/guests", GUEST, headers=KEY)
        refusal(client.post("/v2.1/guests", {"guestType": "visitor"}, headers=KEY), 409)
        assert len(client.get("/v2.1/guests").json()["items"]) == 1

    def test_of_what_went_with_a_deleted_guest_are_not_found(self, client: Client) -> None:
        ref = client.post("/v2.1/guests", GUEST, headers=KEY).json()["ref"]
        client.delete(f"/v2.1/guests/{ref}")
        refusal(client.post("/v2.1/guests", GUEST, headers=KEY), 404)

    def test_of_what_was_refused_are_tried_again(self, client: Client) -> None:
        flaws(client.post("/v2.1/guests", {}, headers=KEY))
        assert client.post("/v2.1/guests", GUEST, headers=KEY).status_code == 201


class TestScope:
    def test_is_the_organisation(self, client: Client) -> None:
        first = client.post("/v2.1/guests", GUEST, headers=KEY).json()
        other = client.as_(OTHERS).post("/v2.1/guests", GUEST, headers=KEY).json()
        assert other["ref"] != first["ref"]

    def test_is_the_address(self, client: Client) -> None:
        one, two = client.order(), client.order(referenceId="two")
        refs = {
            client.post(f"/v2.1/orders/{ref}/orderItems", ITEM, headers=KEY).json()["ref"]
            for ref in (one, two, one.upper())
        }
        assert len(refs) == 2

    def test_is_the_key(self, client: Client) -> None:
        for key in ("a", "b"):
            client.post("/v2.1/guests", GUEST, headers={"Idempotency-Key": key})
        assert len(client.get("/v2.1/guests").json()["items"]) == 2


class TestKeys:
    @pytest.mark.parametrize("key", ["", " ", "a b", "a" * 256, "\x7f"])
    def test_that_are_none_are_refused(self, client: Client, key: str) -> None:
        answer = client.post("/v2.1/guests", GUEST, headers={"Idempotency-Key": key})
        assert flaws(answer).startswith("Idempotency-Key: ")
        assert client.get("/v2.1/guests").json()["items"] == []

    @pytest.mark.parametrize("key", ["a", "!~", "a" * 255])
    def test_that_are_one_are_taken(self, client: Client, key: str) -> None:
        answer = client.post("/v2.1/guests", GUEST, headers={"Idempotency-Key": key})
        assert answer.status_code == 201

    def test_mean_nothing_but_on_post(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}"
        odd = {"Idempotency-Key": "a b"}
        assert client.patch(path, {"price": 7}, headers=odd).status_code == 200
        assert client.delete(path, headers=odd).status_code == 204
