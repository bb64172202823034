"""Work begun outside a task: what never waits ends there, what waits goes on in one. Answers of
one turn leave at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from typing import Any, cast

import pytest
import uvloop

from orderfolio.wire.turns import OUTBOX_BYTES, Turns, Work, in_task

Run = Callable[[Callable[[set[asyncio.Task[None]]], Coroutine[Any, Any, None]]], None]
NAME: ContextVar[str] = ContextVar("name", default="nobody's")


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Runs a scene, which is given the set of tasks, on either loop."""
    with asyncio.Runner(loop_factory=request.param) as runner:
        yield lambda scene: runner.run(scene(set()))


def test_what_never_waits_has_no_task(run: Run) -> None:
    seen: list[object] = []

    async def work() -> None:
        seen.append(asyncio.current_task())

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        Turns(asyncio.get_running_loop()).begin(work(), tasks)
        assert seen == []
        await asyncio.sleep(0)
        assert seen == [None]
        assert tasks == set()

    run(scene)


def test_what_waits_goes_on_in_a_task_until_it_ends(run: Run) -> None:
    seen: list[str] = []

    async def work(answer: asyncio.Future[str]) -> None:
        seen.append(await answer)
        assert asyncio.current_task() in tasks_of_work
        seen.append(await answer)

    tasks_of_work: set[asyncio.Task[None]] = set()

    async def scene(_: set[asyncio.Task[None]]) -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        Turns(asyncio.get_running_loop()).begin(work(answer), tasks_of_work)
        await asyncio.sleep(0)
        assert len(tasks_of_work) == 1
        answer.set_result("answered")
        await asyncio.wait(tasks_of_work)
        assert seen == ["answered", "answered"]
        assert tasks_of_work == set()

    run(scene)


def test_who_needs_a_task_asks_for_it(run: Run) -> None:
    done = asyncio.Event()

    async def work() -> None:
        await in_task()
        async with asyncio.timeout(5):
            await in_task()
            done.set()

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        Turns(asyncio.get_running_loop()).begin(work(), tasks)
        async with asyncio.timeout(5):
            await done.wait()

    run(scene)


def test_a_context_is_one_from_the_first_step_to_the_last(run: Run) -> None:
    seen: dict[str, list[str]] = {"one's": [], "another's": []}

    async def work(name: str) -> None:
        token = NAME.set(name)
        await asyncio.sleep(0)
        seen[name].append(NAME.get())
        # Fails in any other context than that which set it.
        NAME.reset(token)
        seen[name].append(NAME.get())

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        for name in seen:
            Turns(asyncio.get_running_loop()).begin(work(name), tasks)
        await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        assert seen == {name: [name, "nobody's"] for name in seen}
        assert NAME.get() == "nobody's"

    run(scene)


def test_what_is_begun_by_other_work_and_beside_it_knows_nothing_of_it(run: Run) -> None:
    seen: list[str] = []

    async def look() -> None:
        seen.append(NAME.get())

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        turns = Turns(asyncio.get_running_loop())

        async def work() -> None:
            NAME.set("one's")
            await in_task()
            # As the answer does that lets the next request of its connection begin.
            turns.begin(look(), tasks)

        turns.begin(work(), tasks)
        await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        turns.begin(look(), tasks)
        await asyncio.sleep(0)
        assert seen == ["nobody's", "nobody's"]

    run(scene)


def test_what_is_awaited_may_fail_and_be_awaited_again(run: Run) -> None:
    seen: list[str] = []

    async def work(first: asyncio.Future[str], second: asyncio.Future[str]) -> None:
        try:
            await first
        except LookupError:
            seen.append(await second)

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        first: asyncio.Future[str] = loop.create_future()
        second: asyncio.Future[str] = loop.create_future()
        Turns(loop).begin(work(first, second), tasks)
        await asyncio.sleep(0)
        first.set_exception(LookupError())
        second.set_result("found")
        await asyncio.gather(*tasks)
        assert seen == ["found"]

    run(scene)


