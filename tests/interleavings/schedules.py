"""Two operations on two connections, one statement after the other in an order that is chosen.

Each is what a server would run in a transaction of its own. What must hold afterwards: the
answers and the rows are those of one operation after the other, and rows hold together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from msgspec import Struct
from tests.interleavings.actors import Actor, Bound
from tests.interleavings.footprints import (
    Footprint,
    Schema,
    changes_of,
    read_schema,
    reads_of,
    touching,
)
from tests.interleavings.places import Place, connect

from orderfolio.operations import deletions, organisations
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Problem


class Ending(Struct, frozen=True):
    """What the two were answered, in their order, and what is there afterwards. `earlier` is who
    committed first, 0 or 1; `between` what could be read then, and `after` once both had."""

    answers: tuple[str, str]
    contents: tuple[str, ...]
    earlier: int
    between: str
    after: str

    def is_as(self, turn: Ending) -> bool:
        """Whether it is that of one after the other, as `turn`, to those who read meanwhile,
        too: whoever came first is seen no later than who came then."""
        between = turn.between if self.earlier == turn.earlier else turn.after
        return (self.answers, self.contents) == (turn.answers, turn.contents) and (
            self.between,
            self.after,
        ) == (between, turn.after)


class Schedule(Struct, frozen=True):
    """The first runs so many statements, then the second as many as it can; then the first to
    its end, and the second. Who is at its end commits at once, or,
    where `waits`, the second only once the first did.

    Where one has to wait for the other, the other goes on.
    """

    steps: int
    waits: bool = False


class Pair:
    """Two connections, on which any two operations can meet. `lead` is who is first: 0 or 1."""

    def __init__(
        self, place: Place, schema: Schema, actors: tuple[Actor, Actor], house: Actor
    ) -> None:
        # How many were run.
        self.schedules = 0
        self._place = place
        self._schema = schema
        self._actors = actors
        self._house = house
        self._contents: tuple[str, ...] = ()
        self._seen: list[tuple[Actor, str]] = []

    @property
    def given_up(self) -> int:
        """How often the server gave one of the two up, because each waited for the other."""
        return sum(actor.given_up for actor in self._actors)

    async def explore(self, bound: tuple[Bound, Bound]) -> list[str]:
        """What goes wrong in the first schedule in which anything does, in words."""
        known: list[Problem] = []
        expected: list[Ending] = []
        marks: list[list[Footprint]] = []
        for lead in (0, 1):
            ending, footprints = await self.in_turn(bound, lead)
            expected.append(ending)
            marks.append(footprints)
            known += await self._place.problems()
        settled: list[Ending] = []
        for lead in (0, 1):
            held_up = set()
            for schedule in schedules(marks[lead], marks[1 - lead]):
                if schedule.waits and schedule.steps in held_up:
                    # The second couldn't have committed: it was the same.
                    continue
                self.schedules += 1
                ending, is_held_up = await self.meet(bound, lead, schedule)
                if is_held_up:
                    held_up.add(schedule.steps)
                problems = await self._place.problems()
                if any(map(ending.is_as, expected)) and all(one in known for one in problems):
                    continue
                settled = settled or await self._turns_tidied(bound)
                if found := await self._settled(bound, lead, schedule, settled):
                    return found
        return []

    async def in_turn(
        self, bound: tuple[Bound, Bound], lead: int
    ) -> tuple[Ending, list[Footprint]]:
        """How it ends where one comes after the other; and where the first one went."""
        first, second = await self._prepare(bound, lead)
        await self._whole(first)
        footprints = [
            self._schema.footprint(request.spelling, request.values) for request in first.taken
        ]
        await self._whole(second)
        return self._ending(), footprints

    async def meet(
        self, bound: tuple[Bound, Bound], lead: int, schedule: Schedule
    ) -> tuple[Ending, bool]:
        """How it ends; and whether the second had to wait for the first."""
        first, second = await self._prepare(bound, lead)
        await first.begin()
        await first.go(schedule.steps)
        await second.begin()
        await second.go()
        is_held_up = not second.is_through
        if not is_held_up and not schedule.waits:
            await self._finish(second)
        while not (first.is_finished and second.is_finished):
            await self._finish_one(first, second)
        return self._ending(), is_held_up

    def close(self) -> None:
        """Let go of the connections."""
        for actor in (*self._actors, self._house):
            actor.leave()

    async def _settled(
        self, bound: tuple[Bound, Bound], lead: int, schedule: Schedule, expected: list[Ending]
    ) -> list[str]:
        """What is wrong still once all is deleted that only had been hidden: until then, more
        or less of that may be there, which nobody sees."""
        await self.meet(bound, lead, schedule)
        ended = await self._tidied()
        where = f"{('the first', 'the other')[lead]} leads, {schedule}"
        problems = [f"{where}: {problem.text}" for problem in await self._place.problems()]
        if not any(map(ended.is_as, expected)):
            problems.append(f"{where}: {_difference(ended, expected)}")
        return problems

    async def _turns_tidied(self, bound: tuple[Bound, Bound]) -> list[Ending]:
        """How the two end one after the other, once all of that is deleted."""
        expected = []
        for lead in (0, 1):
            await self.in_turn(bound, lead)
            expected.append(await self._tidied())
        return expected

    async def _tidied(self) -> Ending:
        await self._house.begin()
        await self._house.go()
        await self._house.finish()
        assert self._house.answer == "None"
        self._contents = await self._place.contents()
        return self._ending()

    async def _whole(self, actor: Actor) -> None:
        await actor.begin()
        await actor.go()
        await self._finish(actor)

    async def _prepare(self, bound: tuple[Bound, Bound], lead: int) -> tuple[Actor, Actor]:
        await self._place.restore()
        self._seen.clear()
        for actor, one in zip(self._actors, bound, strict=True):
            actor.give(one)
        self._house.give((_delete_all, ()))
        return self._actors if lead == 0 else (self._actors[1], self._actors[0])

    async def _finish(self, actor: Actor) -> None:
        await actor.finish()
        if not self._seen:
            self._seen.append((actor, await self._place.sight()))
            return
        self._contents = await self._place.contents()
        self._seen.append((actor, await self._place.sight_of_contents()))

    async def _finish_one(self, first: Actor, second: Actor) -> None:
        for actor, rival in ((first, second), (second, first)):
            if actor.is_finished:
                continue
            if actor.is_back:
                if not rival.is_finished:
                    continue
                await actor.begin()
            await actor.go()
            if actor.is_through:
                await self._finish(actor)
                return
        # Each waits for the other: the server will give one of them up.
        waiting = [actor.fetching for actor in (first, second) if actor.fetching is not None]
        if waiting:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)

    def _ending(self) -> Ending:
        first, second = self._actors
        (earlier, between), (_, after) = self._seen
        return Ending(
            answers=(first.answer, second.answer),
            contents=self._contents,
            earlier=self._actors.index(earlier),
            between=between,
            after=after,
        )


async def a_pair(place: Place, url: str) -> Pair:
    first, second, house = [Actor(place, await connect(url), number) for number in (1, 2, 3)]
    return Pair(place, await read_schema(place.connection), (first, second), house)


def schedules(first: Sequence[Footprint], second: Sequence[Footprint]) -> Iterator[Schedule]:
    """Those that may end in ways of their own, by where the statements of the two went.

    A statement of the first that meets none of the second's may as well come after all of them
    as before: of schedules that differ in no other, one is enough. Until either commits, only
    what both change or hold counts: nobody sees what the other has written. Where the second
    commits, so does what the first looks at later on. And what is one after the other in every
    way but its order of statements needn't be run at all.
    """
    looked_at, changed = reads_of(second), changes_of(second)
    meets = touching(changes_of(first), looked_at + changed)
    for steps, footprint in enumerate(first, 1):
        contends = touching(footprint.changes, changed)
        if contends or touching(footprint.reads, changed):
            yield Schedule(steps)
        if contends or (steps == 1 and meets):
            yield Schedule(steps, waits=True)


def _difference(ending: Ending, expected: list[Ending]) -> str:
    """Where an ending is further from what it may be than it should."""
    answers = [
        answer for answer in ending.answers if all(answer not in e.answers for e in expected)
    ]
    rows = set("\n".join(ending.contents).split("\n"))
    ways = [set("\n".join(e.contents).split("\n")) for e in expected]
    way = min(ways, key=lambda way: len(way ^ rows))
    if not answers and way == rows:
        return f"read once one had committed: {ending.between}; and then: {ending.after}"
    return (
        f"answers {answers or ending.answers}; "
        f"missing {sorted(way - rows)}; there instead {sorted(rows - way)}"
    )


async def _delete_all(tx: Transaction) -> None:
    """All that is hidden, or of nobody any more, as the house does by and by."""
    while await deletions.advance_any(tx):
        pass
    while await organisations.remove_left(tx):
        pass
