"""Submissions: operations on their way to the writer, and their answers on the way back."""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future
from collections.abc import Awaitable, Callable, Iterable, Mapping
from time import perf_counter
from typing import Any

from orderfolio.store.draws import Drawn
from orderfolio.store.sqlite.connections import FAILURES, run
from orderfolio.store.transactions import Transaction


class Submission:
    """An operation with its arguments, what it drew, and who waits for it.

    `submitted`, `began` and `ended` are moments of `perf_counter`, the last two 0 until then;
    nobody asks for `ended` where nobody observes.
    """

    __slots__ = (
        "arguments",
        "began",
        "drawn",
        "ended",
        "error",
        "future",
        "loop",
        "named",
        "operation",
        "result",
        "submitted",
    )

    def __init__(
        self,
        operation: Callable[..., Awaitable[Any]],
        arguments: tuple[Any, ...],
        named: Mapping[str, Any],
        drawn: Drawn,
        loop: AbstractEventLoop,
    ) -> None:
        self.operation = operation
        self.arguments = arguments
        self.named = named
        self.drawn = drawn
        self.loop = loop
        self.future: Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.submitted = perf_counter()
        self.began = 0.0
        self.ended = 0.0

    def is_abandoned(self) -> bool:
        return self.future.done()

    def run(self, transaction: Transaction) -> None:
        """Come to a result or an error, from the first draw on. Raises what the engine meets."""
        transaction.begin(self.drawn)
        self.began = perf_counter()
        self.error = None
        try:
            self.result = run(self.operation(transaction, *self.arguments, **self.named))
        except FAILURES:
            raise
        except BaseException as error:  # noqa: BLE001 (raised again where it was asked for)
            self.error = error


def answer(group: Iterable[Submission]) -> None:
    """Tell those who wait, from any thread: one call a loop wakes it once."""
    waiting: dict[AbstractEventLoop, list[Submission]] = {}
    for submission in group:
        waiting.setdefault(submission.loop, []).append(submission)
    for loop, submissions in waiting.items():
        try:
            loop.call_soon_threadsafe(_settle, submissions)
        except RuntimeError:
            # The loop is closed: nobody waits there any more.
            continue


def _settle(submissions: list[Submission]) -> None:
    for submission in submissions:
        error, submission.error = submission.error, None
        if submission.future.done():
            continue
        if error is None:
            submission.future.set_result(submission.result)
        else:
            submission.future.set_exception(error)
