"""Sweeping: counts that were folded don't stay in the way of who counts."""

from __future__ import annotations

import asyncio
import time

import pytest
from tests.clusters import psql
from tests.store.rows import an_organisation
from tests.store.spelling import SPELLING

from orderfolio.store import postgres
from orderfolio.store.postgres import sweeping

GONE_SECONDS = 20
COUNTED = """
INSERT INTO tallies (organisation, list, ref, shard, part, millisecond, change)
SELECT 1, 'orders', int8send(n), 0, '', 0, 1 FROM generate_series(1, 3000) AS n;
DELETE FROM tallies;
"""


def walked_over(url: str) -> int:
    """How many pages a total reads of the tallies' index and rows."""
    plan = psql.ask(
        url,
        "SET enable_seqscan = off; SET enable_bitmapscan = off;"
        "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF)"
        " SELECT sum(change) FROM tallies WHERE organisation = 1 AND list = 'orders'",
    )
    return int(plan.partition("shared hit=")[2].split()[0])


def sweeps(url: str) -> int:
    table = "relid = 'tallies'::regclass"
    return int(psql.ask(url, f"SELECT vacuum_count FROM pg_stat_user_tables WHERE {table}"))


def wait_for_more(url: str, before: int) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    while sweeps(url) == before:
        assert time.monotonic() < deadline, "nobody sweeps"
        time.sleep(0.05)


class TestSweeping:
    def test_leaves_nothing_to_walk_over(self, postgres_url: str) -> None:
        psql.ask(postgres_url, COUNTED)
        before = walked_over(postgres_url)
        # Somebody's snapshot may still see what was deleted a moment ago.
        deadline = time.monotonic() + GONE_SECONDS
        while walked_over(postgres_url) > before // 5 and time.monotonic() < deadline:
            asyncio.run(sweeping.sweep(postgres_url))
        assert walked_over(postgres_url) <= before // 5

    def test_of_a_server_that_is_away_is_left_to_later(self, postgres_url: str) -> None:
        away = postgres_url.replace("127.0.0.1", "127.0.0.2")
        assert not asyncio.run(sweeping.sweep(away))

    def test_begins_when_enough_was_written(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sweeping, "PAUSE_SECONDS", 0.01)
        monkeypatch.setattr(sweeping, "LEAST_WRITES", 3)
        before = sweeps(postgres_url)

        async def write() -> None:
            store = await postgres.open_store(postgres_url, SPELLING)
            try:
                for name in ("one", "two"):
                    await store.transact(an_organisation, name)
                await asyncio.sleep(0.1)
                assert await asyncio.to_thread(sweeps, postgres_url) == before
                await store.transact(an_organisation, "three")
                await asyncio.to_thread(wait_for_more, postgres_url, before)
            finally:
                await store.close()

        asyncio.run(write())
