"""Who runs: of a round's two threads one at a time, and where they change is drawn.

The writer stops at seams: at each look into its queue, at its clock, and at each write and
sync of the disk. The event loop gives it a turn when it is told to.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from threading import Lock, Thread, current_thread
from typing import Any


class Stepped(Thread):
    """A thread that runs only between `step` and its own `pause`."""

    def __init__(self, *, target: Callable[[], object], name: str, daemon: bool) -> None:
        super().__init__(name=name, daemon=daemon)
        self._work = target
        # Each is let go by one thread for the other to take.
        self._go = Lock()
        self._back = Lock()
        self._go.acquire()
        self._back.acquire()
        self._is_done = False

    def run(self) -> None:
        self._go.acquire()
        try:
            self._work()
        finally:
            self._is_done = True
            self._back.release()

    def step(self) -> None:
        """Let it run to its next pause, or to its end."""
        if not self._is_done:
            self._go.release()
            self._back.acquire()

    def pause(self) -> None:
        self._back.release()
        self._go.acquire()

    def join(self, timeout: float | None = None) -> None:
        """Let it run to its end."""
        while not self._is_done:
            self.step()
        super().join(timeout)


class Schedule:
    """What of threads and time the writer is given in place of the system's."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        # How often the writer stops at a seam, and how often the loop lets it go on.
        self._pausing = chance.choice((0.01, 0.05, 0.2))
        self._running = chance.choice((0.2, 0.5, 0.9))
        self._writer: Stepped | None = None
        self._seconds = 0.0

    def thread(self, *, target: Callable[[], object], name: str, daemon: bool) -> Stepped:
        """For `writer.Thread`."""
        self._writer = Stepped(target=target, name=name, daemon=daemon)
        return self._writer

    def queue(self) -> Queue:
        """For `writer.SimpleQueue`."""
        return Queue(self)

    def monotonic(self) -> float:
        """For `writer.monotonic`."""
        self.seam()
        self._seconds += self._chance.expovariate(1 / 0.002)
        return self._seconds

    def seam(self) -> None:
        """Where the writer may stop; nothing in another thread."""
        thread = current_thread()
        if isinstance(thread, Stepped) and self._chance.random() < self._pausing:
            thread.pause()

    def turn(self) -> None:
        """A turn of the loop, in which the writer may run."""
        if self._writer is not None and self._chance.random() < self._running:
            self._writer.step()


class Queue:
    """What `queue.SimpleQueue` is to the writer."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._entries: deque[Any] = deque()

    def put(self, entry: Any) -> None:
        self._entries.append(entry)

    def get(self) -> Any:
        thread = current_thread()
        assert isinstance(thread, Stepped)
        while not self._entries:
            thread.pause()
        return self._entries.popleft()

    def empty(self) -> bool:
        self._schedule.seam()
        return not self._entries

    def qsize(self) -> int:
        return len(self._entries)
