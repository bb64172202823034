"""Two operations on two connections, one statement after the other in an order that is chosen.

Each is what a server would run in a transaction of its own. What must hold afterwards: the
answers and the rows are those of one operation after the other, and rows hold together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from msgspec import Struct
from tests.interleavings.actors import Actor, Bound
from tests.interleavings.places import Place, connect

from orderfolio.operations import deletions, organisations
from orderfolio.store.contract import Transaction


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
    """The first runs so many statements, then the second as many as it can, or `pause` of
    them; then the first to its end, and the second. Who is at its end commits at once, or,
    where `waits`, the second only once the first did.

    Where one has to wait for the other, the other goes on.
    """

    steps: int
    pause: int | None = None
    waits: bool = False


class Pair:
    """Two connections, on which any two operations can meet. `lead` is who is first: 0 or 1."""

    def __init__(self, place: Place, actors: tuple[Actor, Actor], house: Actor) -> None:
        self._place = place
        self._actors = actors
        self._house = house
        self._seen: list[tuple[Actor, str]] = []

    async def explore(self, bound: tuple[Bound, Bound]) -> list[str]:
        """What goes wrong in the first schedule in which anything does, in words."""
        expected, lengths, known = [], [], []
        for lead in (0, 1):
            ending, statements = await self._in_turn(bound, lead)
            expected.append(ending)
            lengths.append(statements)
            known += await self._place.problems()
        for lead in (0, 1):
            for schedule in schedules(lengths[lead]):
                ending = await self._meet(bound, lead, schedule)
                problems = await self._place.problems()
                if any(map(ending.is_as, expected)) and all(one in known for one in problems):
                    continue
                if found := await self._settled(bound, lead, schedule):
                    return found
        return []

    def close(self) -> None:
        """Let go of the connections."""
        for actor in (*self._actors, self._house):
            actor.leave()

    async def _settled(
        self, bound: tuple[Bound, Bound], lead: int, schedule: Schedule
    ) -> list[str]:
        """What is wrong still once all is deleted that only had been hidden: until then, more
        or less of that may be there, which nobody sees."""
        expected = []
        for turn in (0, 1):
            await self._in_turn(bound, turn)
            expected.append(await self._tidied())
        await self._meet(bound, lead, schedule)
        ended = await self._tidied()
        where = f"{('the first', 'the other')[lead]} leads, {schedule}"
        problems = [f"{where}: {problem.text}" for problem in await self._place.problems()]
        if not any(map(ended.is_as, expected)):
            problems.append(f"{where}: {_difference(ended, expected)}")
        return problems

    async def _tidied(self) -> Ending:
        await self._house.begin()
        await self._house.go()
        await self._house.finish()
        assert self._house.answer == "None"
        return await self._ending()

    async def _in_turn(self, bound: tuple[Bound, Bound], lead: int) -> tuple[Ending, int]:
        """How it ends where one comes after the other; and how many statements the first is."""
        first, second = await self._prepare(bound, lead)
        for actor in (first, second):
            await actor.begin()
            await actor.go()
            await self._finish(actor)
        return await self._ending(), first.statements

    async def _meet(self, bound: tuple[Bound, Bound], lead: int, schedule: Schedule) -> Ending:
        first, second = await self._prepare(bound, lead)
        await first.begin()
        await first.go(schedule.steps)
        await second.begin()
        await second.go(schedule.pause)
        if second.is_through and not schedule.waits:
            await self._finish(second)
        while not (first.is_finished and second.is_finished):
            await self._finish_one(first, second)
        return await self._ending()

    async def _prepare(self, bound: tuple[Bound, Bound], lead: int) -> tuple[Actor, Actor]:
        await self._place.restore()
        self._seen.clear()
        for actor, one in zip(self._actors, bound, strict=True):
            actor.give(one)
        self._house.give((_delete_all, ()))
        return self._actors if lead == 0 else (self._actors[1], self._actors[0])

    async def _finish(self, actor: Actor) -> None:
        await actor.finish()
        self._seen.append((actor, await self._place.sight()))

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

    async def _ending(self) -> Ending:
        first, second = self._actors
        (earlier, between), (_, after) = self._seen
        return Ending(
            answers=(first.answer, second.answer),
            contents=await self._place.contents(),
            earlier=self._actors.index(earlier),
            between=between,
            after=after,
        )


async def a_pair(place: Place, url: str) -> Pair:
    first, second, house = [Actor(place, await connect(url), number) for number in (1, 2, 3)]
    return Pair(place, (first, second), house)


def schedules(statements: int) -> Iterator[Schedule]:
    """Those for a first operation of so many statements."""
    for steps in range(1, statements):
        yield Schedule(steps)
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
