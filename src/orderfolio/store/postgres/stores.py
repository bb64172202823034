"""The contract's `Store` over PostgreSQL: a few lanes for what writes, a few for what reads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Hashable, Sequence
from time import monotonic
from typing import Final

from orderfolio.store import contract, deadlines
from orderfolio.store.contract import Documents, Observer, Operation, Parameters, Result
from orderfolio.store.draws import Clock, Drawn, Entropy, Source, wall_clock
from orderfolio.store.postgres.lanes import Lane, ReadingLane, WritingLane
from orderfolio.store.postgres.migrating import prepare
from orderfolio.store.postgres.presence import Presence
from orderfolio.store.postgres.stages import Stages
from orderfolio.store.postgres.submissions import Queue, SharedSubmission, Submission
from orderfolio.store.postgres.sweeping import keep_swept

QUEUE_LIMIT: Final = 4096
WRITING_LANES: Final = 3
READING_LANES: Final = 3
# For what no request waits for: commands and the housekeeping.
PATIENCE_SECONDS: Final = 30.0
# At the end, what was accepted has as long as a request would have waited for it.
CLOSE_SECONDS: Final = 5.0


class PostgresStore:
    """The contract's `Store`. Used on the loop that it was opened on."""

    def __init__(
        self,
        source: Source,
        writes: Queue,
        reads: Queue,
        lanes: Sequence[Lane],
        observer: Observer | None,
        url: str,
    ) -> None:
        self._source = source
        self._writes = writes
        self._reads = reads
        self._observer = observer
        if observer is not None:
            observer.follow_queue(writes.__len__)
        self._written = 0
        # What waits for a lane and is asked for once, whoever asks for it meanwhile.
        self._shared: dict[Hashable, SharedSubmission] = {}
        self._tasks = [asyncio.create_task(lane.work()) for lane in lanes]
        self._sweeping = asyncio.create_task(keep_swept(url, lambda: self._written))

    async def transact(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        submission = Submission(operation, arguments, named, Drawn(self._source.now()), _ends_at())
        self._writes.put(submission)
        self._written += 1
        try:
            result: Result = await submission.future
        finally:
            if self._observer is not None and submission.ended_at:
                self._observer.observe_write(
                    operation, *_times(submission, submission.submitted_at)
                )
        return result

    async def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        submission = Submission(operation, arguments, named, Drawn(self._source.now()), _ends_at())
        self._reads.put(submission)
        try:
            result: Result = await submission.future
        finally:
            if self._observer is not None and submission.ended_at:
                self._observer.observe_read(operation, *_times(submission, submission.submitted_at))
        return result

    async def read_shared(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        key = operation, arguments, tuple(named.items())
        submitted_at, ends_at = monotonic(), _ends_at()
        shared = self._shared.get(key)
        if shared is not None and shared.may_be_joined(ends_at):
            future = shared.join()
        else:
            drawn = Drawn(self._source.now())
            shared = SharedSubmission(operation, arguments, named, drawn, ends_at)
            self._reads.put(shared)
            self._shared[key] = shared
            future = shared.future
        try:
            result: Result = await future
        finally:
            if self._shared.get(key) is shared:
                del self._shared[key]
            if self._observer is not None and shared.ended_at:
                self._observer.observe_read(operation, *_times(shared, submitted_at))
        return result

    async def scrub(self) -> bool:
        # What a row leaves behind is the server's to take away: its vacuum, and the life of
        # its log and its archives, are settled there.
        return True

    def cursor_key(self) -> bytes:
        return self._source.key

    async def close(self) -> None:
        for queue in (self._writes, self._reads):
            queue.close()
        self._sweeping.cancel()
        _, late = await asyncio.wait(self._tasks, timeout=CLOSE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, self._sweeping, return_exceptions=True)
        for queue in (self._writes, self._reads):
            queue.give_up()


def _times(submission: Submission, submitted_at: float) -> tuple[float, float]:
    """How long it waited for a lane, and how long the lane took; who was refused in the queue
    only waited."""
    begun_at = submission.begun_at or submission.ended_at
    return begun_at - submitted_at, submission.ended_at - begun_at


def _ends_at() -> float:
    ends_at = deadlines.ends_at()
    return monotonic() + PATIENCE_SECONDS if ends_at is None else ends_at


async def open_store(
    url: str,
    documents: Documents,
    *,
    migrates: bool = False,
    clock: Clock = wall_clock,
    entropy: Entropy = os.urandom,
    observer: Observer | None = None,
    queue_limit: int = QUEUE_LIMIT,
    writing_lanes: int = WRITING_LANES,
    reading_lanes: int = READING_LANES,
    groups: bool = True,
) -> contract.Store:
    """Open the database at `url`, brought to this program's version first where that
    `migrates`. At most `queue_limit` writes, and as many reads, wait for their turn; with
    `groups`, they share transactions. Raises CannotStart, with one sentence for people."""
    source = await prepare(url, clock, entropy, migrates=migrates)
    stages = Stages(documents, source, groups=groups)
    presence = Presence()
    writes, reads = Queue(queue_limit, presence), Queue(queue_limit, presence)
    lanes: list[Lane] = [WritingLane(url, writes, stages, observer) for _ in range(writing_lanes)]
    lanes += [ReadingLane(url, reads, stages) for _ in range(reading_lanes)]
    return PostgresStore(source, writes, reads, lanes, observer, url)
