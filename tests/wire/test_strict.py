"""Strict mode: refuses what the vendor refuses, and nothing else."""

from __future__ import annotations

import pytest
from tests.wire.clients import BASE, GUEST, ORDER, PERSON, Client, flaws, refusal


class TestLists:
    def test_of_orders_need_a_reference_id_or_a_guest_ref(self, strict: Client) -> None:
        flaws(strict.get("/v2.1/orders"))
        assert strict.get("/v2.1/orders?referenceId=x").status_code == 200
        assert strict.get("/v2.1/orders?guestRef=x").status_code == 200

    @pytest.mark.parametrize("limit", [1, 9, 101])
    def test_have_limits_from_10_to_100(self, strict: Client, limit: int) -> None:
        assert flaws(strict.get(f"/v2.1/guests?limit={limit}")).startswith("limit: ")
        assert strict.get("/v2.1/guests?limit=10").status_code == 200
        assert strict.get("/v2.1/guests?limit=100").status_code == 200


class TestExtensions:
    def test_are_created_once(self, strict: Client) -> None:
        path = f"/v2.1/orders/{strict.order()}/extensions/ext"
        assert strict.post(path, {"one": 1}).status_code == 201
        refusal(strict.post(path, {"two": 2}), 409)
        assert "two" not in strict.get(path).json()


class TestContentTypes:
    @pytest.mark.parametrize(
        "content_type", ["", "application/x-www-form-urlencoded", "application/merge-patch+json"]
    )
    def test_other_than_json_are_refused(self, strict: Client, content_type: str) -> None:
        headers = {"Content-Type": content_type}
        path = f"/v2.1/orders/{strict.order()}"
        refusal(strict.post("/v2.1/orders", ORDER, headers=headers), 415)
        refusal(strict.patch(path, {}, headers=headers), 415)


class TestPeople:
    @pytest.mark.parametrize("noun", ["contacts", "consumers"])
    def test_are_sent_neither_email_nor_guest(self, strict: Client, noun: str) -> None:
        path = f"/v2.1/orders/{strict.order()}/{noun}"
        assert flaws(strict.post(path, {"email": "a@example.com"})).startswith("email: ")
        link = {"href": f"{BASE}/v2.1/guests/{strict.guest()}"}
        assert flaws(strict.post(path, {"guest": link})).startswith("guest: ")
        assert strict.post(path, PERSON).status_code == 201

    def test_a_guest_still_has_an_email(self, strict: Client) -> None:
        body = {**GUEST, "email": "a@example.com"}
        assert strict.post("/v2.1/guests", body).status_code == 201
