"""The queue before the lanes of PostgreSQL: who is taken, and who is told that nobody comes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import monotonic
from typing import Any

import pytest

from orderfolio.errors import Unavailable
from orderfolio.model.instants import Instant
from orderfolio.store.contract import Transaction
from orderfolio.store.draws import Drawn
from orderfolio.store.postgres.presence import Presence
from orderfolio.store.postgres.submissions import Queue, SharedSubmission, Submission


async def nothing(tx: Transaction) -> None:
    """An operation that is never run."""


def a_submission(patience_seconds: float = 60.0) -> Submission:
    return Submission(nothing, (), {}, Drawn(Instant(0)), monotonic() + patience_seconds)


def run(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner() as runner:
        runner.run(test)


class TestTaking:
    def test_a_lane_that_finds_only_callers_who_gave_up_goes_on_waiting(self) -> None:
        async def test() -> None:
            queue = Queue(10, Presence())
            lane = asyncio.create_task(queue.take(10))
            await asyncio.sleep(0)
            given_up, wanted = a_submission(), a_submission()
            queue.put(given_up)
            given_up.future.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert not lane.done()
            queue.put(wanted)
            assert await lane == [wanted]
            queue.close()
            assert await queue.take(10) == []

        run(test())

    def test_what_one_turn_brings_is_taken_together_up_to_the_limit(self) -> None:
        async def test() -> None:
            queue = Queue(10, Presence())
            lane = asyncio.create_task(queue.take(3))
            await asyncio.sleep(0)
            submissions = [a_submission() for _ in range(5)]
            for submission in submissions:
                queue.put(submission)
            assert await lane == submissions[:3]
            assert await queue.take(3) == submissions[3:]

        run(test())


class TestWaiting:
    def test_who_waits_for_too_long_is_told_though_no_lane_comes(self) -> None:
        async def test() -> None:
            queue = Queue(10, Presence())
            impatient, patient = a_submission(0.0), a_submission()
            queue.put(patient)
            queue.put(impatient)
            with pytest.raises(Unavailable):
                await asyncio.wait_for(impatient.future, 5)
            assert not patient.future.done()
            assert await queue.take(10) == [patient]

        run(test())

    def test_more_than_the_limit_are_refused_at_once(self) -> None:
        async def test() -> None:
            queue = Queue(1, Presence())
            queue.put(a_submission())
            with pytest.raises(Unavailable, match="too many"):
                queue.put(a_submission())
            queue.close()
            with pytest.raises(Unavailable, match="closed"):
                queue.put(a_submission())

        run(test())


def a_shared_submission(ends_at: float) -> SharedSubmission:
    return SharedSubmission(nothing, (), {}, Drawn(Instant(0)), ends_at)


class TestSharing:
    def test_everybody_who_waits_is_answered(self) -> None:
        async def test() -> None:
            shared = a_shared_submission(60.0)
            others = [shared.join(), shared.join()]
            shared.answer("found")
            assert [await future for future in (shared.future, *others)] == ["found"] * 3

        run(test())

    def test_everybody_who_waits_is_refused(self) -> None:
        async def test() -> None:
            shared = a_shared_submission(60.0)
            other = shared.join()
            shared.refuse(Unavailable("away"))
            for future in (shared.future, other):
                with pytest.raises(Unavailable, match="away"):
                    await future

        run(test())

    def test_who_gives_up_leaves_the_others_their_answer(self) -> None:
        async def test() -> None:
            shared = a_shared_submission(60.0)
            first, second = shared.join(), shared.join()
            shared.future.cancel()
            first.cancel()
            assert not shared.is_abandoned
            shared.answer("found")
            assert await second == "found"

        run(test())

    def test_what_everybody_gave_up_is_not_begun(self) -> None:
        async def test() -> None:
            queue = Queue(10, Presence())
            shared = a_shared_submission(monotonic() + 60.0)
            other = shared.join()
            queue.put(shared)
            for future in (shared.future, other):
                future.cancel()
            assert not shared.may_be_joined(shared.ends_at)
            queue.close()
            assert await queue.take(10) == []

        run(test())

    def test_what_has_begun_is_too_old_for_who_comes_now(self) -> None:
        async def test() -> None:
            shared = a_shared_submission(60.0)
            assert shared.may_be_joined(60.0)
            shared.begun_at = 1.0
            assert not shared.may_be_joined(60.0)

        run(test())

    def test_is_for_those_who_are_about_as_patient(self) -> None:
        async def test() -> None:
            shared = a_shared_submission(60.0)
            assert shared.may_be_joined(60.2)
            assert not shared.may_be_joined(59.9)
            assert not shared.may_be_joined(61.0)

        run(test())
