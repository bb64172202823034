"""A limit on how many requests an organisation may send."""

from __future__ import annotations

import asyncio

import pytest
from tests.wire.clients import OTHERS, Client, an_application, refusal

from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation
from orderfolio.wire.faults import Refusal
from orderfolio.wire.rates import Rates

ONE, OTHER = Organisation(1), Organisation(2)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


class TestRates:
    def test_a_second_s_worth_may_come_at_once_and_no_more(self) -> None:
        rates = Rates(3, Clock())
        for _ in range(3):
            rates.take(ONE)
        with pytest.raises(Refusal):
            rates.take(ONE)

    def test_another_organisation_has_its_own(self) -> None:
        rates = Rates(1, Clock())
        rates.take(ONE)
        rates.take(OTHER)

    def test_time_allows_more_but_never_more_than_a_second_s_worth(self) -> None:
        clock = Clock()
        rates = Rates(2, clock)
        rates.take(ONE)
        clock.seconds += 3600
        for _ in range(2):
            rates.take(ONE)
        with pytest.raises(Refusal):
            rates.take(ONE)
        clock.seconds += 0.5
        rates.take(ONE)


class TestRequests:
    @pytest.fixture
    def limited(self, runner: asyncio.Runner, store: Store) -> Client:
        return Client(runner, an_application(store, requests_per_second=1))

    def test_one_too_many_is_told_when_to_come_again(self, limited: Client) -> None:
        assert limited.get("/v2.1/orders").status_code == 200
        answer = limited.get("/v2.1/orders")
        assert refusal(answer, 429)["message"] == "Too many requests."
        assert answer.headers["retry-after"] == "1"
        assert limited.as_(OTHERS).get("/v2.1/orders").status_code == 200

    def test_wrong_credentials_count_for_nobody(self, limited: Client) -> None:
        for _ in range(3):
            assert limited.as_(("client-one", "wrong")).get("/v2.1/orders").status_code == 401
        assert limited.get("/v2.1/orders").status_code == 200

    def test_without_a_limit_nothing_is_counted(self, client: Client) -> None:
        answers = [client.get("/v2.1/orders").status_code for _ in range(20)]
        assert answers == [200] * 20
