"""What a statement touches lies in its footprint, and a schedule that is left out for that ends as
the one that is run in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import pytest
from tests.interleavings import schedules as scheduling
from tests.interleavings.actors import Bound
from tests.interleavings.doings import doings
from tests.interleavings.footprints import Area, Footprint, Schema, read_schema
from tests.interleavings.places import a_place, connect
from tests.interleavings.schedules import Ending, Pair, Schedule, a_pair, schedules
from tests.interleavings.test_pairs import ALL, PAIRS
from tests.store.engines import empty
from tests.store.test_postgres_catalogue import Catalogue

from orderfolio.store.connections import Value
from orderfolio.store.postgres.spelling import spelt

# Few schedules each; of all pairs, one in sixty.
COMPARED: Final = (
    PAIRS[::60]
    if ALL
    else [
        ("order: amend", "order: remove as seen"),
        ("order: post a new one", "guest: create"),
        ("item: remove the other", "consumer: move"),
        ("contact: ada by ref", "guest: mark ada"),
        ("extension: amend", "answer: forget"),
        ("tallies: fold some", "order: post a new one"),
        ("credential: ensure", "organisation: rename"),
        ("rule: remove", "rule: add a fourth"),
    ]
)


class Comparison:
    """A pair, on a loop of its own, that tries what is left out, too."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._pair, self._doings = runner.run(self._made(url))

    def unlike(self, one: str, other: str) -> list[tuple[int, Schedule]]:
        """Who led in which of those that end otherwise than what is run in their place."""
        return self._runner.run(self._unlike(one, other))

    def close(self) -> None:
        self._pair.close()
        self._place.leave()

    async def _made(self, url: str) -> tuple[Pair, dict[str, Bound]]:
        await empty(url)
        self._place = await a_place(url)
        return await a_pair(self._place, url), dict(doings(self._place.world))

    async def _unlike(self, one: str, other: str) -> list[tuple[int, Schedule]]:
        bound = self._doings[one], self._doings[other]
        turns = [await self._pair.in_turn(bound, lead) for lead in (0, 1)]
        found = []
        for lead in (0, 1):
            first, second = turns[lead][1], turns[1 - lead][1]
            run = list(schedules(first, second))
            for waits in (False, True):
                # Nothing of the first before the second is one after the other, by who commits.
                instead: Ending | None = turns[lead if waits else 1 - lead][0]
                for steps in range(1, len(first) + 1):
                    schedule = Schedule(steps, waits=waits)
                    ending = await self._ending(bound, lead, schedule)
                    if schedule in run:
                        instead = ending
                    elif ending is not None and instead is not None and ending != instead:
                        found.append((lead, schedule))
        return found

    async def _ending(
        self, bound: tuple[Bound, Bound], lead: int, schedule: Schedule
    ) -> Ending | None:
        """None where it was chance: which of two that wait for each other is given up."""
        before = self._pair.given_up
        ending, _ = await self._pair.meet(bound, lead, schedule)
        return ending if self._pair.given_up == before else None


@pytest.fixture(scope="module")
def comparison(migrated: str) -> Iterator[Comparison]:
    with asyncio.Runner() as runner:
        comparison = Comparison(migrated, runner)
        yield comparison
        comparison.close()


@pytest.fixture(scope="module")
def catalogue(migrated: str) -> Iterator[Catalogue]:
    catalogue = Catalogue(migrated)
    yield catalogue
    catalogue.close()


@pytest.fixture(scope="module")
def schema(migrated: str) -> Schema:
    async def read() -> Schema:
        connection = await connect(migrated)
        try:
            return await read_schema(connection)
        finally:
            connection.terminate()

    return asyncio.run(read())


def _footprint(schema: Schema, statement: str, **values: Value) -> Footprint:
    spelling = spelt()[statement]
    return schema.footprint(spelling, dict.fromkeys(spelling.parameters, 0) | values)


class TestFootprints:
    @pytest.mark.parametrize("name", spelt())
    def test_have_every_table_that_the_plan_has(
        self, catalogue: Catalogue, schema: Schema, name: str
    ) -> None:
        footprint = _footprint(schema, name)
        there = {area.table for area in (*footprint.reads, *footprint.changes)}
        steps = catalogue.plan(spelt()[name].one)
        assert {step["Relation Name"] for step in steps if "Relation Name" in step} <= there

    def test_change_something_where_a_statement_writes_or_holds(self, schema: Schema) -> None:
        changing = {name for name in spelt() if _footprint(schema, name).changes}
        writing = {name for name, one in spelt().items() if one.writes or one.holds}
        assert changing == writing

    def test_are_of_the_row_that_is_named_whole(self, schema: Schema) -> None:
        footprint = _footprint(schema, "orders_update", organisation=1, ref=b"r", shard=7)
        row = Area("orders", {"organisation": 1, "ref": b"r", "shard": 7})
        assert footprint == Footprint((row,), (row,))

    def test_have_what_a_view_looks_at_for_the_order(self, schema: Schema) -> None:
        footprint = _footprint(schema, "items_find_for_update", organisation=1, ref=b"r", shard=7)
        row = Area("items", {"organisation": 1, "ref": b"r", "shard": 7})
        people = Area("people", {"organisation": 1, "shard": 7})
        assert footprint == Footprint((row, Area("deletions", {"organisation": 1}), people), (row,))

    def test_are_whole_tables_where_the_text_tells_no_better(self, schema: Schema) -> None:
        footprint = _footprint(schema, "tallies_take", limit=5)
        assert footprint.changes == (Area("tallies", {}),)

    def test_know_rows_apart_by_no_key_where_more_is_unique(self, schema: Schema) -> None:
        one = _footprint(schema, "organisations_insert", organisation=1, name="shop")
        other = _footprint(schema, "organisations_insert", organisation=2, name="shop")
        assert one.changes[0].meets(other.changes[0])

    def test_meet_where_a_row_may_be_in_both(self, schema: Schema) -> None:
        row = _footprint(schema, "people_update", organisation=1, ref=b"r", shard=7).changes[0]
        assert row.meets(Area("people", {"shard": 7}))
        assert not row.meets(Area("people", {"shard": 8}))
        assert not row.meets(Area("orders", {"shard": 7}))


class TestWhatIsLeftOut:
    @pytest.mark.parametrize(("one", "other"), COMPARED)
    def test_ends_as_what_is_run_in_its_place(
        self, comparison: Comparison, one: str, other: str
    ) -> None:
        assert comparison.unlike(one, other) == []

    def test_is_found_to_end_otherwise_where_footprints_are_overlooked(
        self, comparison: Comparison, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scheduling, "touching", lambda *_: False)
        assert comparison.unlike("order: amend", "order: remove as seen") != []
