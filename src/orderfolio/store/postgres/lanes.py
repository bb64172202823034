"""Lanes: each with a session of its own, on which groups of submissions are brought through
transactions, again where the server asks for it, until their patience ends."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum
from time import monotonic
from typing import Final

from orderfolio.errors import CannotStart, OutcomeUnknown, Unavailable
from orderfolio.store.contract import Observer
from orderfolio.store.postgres import outcomes
from orderfolio.store.postgres.failures import FAILURES, in_words, is_lost, may_succeed_again
from orderfolio.store.postgres.outcomes import Outcome
from orderfolio.store.postgres.runs import Entangled, Run, Spoiled, run_once, run_together
from orderfolio.store.postgres.sessions import CONNECT_SECONDS, Session, open_session
from orderfolio.store.postgres.stages import Stages
from orderfolio.store.postgres.submissions import Queue, Submission

GROUP_OPERATIONS: Final = 64
# What is left of a submission's patience for the COMMIT, and, where its answer is lost, for
# asking what became of it.
COMMIT_SECONDS: Final = 1.2
ASKING_SECONDS: Final = 0.7
# With less than this, an attempt isn't worth its journey.
_LEAST_SECONDS: Final = 0.1
_PAUSE_SECONDS: Final = 0.1
# For a ROLLBACK or a goodbye; who takes longer is left without.
_PARTING_SECONDS: Final = 0.5

_log = logging.getLogger(__name__)


class Verdict(Enum):
    """What became of an attempt: everybody was answered, or nothing was written and it must
    be made again, together or each alone."""

    ANSWERED = "answered"
    AGAIN = "again"
    ALONE = "alone"


class Lane(ABC):
    """Takes groups from a queue, one after the other, until the queue is closed and empty."""

    def __init__(
        self, url: str, queue: Queue, stages: Stages, observer: Observer | None = None
    ) -> None:
        self._url = url
        self._observer = observer
        self._queue = queue
        self._stages = stages
        self._session: Session | None = None

    async def work(self) -> None:
        """Serve until the queue is closed and empty; never raises for what the server does."""
        try:
            while group := await self._queue.take(GROUP_OPERATIONS):
                await self._serve_whole(group)
        finally:
            await self._part()

    async def _connect(self, seconds: float) -> bool:
        """Open a session where there is none yet: most lanes are idle most of the time."""
        if self._session is not None:
            return True
        try:
            self._session = await open_session(self._url, min(seconds, CONNECT_SECONDS))
        except (*FAILURES, CannotStart) as error:
            self._queue.presence.lose(f"the database can't be reached: {in_words(error)}")
            return False
        self._queue.presence.regain()
        return True

    async def _serve_whole(self, group: list[Submission]) -> None:
        begun_at = monotonic()
        for submission in group:
            submission.begun_at = begun_at
        try:
            for companions in self._stages.sort(group):
                began = monotonic()
                await self._serve(companions)
                if self._observer is not None:
                    self._observer.observe_group(len(companions), monotonic() - began)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001
            # A bug of ours: whoever waits is told, and the next group starts afresh.
            _log.exception("a lane failed")
            self._let_go()
            for submission in group:
                submission.refuse(error)

    async def _serve(self, group: Sequence[Submission]) -> None:
        """Bring a group through together, as long as that can be; else each alone."""
        while len(group) > 1:
            try:
                verdict = await self._attempt(group)
            except Spoiled as spoiled:
                await self._undo()
                await self._serve([spoiled.submission])
                group = [one for one in group if one is not spoiled.submission]
                continue
            if verdict is Verdict.ANSWERED:
                return
            if verdict is Verdict.ALONE:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        for submission in group:
            # What is waited for is the server's to do: no event tells of it.
            while await self._attempt([submission]) is not Verdict.ANSWERED:  # noqa: ASYNC110
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _attempt(self, group: Sequence[Submission]) -> Verdict:
        """Run the group in one transaction. Raises Spoiled, with the transaction still open."""
        group = self._in_time(group)
        if not group:
            return Verdict.ANSWERED
        for submission in group:
            submission.is_running = True
        try:
            return await self._attempt_in_time(group)
        finally:
            for submission in group:
                submission.is_running = False

    async def _attempt_in_time(self, group: Sequence[Submission]) -> Verdict:
        stop = min(submission.ends_at for submission in group) - self._reserve
        if not await self._connect(stop - monotonic()):
            return Verdict.AGAIN
        session = self._session
        assert session is not None  # noqa: S101 - connected above
        runs: list[Run] = []
        try:
            async with asyncio.timeout(stop - monotonic()):
                runs = self._stages.start(group)
                await self._bring(session, runs)
        except Entangled:
            await self._undo()
            return Verdict.ALONE
        except FAILURES as error:
            return await self._recover(group, error)
        finally:
            self._stages.stop(runs)
        return await self._finish(session, runs)

    def _in_time(self, group: Sequence[Submission]) -> list[Submission]:
        """Those who have the time for an attempt and still wait; the others are told."""
        least = monotonic() + self._reserve + _LEAST_SECONDS
        in_time = []
        for submission in group:
            if submission.ends_at < least:
                submission.refuse(Unavailable(self._queue.presence.failure))
            elif not submission.is_abandoned:
                in_time.append(submission)
        return in_time

    async def _recover(self, group: Sequence[Submission], error: BaseException) -> Verdict:
        """After a failure before COMMIT, and so with nothing written."""
        if is_lost(error):
            self._lose(error)
            return Verdict.AGAIN
        await self._undo()
        if len(group) > 1:
            return Verdict.ALONE
        if may_succeed_again(error):
            self._queue.presence.failure = f"the database is busy: {in_words(error)}"
            return Verdict.AGAIN
        group[0].refuse(error)
        return Verdict.ANSWERED

    def _lose(self, error: BaseException) -> None:
        self._queue.presence.lose(f"a transaction was lost: {in_words(error)}")
        self._let_go()

    async def _undo(self) -> None:
        if self._session is None or not self._session.is_in_transaction:
            return
        try:
            async with asyncio.timeout(_PARTING_SECONDS):
                await self._session.execute("ROLLBACK")
        except FAILURES:
            self._let_go()

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.terminate()

    async def _part(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            async with asyncio.timeout(_PARTING_SECONDS):
                await session.close()
        except (*FAILURES, asyncio.CancelledError):
            session.terminate()

    @property
    @abstractmethod
    def _reserve(self) -> float:
        """How many seconds of a submission's patience are kept for what follows its run."""

    @abstractmethod
    async def _bring(self, session: Session, runs: Sequence[Run]) -> None:
        """Bring the runs to their ends, in a transaction of the lane's kind. Raises as
        `run_together`."""

    @abstractmethod
    async def _finish(self, session: Session, runs: Sequence[Run]) -> Verdict:
        """All runs have ended: end the transaction, and answer."""


