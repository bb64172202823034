"""PostgreSQL goes away in each way that it can, under callers who keep on writing.

Whoever calls is answered in time and truly; it goes on by itself once the server is back.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic

import pytest
from tests.faults.callers import ANSWER_SECONDS, OURS, Callers, calling, run
from tests.faults.conftest import Place
from tests.faults.outages import OUTAGES
from tests.operations.examples import an_order
from tests.store.spelling import SPELLING

from orderfolio.errors import Unavailable
from orderfolio.operations import orders, organisations
from orderfolio.store.postgres import open_store, stores

# Of the lanes: when it goes, and when it is back.
LINES = 2


def assert_true(callers: Callers, place: Place) -> None:
    assert callers.find_untrue(place.references()) == []
    assert callers.slowest < ANSWER_SECONDS


@pytest.mark.parametrize("kind", OUTAGES)
class TestOutages:
    def test_refuse_in_time_lose_nothing_and_end_by_themselves(
        self, place: Place, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def main() -> None:
            async with calling(place.url) as callers:
                outage = OUTAGES[kind](place)
                await asyncio.to_thread(outage.__enter__)
                try:
                    await callers.see_refusals()
                finally:
                    await asyncio.to_thread(outage.__exit__, None, None, None)
                await callers.see_writes()
            assert_true(callers, place)

        with caplog.at_level(logging.INFO, "orderfolio"):
            run(main())
        assert caplog.messages[-1] == "the database is back"
        assert len(caplog.messages) <= LINES * 3, caplog.messages


class TestClosing:
    @pytest.mark.parametrize("kind", ["stopped", "paused", "held"])
    def test_it_is_not_kept_by_a_database_that_is_away(
        self, place: Place, kind: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(stores, "CLOSE_SECONDS", 0.5)

        async def main() -> None:
            store = await open_store(place.url, SPELLING)
            await store.transact(organisations.create, "shop")
            with OUTAGES[kind](place):
                # Nobody's request: it would be waited for much longer.
                patient = asyncio.create_task(store.transact(orders.create, OURS, an_order()))
                await asyncio.sleep(0.2)
                began = monotonic()
                await store.close()
                assert monotonic() - began < ANSWER_SECONDS / 2
                with pytest.raises(Unavailable):
                    await patient

        run(main())


class TestWaiting:
    def test_too_many_are_refused_at_once(self, place: Place) -> None:
        async def main() -> None:
            store = await open_store(place.url, SPELLING, queue_limit=4)
            await store.transact(organisations.create, "shop")
            callers = Callers(store)
            with OUTAGES["paused"](place):
                calls = [asyncio.create_task(callers.call()) for _ in range(10)]
                await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
                assert callers.slowest < 1
                assert len(callers.refused) == 10 - 4
                await asyncio.gather(*calls)
            await store.close()
            assert_true(callers, place)

        run(main())

    def test_nobody_waits_behind_one_who_is_more_patient(self, place: Place) -> None:
        async def main() -> None:
            store = await open_store(place.url, SPELLING, writing_lanes=1)
            await store.transact(organisations.create, "shop")
            callers = Callers(store)
            with OUTAGES["held"](place):
                patient = asyncio.create_task(store.transact(orders.create, OURS, an_order()))
                await asyncio.gather(callers.call(), callers.call())
                assert callers.slowest < ANSWER_SECONDS
                assert callers.refused == {1, 2}
            await patient
            await store.close()
            assert place.references() == ["R-1"]

        run(main())