@pytest.mark.parametrize("heeds", [True, False])
@pytest.mark.parametrize("turns", [0, 1])
def test_it_can_be_cancelled_where_it_waits(run: Run, turns: int, heeds: bool) -> None:
    seen: list[str] = []
    awaited: list[asyncio.Future[None]] = []

    async def work() -> None:
        awaited.append(asyncio.get_running_loop().create_future())
        try:
            await awaited[0]
        except asyncio.CancelledError:
            seen.append("cancelled")
            if heeds:
                raise

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        Turns(asyncio.get_running_loop()).begin(work(), tasks)
        await asyncio.sleep(0)
        (task,) = tasks
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert seen == ["cancelled"]
        assert awaited[0].cancelled()
        assert task.cancelled() is heeds

    run(scene)


def test_what_fails_at_once_hurts_nobody_else_and_is_told(run: Run) -> None:
    told: list[object] = []
    seen: list[str] = []

    async def fail() -> None:
        raise LookupError

    async def work() -> None:
        seen.append("done")

    async def scene(tasks: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        Turns(loop).begin(fail(), tasks)
        Turns(loop).begin(work(), tasks)
        await asyncio.sleep(0)
        assert seen == ["done"]
        assert [type(one) for one in told] == [LookupError]

    run(scene)


class Wire:
    """Stands for a transport that tells what is written to it, in which order."""

    def __init__(self, name: str, told: list[str], *, fails: bool = False) -> None:
        self._name = name
        self._told = told
        self._fails = fails

    def write(self, _answer: bytes) -> None:
        if self._fails:
            raise RuntimeError(self._name)
        self._told.append(self._name)


def answering(turns: Turns, told: list[str], name: str, size: int = 3, **how: bool) -> Work:
    """Work that answers at once, and tells when it did."""

    async def work() -> None:
        told.append(f"begin {name}")
        turns.write(cast("asyncio.WriteTransport", Wire(name, told, **how)), b"x" * size)

    return work()


class TestAnswers:
    def test_of_a_turn_leave_at_its_end(self, run: Run) -> None:
        told: list[str] = []

        async def scene(tasks: set[asyncio.Task[None]]) -> None:
            turns = Turns(asyncio.get_running_loop())
            for name in ("one", "two"):
                turns.begin(answering(turns, told, name), tasks)
            await asyncio.sleep(0)
            assert told == ["begin one", "begin two", "one", "two"]

        run(scene)

    def test_that_are_long_leave_before_they_are_too_many(self, run: Run) -> None:
        told: list[str] = []

        async def scene(tasks: set[asyncio.Task[None]]) -> None:
            turns = Turns(asyncio.get_running_loop())
            for name in ("one", "two", "three"):
                turns.begin(answering(turns, told, name, OUTBOX_BYTES // 2 + 1), tasks)
            await asyncio.sleep(0)
            assert told == ["begin one", "begin two", "one", "two", "begin three", "three"]

        run(scene)

    def test_of_work_that_has_waited_leave_at_once(self, run: Run) -> None:
        told: list[str] = []

        async def scene(tasks: set[asyncio.Task[None]]) -> None:
            turns = Turns(asyncio.get_running_loop())

            async def work() -> None:
                await in_task()
                await answering(turns, told, "late")
                told.append("end")

            turns.begin(work(), tasks)
            await asyncio.sleep(0)
            await asyncio.gather(*tasks)
            assert told == ["begin late", "late", "end"]

        run(scene)

    def test_leave_though_another_can_t(self, run: Run) -> None:
        told: list[str] = []
        failed: list[object] = []

        async def scene(tasks: set[asyncio.Task[None]]) -> None:
            loop = asyncio.get_running_loop()
            loop.set_exception_handler(lambda _, context: failed.append(context["exception"]))
            turns = Turns(loop)
            turns.begin(answering(turns, told, "one", fails=True), tasks)
            turns.begin(answering(turns, told, "two"), tasks)
            await asyncio.sleep(0)
            assert told == ["begin one", "begin two", "two"]
            assert [type(one) for one in failed] == [RuntimeError]

        run(scene)
