"""Paging: what `first`, `last` and `next` lead to, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.wire.clients import BASE, OTHERS, Client, flaws

ADDRESS = f"{BASE}/v2.1/orders"


def pages(client: Client, path: str) -> Iterator[dict[str, Any]]:
    """The page at `path` and all that follow it."""
    following: str | None = path
    while following is not None:
        body = client.get(following).json()
        yield body
        following = body.get("next", {}).get("href")


def refs(page: dict[str, Any]) -> list[str]:
    return [item["ref"] for item in page["items"]]


class TestLinks:
    def test_keep_the_other_parameters(self, client: Client) -> None:
        for number in range(5):
            client.order(referenceId="ö &|", orderedAt=f"20{number + 10}-01-01T00:00:00Z")
        path = "/v2.1/orders?limit=2&referenceId=%C3%B6%20%26%7C&sort=created::DESC&expand=true"
        body = client.get(path).json()
        kept = f"{ADDRESS}?referenceId=%C3%B6%20%26%7C&sort=created::DESC&expand=true"
        assert body["first"] == {"href": f"{kept}&offset=0&limit=2"}
        assert body["last"] == {"href": f"{kept}&offset=4&limit=2"}
        assert body["next"]["href"].startswith(f"{kept}&offset=2&limit=2&after=")
        assert (body["offset"], body["limit"]) == (0, 2)
        assert len(client.get(body["last"]["href"]).json()["items"]) == 1
        following = client.get(body["next"]["href"]).json()
        assert following["offset"] == 2
        assert following["first"] == body["first"]
        assert following["href"] == body["next"]["href"]

    @pytest.mark.parametrize(("total", "offset"), [(0, 0), (1, 0), (2, 0), (3, 2), (4, 2)])
    def test_last_is_where_the_last_page_begins(
        self, client: Client, total: int, offset: int
    ) -> None:
        for number in range(total):
            client.guest(firstName=str(number))
        body = client.get("/v2.1/guests?limit=2").json()
        assert body["last"]["href"] == f"{BASE}/v2.1/guests?offset={offset}&limit=2"
        assert ("next" in body) is (total > 2)

    def test_next_meets_each_once_whatever_comes_and_goes(self, client: Client) -> None:
        before = [client.guest(firstName=str(number)) for number in range(6)]
        met: list[str] = []
        for page in pages(client, "/v2.1/guests?limit=2"):
            met += refs(page)
            client.guest(firstName="new") if len(met) < 6 else None
            if len(met) == 2:
                client.delete(f"/v2.1/guests/{before[0]}")
        assert met[:6] == before
        assert len(met) == len(set(met)) == 8

    def test_an_offset_is_counted_in_the_list_as_it_stands(self, client: Client) -> None:
        made = [client.guest(firstName=str(number)) for number in range(3)]
        assert refs(client.get("/v2.1/guests?offset=1&limit=1").json()) == made[1:2]
        client.delete(f"/v2.1/guests/{made[0]}")
        assert refs(client.get("/v2.1/guests?offset=1&limit=1").json()) == made[2:]

    @pytest.mark.parametrize("offset", ["10", "1" + "0" * 30])
    def test_an_offset_past_the_end_is_empty(self, client: Client, offset: str) -> None:
        client.guest()
        body = client.get(f"/v2.1/guests?offset={offset}").json()
        assert body["items"] == []
        assert "next" not in body


class TestAfter:
    @pytest.mark.parametrize(
        "after",
        ["", "x", "AAAA", "=", "ä", "A" * 60, "A" * 10_000, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    )
    def test_that_is_made_up_is_refused(self, client: Client, after: str) -> None:
        assert flaws(client.get(f"/v2.1/orders?after={after}")).startswith("after: ")

    def test_of_another_list_is_refused(self, client: Client) -> None:
        order = client.order()
        for number in range(2):
            client.item(order)
            client.guest(firstName=str(number))
            client.order(referenceId=str(number))
        after = next(pages(client, "/v2.1/guests?limit=1"))["next"]["href"].rpartition("=")[2]
        for path in (
            "/v2.1/orders?",
            "/v2.1/guests?firstName=0&",
            f"/v2.1/orders/{order}/orderItems?",
            f"/v2.1/orders/{order}/contacts?",
        ):
            assert flaws(client.get(f"{path}after={after}")).startswith("after: ")
        assert client.get(f"/v2.1/guests?after={after}").status_code == 200

    def test_of_another_sort_is_refused(self, client: Client) -> None:
        for number in range(2):
            client.order(referenceId=str(number))
        after = next(pages(client, "/v2.1/orders?limit=1"))["next"]["href"].rpartition("=")[2]
        flaws(client.get(f"/v2.1/orders?sort=created::DESC&after={after}"))
        assert client.get(f"/v2.1/orders?sort=created::ASC&after={after}").status_code == 200

    def test_of_another_organisation_is_refused(self, client: Client) -> None:
        for number in range(2):
            client.guest(firstName=str(number))
        after = next(pages(client, "/v2.1/guests?limit=1"))["next"]["href"].rpartition("=")[2]
        flaws(client.as_(OTHERS).get(f"/v2.1/guests?after={after}"))


class TestParameters:
    @pytest.mark.parametrize(
        "query",
        [
            "limit=0",
            "limit=-1",
            "limit=x",
            "limit=1.0",
            "limit=",
            "limit=%D9%A1",
            "offset=-1",
            "offset=x",
            "expand=yes",
            "expand=TRUE",
            "limit=1&limit=1",
            "ofset=1",
            "%ff=1",
            "offset=%",
        ],
    )
    def test_that_are_wrong_are_refused_by_name(self, client: Client, query: str) -> None:
        for path in ("/v2.1/orders", "/v2.1/guests", f"/v2.1/orders/{client.order()}/contacts"):
            assert ": " in flaws(client.get(f"{path}?{query}"))

    def test_limit_above_100_is_served_as_100(self, client: Client) -> None:
        body = client.get("/v2.1/guests?limit=1000").json()
        assert body["limit"] == 100
        assert body["href"] == f"{BASE}/v2.1/guests?limit=1000"
        assert body["first"]["href"] == f"{BASE}/v2.1/guests?offset=0&limit=100"

    def test_expand_false_is_as_if_left_out(self, client: Client) -> None:
        ref = client.guest()
        body = client.get("/v2.1/guests?expand=false").json()
        assert body["items"] == [{"href": f"{BASE}/v2.1/guests/{ref}", "ref": ref}]
