"""Requests begun without a task: most never wait, since what they read is at hand, and a task
for each would cost as much as reading an order. One that waits is given a task there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any

Work = Coroutine[Any, Any, None]
Tasks = set[asyncio.Task[None]]


def begin(loop: asyncio.AbstractEventLoop, work: Work, tasks: Tasks) -> None:
    """Begin it in the loop's next turn, in a context of its own but in no task, as long as
    it doesn't wait; from there on it is one of `tasks`, until it has ended."""
    context = copy_context()
    loop.call_soon(_begin, loop, work, tasks, context, context=context)


async def in_task() -> None:
    """Go on in a task, which timeouts and other people's code ask for."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)


def _begin(loop: asyncio.AbstractEventLoop, work: Work, tasks: Tasks, context: Context) -> None:
    try:
        awaited = work.send(None)
    except StopIteration:
        return
    task = loop.create_task(_Rest(work, awaited), context=context)
    task.add_done_callback(tasks.discard)
    tasks.add(task)


class _Rest(Coroutine[Any, Any, None]):
    """What is left of work that has begun and waits for something."""

    __slots__ = ("_awaited", "_waits", "_work")

    def __init__(self, work: Work, awaited: Any) -> None:
        self._work = work
        self._awaited = awaited
        self._waits = True

    def send(self, value: object) -> object:
        if self._waits:
            self._waits = False
            return self._awaited
        return self._work.send(value)

    def throw(self, *error: Any) -> object:
        if self._waits:
            # Cancelled before the task knew what it waits for.
            self._waits = False
            if isinstance(self._awaited, asyncio.Future):
                self._awaited.cancel()
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, None]:
        return self._work.__await__()
