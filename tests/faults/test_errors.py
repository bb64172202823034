"""What PostgreSQL says instead of doing its work: run again where that can help, and in any
case an answer that callers understand."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from time import monotonic

import pytest
from tests.faults.callers import ANSWER_SECONDS, OURS, calling, run
from tests.faults.conftest import Place
from tests.faults.outages import OURS_AWAY
from tests.operations.examples import an_order
from tests.store.spelling import SPELLING

from orderfolio.errors import Unavailable
from orderfolio.operations import orders, organisations
from orderfolio.store import deadlines
from orderfolio.store.contract import Transaction
from orderfolio.store.postgres import lanes, open_store
from orderfolio.store.postgres.hosts import Place as Host, places
from orderfolio.store.postgres.sessions import open_session
from orderfolio.store.postgres.submissions import Submission
from orderfolio.store.records import Document

STATES = [
    *("40001", "40P01", "55P03", "08001", "08003", "08006", "57P01", "57P02", "25006", "53300"),
    "0A000",
]

LONG_SECONDS = 60.0

# An order is refused by the server itself; a sequence counts on whatever is rolled back.
TRAP = """
CREATE SEQUENCE tries;
GRANT ALL ON SEQUENCE tries TO public;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('tries') <= {times} THEN
        RAISE EXCEPTION 'in the way' USING ERRCODE = '{state}';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@pytest.mark.parametrize("state", STATES)
class TestStates:
    def test_that_pass_are_seen_by_nobody(self, place: Place, state: str) -> None:
        place.sql(TRAP.format(state=state, times=3))

        async def main() -> None:
            async with calling(place.url, callers=3) as callers:
                await callers.see_writes()
            assert callers.refused == callers.unknown == set()
            assert callers.find_untrue(place.references()) == []

        run(main())

    def test_that_stay_are_a_refusal_in_time(
        self, place: Place, state: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.sql(TRAP.format(state=state, times=1_000_000))
        attempts, gone_by, in_time = 0, 0.0, lanes.Lane._in_time

        def impatient(lane: lanes.Lane, group: Sequence[Submission]) -> list[Submission]:
            nonlocal attempts, gone_by
            attempts += 1
            gone_by = LONG_SECONDS if attempts > 3 else 0.0
            return in_time(lane, group)

        async def main() -> None:
            store = await open_store(place.url, SPELLING)
            await store.transact(organisations.create, "shop")
            # Time goes by between attempts alone: none of them is cut short, and the last one's
            # failure is the server's.
            monkeypatch.setattr(lanes, "monotonic", lambda: monotonic() + gone_by)
            monkeypatch.setattr(lanes.Lane, "_in_time", impatient)
            deadlines.begin(LONG_SECONDS)
            with pytest.raises(Unavailable, match="in the way"):
                await store.transact(orders.create, OURS, an_order())
            await store.close()

        run(main())
        assert place.references() == []


class TestTermination:
    @pytest.mark.parametrize("groups", [True, False])
    def test_of_every_connection_over_and_over_loses_nothing(
        self, place: Place, groups: bool
    ) -> None:
        async def main() -> None:
            async with calling(place.url, groups=groups) as callers:
                for _ in range(15):
                    await asyncio.to_thread(place.server.sql, "postgres", OURS_AWAY)
                await callers.see_writes()
            assert callers.find_untrue(place.references()) == []
            assert callers.slowest < ANSWER_SECONDS

        run(main())


class TestDeadlocks:
    def test_of_two_servers_end_with_both_written(self, place: Place) -> None:
        runs, rounds, until = 0, 0, monotonic() + LONG_SECONDS

        async def sell_both(tx: Transaction, first: str, second: str) -> list[Document]:
            nonlocal runs
            runs += 1
            return [await orders.create(tx, OURS, an_order(name)) for name in (first, second)]

        async def main() -> None:
            nonlocal rounds
            one = await open_store(place.url, SPELLING, groups=False)
            two = await open_store(place.url, SPELLING, groups=False)
            await one.transact(organisations.create, "shop")
            # Whether they meet is the machine's to choose; whoever loses runs again.
            while rounds < 5 or runs == 2 * rounds:
                assert monotonic() < until, "they never met"
                pair = f"A-{rounds}", f"B-{rounds}"
                await asyncio.gather(
                    one.transact(sell_both, *pair), two.transact(sell_both, *reversed(pair))
                )
                rounds += 1
            await one.close()
            await two.close()

        run(main())
        written = sorted(f"{name}-{number}" for name in "AB" for number in range(rounds))
        assert sorted(place.references()) == written
        met = f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{place.name}'"
        # It is counted when the session has ended, which nobody waits for.
        while place.sql(met) == "0":
            assert monotonic() < until, "it wasn't a deadlock"


class TestHosts:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("postgresql://u:p@a:1,b:2/orders", [Host("a", 1), Host("b", 2)]),
            ("postgresql://u@a,b/orders", [Host("a", 5432), Host("b", 5432)]),
            ("postgresql://u@/orders?host=a,b&port=1,2", [Host("a", 1), Host("b", 2)]),
            ("postgresql://u@/orders?host=a,b:3&port=2", [Host("a", 2), Host("b", 3)]),
            ("postgresql://[::1]:1,[::2]/orders", [Host("::1", 1), Host("::2", 5432)]),
            ("postgresql://u@a:1/orders", []),
            ("postgresql:///orders?host=/run/postgresql", []),
            ("postgresql://a,b,c/orders?port=1,2", []),
            ("postgresql://a:b,c/orders", []),
        ],
    )
    def test_are_those_of_the_address(self, url: str, expected: list[Host]) -> None:
        assert places(url) == expected

    def test_one_that_hangs_does_not_keep_from_the_next(self, place: Place) -> None:
        async def main(url: str) -> None:
            session = await open_session(url)
            assert await session.fetch("incarnations_find", {})
            session.terminate()

        # The system takes connections to it, and nobody answers.
        with socket.create_server(("127.0.0.1", 0)) as hanging:
            both = f"127.0.0.1:{hanging.getsockname()[1]},127.0.0.1:{place.server.port}"
            run(main(f"postgresql://clerk@{both}/{place.name}?target_session_attrs=read-write"))