class WritingLane(Lane):
    """Transactions that write, at READ COMMITTED: what a claim protects is read after it."""

    @property
    def _reserve(self) -> float:
        return COMMIT_SECONDS + ASKING_SECONDS

    async def _bring(self, session: Session, runs: Sequence[Run]) -> None:
        # Not READ WRITE: who makes transactions read-only by default means ours, too.
        await session.begin("READ COMMITTED")
        await run_together(session, runs, merges=self._stages.groups)

    async def _finish(self, session: Session, runs: Sequence[Run]) -> Verdict:
        if not any(run.has_written and run.error is None for run in runs):
            _answer(runs)
            await self._undo()
            return Verdict.ANSWERED
        number = session.number
        try:
            # Before COMMIT, since after it nobody may be there to ask.
            if number is None:
                async with asyncio.timeout(COMMIT_SECONDS):
                    number = (await session.fetch("transactions_number", {}))[0][0]
            word = await session.commit(COMMIT_SECONDS)
        except FAILURES as error:
            if number is None or not is_lost(error):
                return await self._recover([run.submission for run in runs], error)
            return await self._ask(session, number, runs, error)
        if word != "COMMIT":
            # A statement failed unseen: the server has rolled back instead.
            return Verdict.ALONE
        _answer(runs)
        return Verdict.ANSWERED

    async def _ask(
        self, session: Session, number: int, runs: Sequence[Run], error: BaseException
    ) -> Verdict:
        """After a COMMIT whose answer was lost."""
        self._lose(error)
        until = min(run.submission.ends_at for run in runs)
        match await outcomes.ask(self._url, number, session.incarnation, until):
            case Outcome.COMMITTED:
                _answer(runs)
                return Verdict.ANSWERED
            case Outcome.ABORTED:
                return Verdict.AGAIN
            case Outcome.UNKNOWN:
                _log.error("the outcome of a transaction is unknown: %s", in_words(error))
                for run in runs:
                    run.submission.refuse(OutcomeUnknown(self._queue.presence.failure))
                return Verdict.ANSWERED


class ReadingLane(Lane):
    """Reads, each over a snapshot that is younger than who asked for it.

    A statement is a snapshot of its own: who needs one alone is served without a transaction.
    Who asks for another after all begins again, with all who need several, in a transaction.
    """

    @property
    def _reserve(self) -> float:
        return 0.0

    async def _bring(self, session: Session, runs: Sequence[Run]) -> None:
        asking_once = [run for run in runs if self._stages.asks_once(run)]
        if asking_once:
            await session.end_old_plans()
            await run_once(session, asking_once)
        _answer([run for run in asking_once if run.request is None])
        for run in asking_once:
            if run.request is not None:
                run.restart()
        others = [run for run in runs if run.request is not None]
        if others:
            await session.begin("REPEATABLE READ READ ONLY")
            await run_together(session, others)

    async def _finish(self, session: Session, runs: Sequence[Run]) -> Verdict:  # noqa: ARG002
        # Nobody waits for the end of a snapshot: what was read is true already.
        _answer([run for run in runs if not run.submission.is_abandoned])
        await self._undo()
        return Verdict.ANSWERED


def _answer(runs: Sequence[Run]) -> None:
    for run in runs:
        if run.error is None:
            run.submission.answer(run.result)
        else:
            run.submission.refuse(run.error)
