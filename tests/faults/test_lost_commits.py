"""The answer to a COMMIT is lost: callers are told the truth, or that nobody knows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic, sleep

import asyncpg
import pytest
from tests.faults.callers import (
    ANSWER_SECONDS,
    BACK_SECONDS,
    PATIENCE_SECONDS,
    Callers,
    calling,
    run,
)
from tests.faults.conftest import CLERK, Place
from tests.faults.outages import OURS_AWAY
from tests.faults.wires import Fate, Wire, wired
from tests.store.spelling import SPELLING

from orderfolio.operations import organisations
from orderfolio.store.postgres import open_store, outcomes
from orderfolio.store.postgres.lanes import COMMIT_SECONDS
from orderfolio.store.postgres.outcomes import Outcome
from orderfolio.store.postgres.sessions import open_session

CALLS = 40
LONG_SECONDS = 60.0


@asynccontextmanager
async def on_a_wire(
    place: Place, *, groups: bool, patience_seconds: float = PATIENCE_SECONDS
) -> AsyncIterator[tuple[Callers, Wire]]:
    async with wired(place.server.port) as (wire, port):
        url = f"postgresql://{CLERK}@127.0.0.1:{port}/{place.name}?sslmode=disable"
        async with calling(url, groups=groups, patience_seconds=patience_seconds) as callers:
            yield callers, wire
            wire.fate = None
            await callers.see_writes()


def done_twice(place: Place) -> int:
    """What met the order that it had made itself."""
    return int(place.sql("SELECT count(*) FROM orders WHERE version > 1"))


def assert_true(callers: Callers, place: Place) -> None:
    assert callers.find_untrue(place.references()) == []
    assert callers.slowest < callers.patience_seconds + ANSWER_SECONDS - PATIENCE_SECONDS
    assert done_twice(place) == 0


@pytest.mark.parametrize("groups", [True, False])
class TestOnAWire:
    @pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNANSWERED])
    def test_that_breaks_everybody_learns_what_became_of_it(
        self, place: Place, fate: Fate, groups: bool
    ) -> None:
        async def main() -> None:
            # Whoever meets it again and again on a busy machine would be refused, truly, for that.
            unhurried = on_a_wire(place, groups=groups, patience_seconds=LONG_SECONDS)
            async with unhurried as (callers, wire):
                wire.fate, wire.every = fate, 3
                await callers.see_writes(CALLS, LONG_SECONDS)
            assert wire.met > 0
            assert callers.refused == callers.unknown == set()
            assert_true(callers, place)

        run(main())

    def test_that_is_slow_it_is_waited_for(self, place: Place, groups: bool) -> None:
        async def main() -> None:
            async with on_a_wire(place, groups=groups) as (callers, wire):
                wire.late_seconds = COMMIT_SECONDS + 0.1
                wire.fate, wire.every = Fate.LATE, 3
                await callers.see_writes(CALLS)
            assert wire.met > 0
            assert callers.unknown == set()
            assert_true(callers, place)

        run(main())

    def test_that_is_too_slow_nobody_is_told_what_is_not_known(
        self, place: Place, groups: bool
    ) -> None:
        async def main() -> None:
            async with on_a_wire(place, groups=groups) as (callers, wire):
                wire.late_seconds = PATIENCE_SECONDS
                wire.fate = Fate.LATE
                await callers.see_refusals()
            assert callers.unknown
            assert_true(callers, place)

        run(main())

    @pytest.mark.parametrize("fate", [Fate.LOST, Fate.UNANSWERED])
    def test_that_breaks_while_the_server_crashes_nobody_is_told_what_is_not_known(
        self, place: Place, fate: Fate, groups: bool
    ) -> None:
        def crash() -> None:
            place.server.stop("immediate")
            place.server.start()

        async def main() -> None:
            crashing = asyncio.Lock()

            async def meanwhile() -> None:
                async with crashing:
                    if place.server.is_running and wire.fate is not None:
                        wire.fate = None
                        await asyncio.to_thread(crash)

            async with on_a_wire(place, groups=groups) as (callers, wire):
                wire.meanwhile = meanwhile
                for _ in range(4):
                    wire.fate = fate
                    await callers.see_writes(CALLS)
            assert wire.met >= 4
            assert_true(callers, place)

        run(main())


class TestStandbys:
    def test_that_lack_a_write_keep_it_from_being_acknowledged(self, place: Place) -> None:
        """A stop ends the wait for them, and the write stays where it is."""
        waiting = (
            "SELECT count(*) FROM pg_stat_activity "
            f"WHERE wait_event = 'SyncRep' AND usename = '{CLERK}'"
        )

        def end_the_wait() -> None:
            until = monotonic() + BACK_SECONDS
            while place.sql(waiting) != "1":
                assert monotonic() < until, "nobody waits for the standby"
                sleep(0.01)
            place.server.sql("postgres", OURS_AWAY)

        async def main() -> None:
            store = await open_store(place.url, SPELLING)
            await store.transact(organisations.create, "shop")
            callers = Callers(store)
            place.server.set("synchronous_standby_names", "nobody")
            ending = asyncio.create_task(asyncio.to_thread(end_the_wait))
            # A server that knows of the standby still has to tell those of its processes that wait.
            while await callers.call():
                assert not ending.done()
            await ending
            assert len(callers.unknown) == 1
            await store.close()
            assert_true(callers, place)

        try:
            run(main())
        finally:
            place.server.set("synchronous_standby_names", None)


class TestGuessing:
    @pytest.mark.parametrize(
        ("fate", "guess"),
        [(Fate.LOST, Outcome.COMMITTED), (Fate.UNANSWERED, Outcome.ABORTED)],
    )
    def test_in_place_of_asking_is_seen(
        self, place: Place, fate: Fate, guess: Outcome, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def ask(*_: object) -> Outcome:
            return guess

        monkeypatch.setattr(outcomes, "ask", ask)
        is_seen = False

        async def main() -> None:
            nonlocal is_seen
            async with on_a_wire(place, groups=True) as (callers, wire):
                wire.fate, wire.every = fate, 3
                await callers.see_writes(CALLS)
            is_seen = bool(callers.find_untrue(place.references()) or done_twice(place))

        try:
            run(main())
        except* asyncpg.UniqueViolationError:
            # What was done, and is done again, meets its own entry in the audit log.
            is_seen = True
        assert is_seen


class TestAsking:
    def test_what_a_number_meant_before_a_crash_is_not_what_it_means_now(
        self, place: Place
    ) -> None:
        async def main() -> None:
            before = await open_session(place.url)
            await before.execute("BEGIN")
            [[number]] = await before.fetch("transactions_number", {})
            await asyncio.to_thread(place.server.kill)
            await asyncio.to_thread(place.server.start)
            before.terminate()

            async def outcome() -> Outcome:
                until = monotonic() + BACK_SECONDS
                return await outcomes.ask(place.url, number, before.incarnation, until)

            # Nobody has it: the server has forgotten that it gave it.
            assert await outcome() is Outcome.ABORTED
            after = await open_session(place.url)
            assert after.incarnation != before.incarnation
            given = 0
            while given < number:
                await after.execute("BEGIN")
                [[given]] = await after.fetch("transactions_number", {})
                await after.execute("COMMIT")
            assert given == number
            status = await after.fetch("transactions_status", {"number": number})
            assert status[0][0] == "committed"
            after.terminate()
            assert await outcome() is Outcome.UNKNOWN

        run(main())

    @pytest.mark.parametrize(
        ("word", "expected"), [("COMMIT", Outcome.COMMITTED), ("ROLLBACK", Outcome.ABORTED)]
    )
    def test_the_end_of_a_transaction_is_told(
        self, place: Place, word: str, expected: Outcome
    ) -> None:
        async def main() -> None:
            session = await open_session(place.url)
            await session.execute("BEGIN")
            [[number]] = await session.fetch("transactions_number", {})
            until = monotonic() + 0.3
            open_yet = await outcomes.ask(place.url, number, session.incarnation, until)
            assert open_yet is Outcome.UNKNOWN
            await session.execute(word)
            until = monotonic() + BACK_SECONDS
            assert await outcomes.ask(place.url, number, session.incarnation, until) is expected
            session.terminate()

        run(main())
