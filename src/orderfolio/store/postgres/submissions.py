"""Submissions: operations on their way to a lane, and the queue in which they wait."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Future, TimerHandle
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, Final

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.store.draws import Drawn
from orderfolio.store.postgres.presence import Presence

# How often those who have waited for too long are looked for.
_SWEEP_SECONDS: Final = 0.2
# By how much sooner than its own patience ends somebody may be told to go.
_AS_PATIENT_SECONDS: Final = 0.25


class Submission:
    """An operation with its arguments, what it drew, and who waits for it, until when.

    Its moments are those of `time.monotonic`: `begun_at` and `ended_at` are 0 until they come.
    `kind` is the same for all that do the same.
    While it `is_running`, it is part of a transaction, and a lane answers it in time.
    """

    __slots__ = (
        "arguments",
        "begun_at",
        "drawn",
        "ended_at",
        "ends_at",
        "future",
        "is_running",
        "kind",
        "named",
        "operation",
        "submitted_at",
    )

    def __init__(
        self,
        operation: Callable[..., Awaitable[Any]],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        drawn: Drawn,
        ends_at: float,
    ) -> None:
        self.operation = operation
        self.kind = _kind_of(operation)
        self.arguments = arguments
        self.named = named
        self.drawn = drawn
        self.ends_at = ends_at
        self.submitted_at = monotonic()
        self.begun_at = 0.0
        self.ended_at = 0.0
        self.is_running = False
        self.future: Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def is_abandoned(self) -> bool:
        return self.future.done()

    def answer(self, result: Any) -> None:
        self.ended_at = monotonic()
        if not self.future.done():
            self.future.set_result(result)

    def refuse(self, error: BaseException) -> None:
        self.ended_at = monotonic()
        if not self.future.done():
            self.future.set_exception(error)


class SharedSubmission(Submission):
    """One whose answer several wait for, each by a future of its own: who gives up leaves the
    others theirs."""

    __slots__ = ("_others",)

    def __init__(
        self,
        operation: Callable[..., Awaitable[Any]],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        drawn: Drawn,
        ends_at: float,
    ) -> None:
        super().__init__(operation, arguments, named, drawn, ends_at)
        self._others: list[Future[Any]] = []

    def may_be_joined(self, ends_at: float) -> bool:
        """Whether somebody with so much patience may wait for it, too: what it sees is younger
        than both, and it isn't given up long before."""
        return (
            not self.begun_at
            and not self.is_abandoned
            and self.ends_at <= ends_at <= self.ends_at + _AS_PATIENT_SECONDS
        )

    def join(self) -> Future[Any]:
        future: Future[Any] = self.future.get_loop().create_future()
        self._others.append(future)
        return future

    @property
    def is_abandoned(self) -> bool:
        return self.future.done() and all(map(Future.done, self._others))

    def answer(self, result: Any) -> None:
        super().answer(result)
        for future in self._others:
            if not future.done():
                future.set_result(result)

    def refuse(self, error: BaseException) -> None:
        super().refuse(error)
        for future in self._others:
            if not future.done():
                future.set_exception(error)


def _kind_of(operation: Callable[..., Any]) -> object:
    # Of a function that is made anew for each call, the code is the same.
    wrapped = getattr(operation, "__wrapped__", operation)
    return getattr(wrapped, "__code__", type(wrapped))


class Queue:
    """Submissions in their order, for the lanes of one kind. At most `limit` wait; who waits
    to the end of its patience is told so, though no lane came, or one that is held up."""

    def __init__(self, limit: int, presence: Presence) -> None:
        self.presence = presence
        self._limit = limit
        self._waiting: deque[Submission] = deque()
        self._taken: list[Submission] = []
        self._loop: AbstractEventLoop = asyncio.get_running_loop()
        self._idle: deque[Future[None]] = deque()
        self._sweeping: TimerHandle | None = None
        self.is_closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, submission: Submission) -> None:
        """Raises Unavailable."""
        if self.is_closed:
            raise Unavailable("the store is closed")
        if len(self._waiting) >= self._limit:
            raise Unavailable("too many requests are waiting for the database")
        self._waiting.append(submission)
        self._wake()
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self._sweep)

    async def take(self, limit: int) -> list[Submission]:
        """The first of those that wait, at most `limit`, as soon as there are any; none once
        the queue is closed and empty."""
        taken = self._take_at_once(limit)
        while not taken and not self.is_closed:
            idle = self._loop.create_future()
            self._idle.append(idle)
            # Woken in the next turn of the loop, so that what this turn brings comes along.
            await idle
            taken = self._take_at_once(limit)
        self._taken += taken
        return taken

    def close(self) -> None:
        """Take in no more; what waits is still served."""
        self.is_closed = True
        while self._idle:
            self._wake()

    def give_up(self) -> None:
        """Tell those who still wait that nobody will come, and those whom the lanes left in
        the middle that nobody knows."""
        for submission in (*self._waiting, *self._taken):
            kind = OutcomeUnknown if submission.is_running else Unavailable
            submission.refuse(kind(self.presence.failure))
        self._waiting.clear()
        self._taken.clear()

    def _take_at_once(self, limit: int) -> list[Submission]:
        taken: list[Submission] = []
        while self._waiting and len(taken) < limit:
            submission = self._waiting.popleft()
            # A caller who gave up before it began would never learn of the effect.
            if not submission.is_abandoned:
                taken.append(submission)
        return taken

    def _wake(self) -> None:
        while self._idle:
            # The one that was idle last: the others may not even be connected.
            idle = self._idle.pop()
            if not idle.done():
                idle.set_result(None)
                return

    def _sweep(self) -> None:
        self._sweeping = None
        now = monotonic()
        # Not in their order: a request's second call comes with less time than others' first.
        for submission in (*self._waiting, *self._taken):
            if submission.ends_at <= now and not submission.is_running:
                submission.refuse(Unavailable(self.presence.failure))
        self._waiting = deque(one for one in self._waiting if not one.is_abandoned)
        self._taken = [one for one in self._taken if not one.is_abandoned]
        if self._waiting or self._taken:
            self._sweeping = self._loop.call_later(_SWEEP_SECONDS, self._sweep)
