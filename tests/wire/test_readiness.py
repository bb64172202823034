"""`/readyz`: what a balancer learns, and what asking costs the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from tests.wire.clients import Client, an_application, refusal

from orderfolio.errors import Unavailable
from orderfolio.store.contract import Store
from orderfolio.wire.faults import Refusal
from orderfolio.wire.readiness import Readiness
from orderfolio.wire.server import serve


class Database:
    """A store in front of a real one, that counts what it is asked and may not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked = 0
        self.before: Callable[[], Awaitable[None]] = _at_once

    async def transact(self, operation: Any, /, *arguments: Any, **named: Any) -> Any:
        self.asked += 1
        await self.before()
        return await self._store.transact(operation, *arguments, **named)

    async def read(self, operation: Any, /, *arguments: Any, **named: Any) -> Any:
        return await self._store.read(operation, *arguments, **named)

    async def read_shared(self, operation: Any, /, *arguments: Any, **named: Any) -> Any:
        return await self._store.read_shared(operation, *arguments, **named)

    async def scrub(self) -> bool:
        return await self._store.scrub()

    def cursor_key(self) -> bytes:
        return self._store.cursor_key()

    async def close(self) -> None:
        await self._store.close()


async def _at_once() -> None:
    """A database that answers."""


async def _away() -> None:
    raise Unavailable("the database went away")


async def _silent() -> None:
    await asyncio.sleep(60)


class Moment:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def database(store: Store) -> Database:
    return Database(store)


async def reason(readiness: Readiness) -> str | None:
    """Why it isn't ready; None where it is."""
    try:
        await readiness.check()
    except Refusal as error:
        return error.message
    return None


AWAY = "The server is not ready: the database doesn't answer."


class TestProbe:
    def test_asks_once_however_many_want_to_know(
        self, runner: asyncio.Runner, database: Database
    ) -> None:
        readiness = Readiness(database)

        async def ask() -> list[str | None]:
            return await asyncio.gather(*(reason(readiness) for _ in range(50)))

        assert runner.run(ask()) == [None] * 50
        assert database.asked == 1

    def test_asks_again_after_a_second_and_not_before(
        self, runner: asyncio.Runner, database: Database
    ) -> None:
        clock = Moment()
        readiness = Readiness(database, monotonic_seconds=clock)
        assert runner.run(reason(readiness)) is None
        database.before = _away
        clock.seconds += 0.9
        assert runner.run(reason(readiness)) is None
        clock.seconds += 0.2
        assert runner.run(reason(readiness)) == AWAY
        database.before = _at_once
        clock.seconds += 1.1
        assert runner.run(reason(readiness)) is None
        assert database.asked == 3

    def test_a_database_that_is_silent_is_given_up_in_time(
        self, runner: asyncio.Runner, database: Database
    ) -> None:
        database.before = _silent
        began = time.monotonic()
        assert runner.run(reason(Readiness(database, probe_seconds=0.05))) == AWAY
        assert time.monotonic() - began < 5

    def test_goes_on_when_the_first_to_ask_goes_away(
        self, runner: asyncio.Runner, database: Database
    ) -> None:
        go = asyncio.Event()

        async def wait() -> None:
            await go.wait()

        async def ask() -> str | None:
            database.before = wait
            readiness = Readiness(database)
            first = asyncio.create_task(reason(readiness))
            second = asyncio.create_task(reason(readiness))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            first.cancel()
            go.set()
            return await second

        assert runner.run(ask()) is None
        assert database.asked == 1


class TestReadyz:
    def test_tells_the_reason_and_healthz_knows_none(
        self, runner: asyncio.Runner, database: Database
    ) -> None:
        database.before = _away
        client = Client(runner, an_application(database))
        answer = client.get("/readyz")
        body = refusal(answer, 503)
        assert body["message"] == AWAY
        assert body["moreInfoUrl"].endswith("/errors#not-ready")
        assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").json() == {"status": "alive"}

    def test_says_that_the_server_is_about_to_stop(
        self, runner: asyncio.Runner, store: Store
    ) -> None:
        readiness = Readiness(store)
        client = Client(runner, an_application(store, readiness=readiness))
        assert client.get("/readyz").status_code == 200
        readiness.stop()
        message = refusal(client.get("/readyz"), 503)["message"]
        assert message == "The server is not ready: it is about to stop."
        assert client.get("/healthz").status_code == 200


class TestDraining:
    def test_new_connections_are_answered_until_it_ends(
        self, runner: asyncio.Runner, store: Store
    ) -> None:
        async def run() -> list[int]:
            readiness = Readiness(store)
            stop = asyncio.Event()
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(
                serve(
                    an_application(store, readiness=readiness),
                    "127.0.0.1",
                    0,
                    on_listening=port.set_result,
                    drain_seconds=2.0,
                    on_stopping=readiness.stop,
                    stop=stop,
                )
            )
            # Each request is a connection of its own.
            limits = httpx.Limits(max_keepalive_connections=0)
            url = f"http://127.0.0.1:{await port}"
            async with httpx.AsyncClient(base_url=url, limits=limits) as client:
                answers = [await client.get("/readyz")]
                stop.set()
                await asyncio.sleep(0.1)
                answers += [await client.get("/readyz"), await client.get("/healthz")]
                await serving
                with pytest.raises(httpx.ConnectError):
                    await client.get("/healthz")
            return [answer.status_code for answer in answers]

        assert runner.run(run()) == [200, 503, 200]
