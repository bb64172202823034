"""Turns of the event loop: the requests that came in one are begun together in the next, and
what is answered at once leaves together.

Most requests never wait, since what they read is at hand, and a task for each would cost as much
as reading an order. One that waits is given a task there. Answers that leave one by one wake the
client for each, and take the processor from the next request's code to the system's and back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, Final

Work = Coroutine[Any, Any, None]
Tasks = set[asyncio.Task[None]]

# What answers may take of memory before they leave.
OUTBOX_BYTES: Final = 1 << 18


class Turns:
    """Begins work in the loop's next turn, outside of any task, each piece in a context of its
    own: a copy of the one in which this was made. For one event loop."""

    __slots__ = ("_context", "_gathered", "_is_beginning", "_loop", "_outbox", "_outbox_bytes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # Not that of who begins something first in a turn, which may be another request whose
        # answer is out: its deadline and its trace are no business of those begun beside it.
        self._context = copy_context()
        self._gathered: list[tuple[Work, Tasks]] = []
        self._outbox: list[tuple[asyncio.WriteTransport, bytes]] = []
        self._outbox_bytes = 0
        self._is_beginning = False

    def begin(self, work: Work, tasks: Tasks) -> None:
        """Begin it in the next turn. Where it first waits it becomes one of `tasks`, until it
        has ended."""
        self._gathered.append((work, tasks))
        if len(self._gathered) == 1:
            self._loop.call_soon(self._begin_gathered, context=self._context)

    def write(self, transport: asyncio.WriteTransport, answer: bytes) -> None:
        """Write the end of an answer, behind which nothing is written in this turn: at once, or
        with those of all others that are begun in this turn."""
        if not self._is_beginning:
            transport.write(answer)
            return
        self._outbox.append((transport, answer))
        self._outbox_bytes += len(answer)
        if self._outbox_bytes > OUTBOX_BYTES:
            self._empty_outbox()

    def _begin_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._is_beginning = True
        try:
            for work, tasks in gathered:
                context = copy_context()
                context.run(self._begin, work, tasks, context)
        finally:
            self._is_beginning = False
            self._empty_outbox()

    def _begin(self, work: Work, tasks: Tasks, context: Context) -> None:
        try:
            awaited = work.send(None)
        except StopIteration:
            return
        except Exception as error:  # noqa: BLE001 - told, as what a task of nobody's ends with
            self._tell(error)
            return
        task = self._loop.create_task(_Rest(work, awaited), context=context)
        task.add_done_callback(tasks.discard)
        tasks.add(task)

    def _empty_outbox(self) -> None:
        outbox, self._outbox, self._outbox_bytes = self._outbox, [], 0
        for transport, answer in outbox:
            try:
                transport.write(answer)
            except Exception as error:  # noqa: BLE001 - the others' answers leave all the same
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._loop.call_exception_handler({"message": "a request failed", "exception": error})


async def in_task() -> None:
    """Go on in a task, which timeouts and other people's code ask for."""
    if asyncio.current_task() is None:
        await asyncio.sleep(0)


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
