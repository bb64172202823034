"""Patience with a worker: for how long nothing may be heard of it, and how long its end may take.

What is counted is the time in which the process that leads turned itself. While it is stopped,
paused together with its workers or asleep with the machine, hardly any passes: nobody is blamed
for a silence in which nobody listened.
"""

from __future__ import annotations

import math
from typing import Final

from orderfolio.wire import server

# What is counted at a time, however long it really took.
STEP_SECONDS: Final = 1.0
# Some thirty beats. A worker that computes for so long serves nobody meanwhile either.
SILENCE_SECONDS: Final = 30.0
# Until it accepts connections: nobody waits for it, and where cores are few and workers many,
# reading the program alone takes a while.
START_SECONDS: Final = 120.0
# Beyond what clients are given to finish: time for the store and for the last traces.
END_SECONDS: Final = 15.0


class Patience:
    """With one process, from its start on."""

    def __init__(self) -> None:
        self.why_lost: str | None = None
        self._silence_seconds = 0.0
        self._bound_seconds = START_SECONDS
        self._left_seconds = math.inf
        self._given_seconds = 0.0

    def hear(self) -> None:
        """It said something, whatever it was: its loop turns."""
        self._silence_seconds = 0.0

    def expect_beats(self) -> None:
        """It accepts connections, and has begun."""
        self._bound_seconds = SILENCE_SECONDS

    def expect_end(self, drain_seconds: float) -> None:
        """It was told to end, and goes on accepting connections for `drain_seconds` before.
        Told again, it has no more time than it had."""
        given = drain_seconds + server.FINISH_SECONDS + END_SECONDS
        if given < self._left_seconds:
            self._left_seconds = self._given_seconds = given

    def spend(self) -> bool:
        """A step has passed: whether there is patience left. Where there is none, `why_lost`
        says in words why."""
        self._silence_seconds += STEP_SECONDS
        self._left_seconds -= STEP_SECONDS
        if self._silence_seconds > self._bound_seconds:
            self.why_lost = f"nothing was heard of it for {self._bound_seconds:.0f} s"
        elif self._left_seconds < 0:
            self.why_lost = f"it hasn't ended {self._given_seconds:.0f} s after it was told to"
        return self.why_lost is None
