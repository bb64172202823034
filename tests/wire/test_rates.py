"""A limit on how many requests an organisation may send."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest
from tests.wire.clients import OTHERS, Client, an_application, refusal

from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation
from orderfolio.wire import application
from orderfolio.wire.faults import Refusal
from orderfolio.wire.rates import Rates

Limited = Callable[[int], Client]

ONE, OTHER = Organisation(1), Organisation(2)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def told(answer: httpx.Response) -> list[str]:
    """The limit, what is left of it, and when it is whole again."""
    names = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
    return [answer.headers[name] for name in names if name in answer.headers]


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
        assert rates.take(ONE)[1] == (b"ratelimit-remaining", b"1")
        clock.seconds += 3600
        for _ in range(2):
            rates.take(ONE)
        with pytest.raises(Refusal):
            rates.take(ONE)
        clock.seconds += 0.5
        rates.take(ONE)


class TestRequests:
    @pytest.fixture
    def limited(
        self, runner: asyncio.Runner, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> Limited:
        """Makes a client of a server with this limit, for whom time stands still."""
        clock = Clock()
        monkeypatch.setattr(application, "Rates", lambda per_second: Rates(per_second, clock))
        return lambda limit: Client(runner, an_application(store, requests_per_second=limit))

    def test_one_too_many_is_told_when_to_come_again(self, limited: Limited) -> None:
        client = limited(1)
        assert client.get("/v2.1/orders").status_code == 200
        answer = client.get("/v2.1/orders")
        assert refusal(answer, 429)["message"] == "Too many requests."
        assert answer.headers["retry-after"] == "1"
        assert told(answer) == ["1", "0", "1"]
        assert client.as_(OTHERS).get("/v2.1/orders").status_code == 200

    def test_every_answer_tells_what_is_left(self, limited: Limited) -> None:
        client = limited(3)
        assert told(client.get("/v2.1/orders")) == ["3", "2", "1"]
        assert told(client.get("/v2.1/nothing")) == ["3", "1", "1"]
        assert told(client.as_(OTHERS).post("/v2.1/orders", {})) == ["3", "2", "1"]
        assert told(client.as_(("client-one", "wrong")).get("/v2.1/orders")) == []

    def test_wrong_credentials_count_for_nobody(self, limited: Limited) -> None:
        client = limited(1)
        for _ in range(3):
            assert client.as_(("client-one", "wrong")).get("/v2.1/orders").status_code == 401
        assert client.get("/v2.1/orders").status_code == 200

    def test_without_a_limit_nothing_is_counted_or_told(self, client: Client) -> None:
        answers = [client.get("/v2.1/orders") for _ in range(20)]
        assert [answer.status_code for answer in answers] == [200] * 20
        assert told(answers[0]) == []
