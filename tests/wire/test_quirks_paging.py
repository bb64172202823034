"""Choices about paging: what following `next` meets while others write."""

from __future__ import annotations

from typing import Any, Final

import pytest
from tests.wire.clients import BASE, PERSON, Client, flaws

SORTS: Final = ("created::ASC", "created::DESC", "orderedAt::ASC", "orderedAt::DESC")


def day(number: int) -> str:
    return f"2024-01-{number:02}T00:00:00Z"


class TestNext:
    @pytest.mark.parametrize("sort", SORTS)
    def test_meets_what_is_there_throughout_exactly_once(self, client: Client, sort: str) -> None:
        def create(name: str, number: int) -> str:
            ref = client.order(referenceId=name, orderedAt=day(number))
            client.post(f"/v2.1/orders/{ref}/contacts", PERSON)
            return ref

        # Some share a day, so that equal keys lie across the pages, too.
        days = (10, 7, 14, 10, 7, 12, 10)
        before = [create(f"before {place}", number) for place, number in enumerate(days)]
        guest = client.get("/v2.1/guests").json()["items"][0]["ref"]
        path: str | None = f"/v2.1/orders?guestRef={guest}&sort={sort}&limit=2"
        met: list[str] = []
        gone: set[str] = set()
        while path is not None:
            body: dict[str, Any] = client.get(path).json()
            met += [item["ref"] for item in body["items"]]
            path = body.get("next", {}).get("href")
            if len(gone) < 2:
                gone.add(met[-1])
                client.delete(f"/v2.1/orders/{met[-1]}")
                create(f"early {len(met)}", 3)
                create(f"late {len(met)}", 20)
        assert len(met) == len(set(met))
        assert set(before) - gone <= set(met)

    def test_counts_offset_and_last_as_the_list_stands(self, client: Client) -> None:
        made = [client.guest(firstName=str(number)) for number in range(5)]
        first = client.get("/v2.1/guests?limit=2").json()
        for ref in made[:2]:
            client.delete(f"/v2.1/guests/{ref}")
        following = client.get(first["next"]["href"]).json()
        assert [item["ref"] for item in following["items"]] == made[2:4]
        assert following["offset"] == 2
        assert following["last"]["href"] == f"{BASE}/v2.1/guests?offset=2&limit=2"


class TestLimits:
    def test_begin_at_one(self, client: Client) -> None:
        made = [client.guest(firstName=str(number)) for number in range(2)]
        body = client.get("/v2.1/guests?limit=1").json()
        assert (body["limit"], [item["ref"] for item in body["items"]]) == (1, made[:1])

    def test_begin_at_ten_in_strict_mode(self, strict: Client) -> None:
        assert flaws(strict.get("/v2.1/guests?limit=9")) == "limit: must be from 10 to 100."
        assert strict.get("/v2.1/guests?limit=10").json()["limit"] == 10

    def test_above_a_hundred_are_served_as_a_hundred(self, client: Client) -> None:
        body = client.get("/v2.1/guests?limit=101").json()
        assert (body["limit"], body["href"]) == (100, f"{BASE}/v2.1/guests?limit=101")


class TestOrders:
    def test_are_all_listed_where_nothing_narrows_them(self, client: Client) -> None:
        made = [client.order(referenceId=str(number)) for number in range(2)]
        assert [item["ref"] for item in client.get("/v2.1/orders").json()["items"]] == made

    def test_are_listed_by_something_in_strict_mode(self, strict: Client) -> None:
        message = "referenceId: is required in strict mode, or guestRef."
        assert flaws(strict.get("/v2.1/orders")) == message
