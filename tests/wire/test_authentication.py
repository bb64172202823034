"""Guessing credentials: who has to wait for it, and who doesn't."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from ipaddress import ip_network
from typing import Any

import pytest
from tests.wire.clients import KEYS, OTHERS, Client, an_application, refusal

from orderfolio.operations.credentials import Access
from orderfolio.store.contract import Store
from orderfolio.wire import authentication
from orderfolio.wire.authentication import (
    TRIES_BY_ADDRESS,
    TRIES_BY_KEY,
    WINDOW_SECONDS,
    Doorkeeper,
)
from orderfolio.wire.faults import Refusal

HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
WRONG = (KEYS[0], "wrong")


class Door:
    """A doorkeeper with a clock that is moved by hand."""

    def __init__(self, runner: asyncio.Runner, store: Store) -> None:
        self._runner = runner
        self.now = 1000.0
        self.keeper = Doorkeeper(store, lambda: self.now)

    def status(self, pair: tuple[str, str], address: str = HERE) -> int:
        """What a request with the pair is answered with; 200 where it is let in."""
        header = "Basic " + b64encode(":".join(pair).encode()).decode()
        try:
            access = self._runner.run(self.keeper.admit(header, address))
        except Refusal as refused:
            return refused.status
        assert isinstance(access, Access)
        assert access.client_key == pair[0]
        return 200


@pytest.fixture
def door(runner: asyncio.Runner, store: Store) -> Door:
    return Door(runner, store)


def test_of_one_key_has_to_wait(client: Client) -> None:
    guessing = client.as_(WRONG).at(HERE)
    found = [guessing.get("/v2.1/orders").status_code for _ in range(TRIES_BY_KEY)]
    assert found == [401] * TRIES_BY_KEY
    answer = guessing.get("/v2.1/orders")
    body = refusal(answer, 429)
    assert body["message"] == "Too many wrong credentials came from this address."
    assert body["moreInfoUrl"].endswith("/errors#too-many-failures")
    assert 0 < int(answer.headers["retry-after"]) <= WINDOW_SECONDS
    assert "www-authenticate" not in answer.headers
    assert client.as_(OTHERS).get("/v2.1/orders").status_code == 200


def test_of_many_keys_has_to_wait(door: Door) -> None:
    guesses = [door.status((f"key-{number}", "wrong")) for number in range(TRIES_BY_ADDRESS)]
    assert guesses == [401] * TRIES_BY_ADDRESS
    assert door.status(("one-more", "wrong")) == 429


def test_a_right_guess_tells_nothing_while_it_has_to_wait(door: Door) -> None:
    for _ in range(TRIES_BY_KEY):
        door.status(WRONG)
    assert (door.status(KEYS), door.status(WRONG)) == (429, 429)
    door.now += WINDOW_SECONDS
    assert (door.status(KEYS), door.status(WRONG)) == (200, 401)


def test_on_this_machine_never_has_to_wait(door: Door) -> None:
    for address in ("127.0.0.1", "::1"):
        found = [door.status(WRONG, address) for _ in range(TRIES_BY_ADDRESS + 1)]
        assert found == [401] * (TRIES_BY_ADDRESS + 1)
        assert door.status(KEYS, address) == 200


def test_elsewhere_locks_nobody_out(door: Door) -> None:
    for _ in range(TRIES_BY_ADDRESS * 2):
        door.status(WRONG, ELSEWHERE)
    assert door.status(WRONG, ELSEWHERE) == 429
    assert door.status(KEYS) == 200


def test_behind_one_address_locks_nobody_out_who_was_there_before(door: Door) -> None:
    assert door.status(KEYS) == 200
    found = [door.status(WRONG) for _ in range(TRIES_BY_KEY * 2)]
    assert found == [401] * TRIES_BY_KEY + [429] * TRIES_BY_KEY
    assert door.status(KEYS) == 200
    for number in range(TRIES_BY_ADDRESS):
        door.status((f"key-{number}", "wrong"))
    assert (door.status(OTHERS), door.status(KEYS)) == (429, 200)


def test_at_one_moment_is_counted_too(door: Door, runner: asyncio.Runner) -> None:
    header = "Basic " + b64encode(b":".join(part.encode() for part in WRONG)).decode()

    async def all_at_once() -> list[int]:
        tries = [door.keeper.admit(header, HERE) for _ in range(TRIES_BY_KEY * 3)]
        found = await asyncio.gather(*tries, return_exceptions=True)
        return [one.status for one in found if isinstance(one, Refusal)]

    statuses = runner.run(all_at_once())
    assert (statuses.count(401), statuses.count(429)) == (TRIES_BY_KEY, TRIES_BY_KEY * 2)


def test_right_ones_at_one_moment_are_none(
    runner: asyncio.Runner, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = store.read_shared

    async def read_in_turns(*question: Any, **named: Any) -> Any:
        await asyncio.sleep(0)
        return await read(*question, **named)

    monkeypatch.setattr(store, "read_shared", read_in_turns)
    keeper = Doorkeeper(store)
    header = "Basic " + b64encode(":".join(KEYS).encode()).decode()

    async def all_at_once() -> list[Access]:
        return await asyncio.gather(
            *(keeper.admit(header, HERE) for _ in range(TRIES_BY_ADDRESS * 2))
        )

    assert len(runner.run(all_at_once())) == TRIES_BY_ADDRESS * 2


def test_none_at_all_is_no_guess(client: Client) -> None:
    nobody = client.as_(None)
    tries = [nobody.get("/v2.1/orders").status_code for _ in range(TRIES_BY_ADDRESS + 1)]
    assert set(tries) == {401}
    headers = {"Authorization": "Bearer x"}
    tries = [
        nobody.send("GET", "/v2.1/orders", headers=headers).status_code
        for _ in range(TRIES_BY_ADDRESS + 1)
    ]
    assert set(tries) == {401}
    assert client.get("/v2.1/orders").status_code == 200


def test_behind_a_trusted_proxy_is_told_from_others(runner: asyncio.Runner, store: Store) -> None:
    proxies = [ip_network("127.0.0.0/8")]
    client = Client(runner, an_application(store, trusted_proxies=proxies), WRONG)

    def status(client: Client, address: str) -> int:
        headers = {"X-Forwarded-For": address}
        return client.send("GET", "/v2.1/orders", headers=headers).status_code

    for _ in range(TRIES_BY_KEY):
        assert status(client, HERE) == 401
    assert (status(client, HERE), status(client, ELSEWHERE)) == (429, 401)
    assert status(client.as_(KEYS), ELSEWHERE) == 200


def test_who_was_let_in_is_remembered_within_a_bound(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "_REMEMBERED", 1)
    assert [door.status(KEYS, place) for place in (HERE, ELSEWHERE)] == [200, 200]
    for _ in range(TRIES_BY_KEY):
        door.status(WRONG, HERE)
        door.status(WRONG, ELSEWHERE)
    assert [door.status(KEYS, place) for place in (HERE, ELSEWHERE)] == [429, 200]
