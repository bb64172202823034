"""Idling: a connection on which nothing is asked or answered, and for how long it may stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Idling:
    """Calls `give_up` once a connection has idled for so many seconds.

    One timer runs on through many requests, and sees at its end how late it is: setting one
    and taking it back takes longer, each time, than reading a request's headers.
    """

    __slots__ = ("_give_up", "_loop", "_seconds", "_timer", "_until")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, give_up: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._give_up = give_up
        self._until: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """From now on, unless it idles already from an earlier moment on."""
        if self._until is None:
            self._until = self._loop.time() + self._seconds
            if self._timer is None:
                self._timer = self._loop.call_later(self._seconds, self._look)

    def end(self) -> None:
        self._until = None

    def close(self) -> None:
        """The connection is gone."""
        self._until = None
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if self._until is None:
            return
        left = self._until - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._give_up()
