"""Operations that share a transaction leave what one after the other would, in some order: those
that raise, those that are given up, and those that are long among them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from itertools import permutations
from time import monotonic
from typing import Any, Final

import pytest
from tests.interleavings.actors import Bound
from tests.interleavings.doings import doings
from tests.interleavings.places import Place, a_place
from tests.store.engines import empty

from orderfolio.operations import orders
from orderfolio.store.contract import Transaction
from orderfolio.store.draws import Drawn
from orderfolio.store.postgres import runs
from orderfolio.store.postgres.lanes import WritingLane
from orderfolio.store.postgres.presence import Presence
from orderfolio.store.postgres.stages import Stages
from orderfolio.store.postgres.submissions import Queue, Submission
from orderfolio.store.records import Document
from orderfolio.wire.documents import SPELLING

SEEDS: Final = range(30)
PATIENCE_SECONDS: Final = 60.0
# More refs than any of these operations asks for.
DRAWN: Final = 24

Told = tuple[list[str], tuple[str, ...]]
"""What each was answered, and what is there afterwards."""


class Crew:
    """One lane, whose groups are chosen: what is given to it at once shares a transaction."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.place = runner.run(self._opened(url))
        self.doings = dict(doings(self.place.world))

    def together(self, bound: Sequence[Bound], given_up: int | None = None) -> Told:
        """All at once; the caller of one may give it up in the turn after."""
        return self._runner.run(self._together(list(enumerate(bound)), given_up))

    def one_by_one(self, bound: Sequence[Bound], order: Sequence[int]) -> Told:
        return self._runner.run(self._one_by_one(bound, order))

    def follows_an_order(self, told: Told, bound: Sequence[Bound]) -> bool:
        """Whether the same comes of one after the other, in any order."""
        return any(
            self.one_by_one(bound, order) == told for order in permutations(range(len(bound)))
        )

    def problems(self) -> list[Any]:
        return list(self._runner.run(self.place.problems()))

    def close(self) -> None:
        async def end() -> None:
            self._queue.close()
            await self._working
            self.place.leave()

        self._runner.run(end())

    async def _opened(self, url: str) -> Place:
        await empty(url)
        place = await a_place(url)
        self._queue = Queue(1_000, Presence())
        stages = Stages(SPELLING, place.source(0), groups=True)
        self._working = asyncio.create_task(WritingLane(url, self._queue, stages).work())
        return place

    async def _together(self, bound: Sequence[tuple[int, Bound]], given_up: int | None) -> Told:
        await self.place.restore()
        submissions = [self._submitted(number, one) for number, one in bound]
        if given_up is not None:
            await asyncio.sleep(0.001 * given_up)
            submissions[0].future.cancel()
        answers = [await _answer(submission) for submission in submissions]
        if given_up is not None:
            # What was given up may be under way still: the lane does one after the other.
            await _answer(self._submitted(99, (_nothing, ())))
        return answers, await self.place.contents()

    async def _one_by_one(self, bound: Sequence[Bound], order: Sequence[int]) -> Told:
        await self.place.restore()
        answers = [""] * len(bound)
        for number in order:
            answers[number] = await _answer(self._submitted(number, bound[number]))
        return answers, await self.place.contents()

    def _submitted(self, number: int, bound: Bound) -> Submission:
        operation, arguments = bound
        source = self.place.source(number + 1)
        drawn = Drawn(source.now())
        drawn.refs = [source.mint(drawn.now, 0) for _ in range(DRAWN)]
        drawn.shards = [source.shard() for _ in range(DRAWN)]
        ends_at = monotonic() + PATIENCE_SECONDS
        submission = Submission(operation, arguments, {}, drawn, ends_at)
        self._queue.put(submission)
        return submission


async def _answer(submission: Submission) -> str:
    try:
        return repr(await submission.future)
    except asyncio.CancelledError:
        return "given up"
    except Exception as error:  # noqa: BLE001 (an answer, too)
        return repr(error)


async def _nothing(_: Transaction) -> None:
    """Only wait for those before."""


async def _amend_and_raise(tx: Transaction, *arguments: Any) -> Document:
    await orders.amend(tx, *arguments)
    raise ValueError("after it had written")


async def _amend_again_and_again(tx: Transaction, *arguments: Any) -> None:
    for _ in range(12):
        await orders.amend(tx, *arguments)


@pytest.fixture(scope="module")
def crew(migrated: str) -> Iterator[Crew]:
    with asyncio.Runner() as runner:
        crew = Crew(migrated, runner)
        _, arguments = crew.doings["order: amend"]
        crew.doings["order: amend and raise"] = _amend_and_raise, arguments
        crew.doings["order: amend again and again"] = _amend_again_and_again, arguments
        yield crew
        crew.close()


def _batch(crew: Crew, seed: int, size: int) -> list[Bound]:
    """Some of what is mostly done in groups, much of it on the same few resources."""
    chance = random.Random(seed)
    nouns = ("order", "item", "contact", "consumer", "extension", "guest", "answer")
    kinds = [name for name in crew.doings if name.startswith(nouns)]
    return [crew.doings[name] for name in chance.choices(kinds, k=size)]


class TestGroups:
    @pytest.mark.parametrize("seed", SEEDS)
    def test_leave_what_one_after_the_other_would(self, crew: Crew, seed: int) -> None:
        batch = _batch(crew, seed, 3)
        told = crew.together(batch)
        assert crew.problems() == []
        assert crew.follows_an_order(told, batch)

    @pytest.mark.parametrize("seed", range(6))
    def test_of_many_hold_together(self, crew: Crew, seed: int) -> None:
        crew.together(_batch(crew, seed, 40))
        assert crew.problems() == []

    @pytest.mark.parametrize("name", ["order: amend and raise", "order: amend again and again"])
    def test_bear_one_that_raises_and_one_that_is_long(self, crew: Crew, name: str) -> None:
        batch = [crew.doings[one] for one in ("order: amend as seen", name, "contact: ada")]
        told = crew.together(batch)
        assert crew.problems() == []
        assert crew.follows_an_order(told, batch)

    @pytest.mark.parametrize("milliseconds", [0, 1, 3, 10, 30])
    def test_bear_one_that_is_given_up(self, crew: Crew, milliseconds: int) -> None:
        names = ("item: create", "order: amend", "contact: ada")
        batch = [crew.doings[name] for name in names]
        (_, *answers), contents = crew.together(batch, given_up=milliseconds)
        left = [crew.one_by_one(batch, order) for order in ((0, 1, 2), (1, 2))]
        assert (answers, contents) in [(told[1:], rows) for told, rows in left]

    def test_a_hold_that_is_left_out_is_found(
        self, crew: Crew, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(runs, "_may_go_on", lambda *_: True)
        names = ("item: amend", "item: amend as seen")
        batch = [crew.doings[name] for name in names]
        assert not crew.follows_an_order(crew.together(batch), batch)
