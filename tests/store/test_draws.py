"""Draws: refs that only ever grow, and the same ones in each run."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from hypothesis import given, strategies as st
from tests.store.spelling import SPELLING

from orderfolio.model import refs
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.draws import Drawn, Draws, Source
from orderfolio.store.records import GuestRow, Organisation
from orderfolio.store.sqlite import open_store

KEY = bytes(32)
NOON = 1_700_000_000_000_000


def source(clock: list[int], last: Ref | None = None) -> Source:
    return Source(KEY, last, lambda: clock[0], random.Random(0).randbytes)


def guest_row(organisation: Organisation, ref: Ref, now: Instant) -> GuestRow:
    return GuestRow(
        organisation=organisation,
        ref=ref,
        version=1,
        created_at=now,
        modified_at=now,
        guest=Guest(guest_type="visitor"),
    )


class TestRefs:
    @given(st.lists(st.integers(-5_000_000, 5_000_000), min_size=1, max_size=50))
    def test_they_grow_whatever_the_clock_does(self, steps: list[int]) -> None:
        clock = [NOON]
        drawing = source(clock)
        drawn = []
        for step in steps:
            clock[0] += step
            drawn.append(drawing.mint(drawing.now(), 3))
        assert drawn == sorted(set(drawn))

    def test_they_tell_time_and_shard(self) -> None:
        drawing = source([NOON])
        ref = drawing.mint(drawing.now(), 0xABCD)
        assert refs.milliseconds_of(ref) == NOON // 1000
        assert refs.shard_of(ref) == 0xABCD
        assert refs.spell(ref)[14] == "7"
        assert refs.spell(ref)[19] in "89ab"

    def test_a_millisecond_that_is_used_up_borrows_from_the_next(self) -> None:
        drawing = source([NOON])
        drawn = [drawing.mint(Instant(NOON), 3) for _ in range(4096 + 1)]
        assert drawn == sorted(set(drawn))
        assert refs.milliseconds_of(drawn[4095]) == NOON // 1000
        assert refs.milliseconds_of(drawn[4096]) == NOON // 1000 + 1

    def test_they_exceed_the_greatest_that_is_there(self) -> None:
        last = refs.mint(NOON // 1000 + 60_000, 4095, (1 << 46) - 1, 0xFFFF)
        assert source([NOON], last).mint(Instant(NOON), 0) > last

    def test_they_grow_across_a_restart_with_the_clock_set_back(self, tmp_path: Path) -> None:
        clock = [NOON]

        async def create(tx: Transaction) -> Ref:
            organisation = await tx.organisations.insert(f"O{clock[0]}", tx.now)
            row = guest_row(organisation.organisation, tx.new_ref(1), tx.now)
            await tx.guests.insert(row)
            return row.ref

        async def opened() -> Ref:
            store = open_store(tmp_path / "orders.db", SPELLING, clock=lambda: clock[0])
            try:
                return await store.transact(create)
            finally:
                await store.close()

        first = asyncio.run(opened())
        clock[0] -= 3_600_000_000
        assert asyncio.run(opened()) > first


class TestRuns:
    def test_a_second_run_draws_the_same(self) -> None:
        draws = Draws(source([NOON]))
        drawn = Drawn(Instant(NOON))
        draws.begin(drawn)
        first = (draws.now, draws.new_ref(1), draws.any_shard(), draws.new_ref(2))
        draws.begin(Drawn(Instant(NOON + 1)))
        draws.new_ref(1)
        draws.begin(drawn)
        assert (draws.now, draws.new_ref(1), draws.any_shard(), draws.new_ref(2)) == first
        draws.rewind()
        assert (draws.now, draws.new_ref(1), draws.any_shard(), draws.new_ref(2)) == first

    def test_a_second_run_may_ask_for_another_shard(self) -> None:
        draws = Draws(source([NOON]))
        first = draws.new_ref(1)
        draws.rewind()
        assert draws.new_ref(2) == first[:14] + b"\0\2"

    def test_a_second_run_may_draw_more(self) -> None:
        draws = Draws(source([NOON]))
        first = draws.new_ref(1)
        draws.rewind()
        assert draws.new_ref(1) == first
        assert draws.new_ref(1) > first


class TestShards:
    def test_they_follow_from_organisation_and_value(self) -> None:
        draws = Draws(source([NOON]))
        of_reference = draws.shard_of_reference(Organisation(1), "R-1")
        assert of_reference == draws.shard_of_reference(Organisation(1), "R-1")
        others = {
            draws.shard_of_reference(Organisation(2), "R-1"),
            draws.shard_of_reference(Organisation(1), "R-2"),
            draws.shard_of_mark(Organisation(1), Mark("", "R-1")),
        }
        assert of_reference not in others

    def test_they_depend_on_the_key(self) -> None:
        one = Draws(Source(bytes(32), None)).shard_of_reference(Organisation(1), "R-1")
        other = Draws(Source(bytes(31) + b"\1", None)).shard_of_reference(Organisation(1), "R-1")
        assert one != other

    @given(st.text(), st.integers(0, 2**31))
    def test_every_text_has_one(self, text: str, organisation: int) -> None:
        draws = Draws(source([NOON]))
        if all(not 0xD800 <= ord(character) < 0xE000 for character in text):
            shard = draws.shard_of_reference(Organisation(organisation), text)
            assert 0 <= shard < refs.SHARDS
