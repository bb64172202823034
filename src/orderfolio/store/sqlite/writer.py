"""The writer: one thread that owns the connection that writes, and group commit.

Many operations share a transaction, and so a sync of the disk. One that fails after it wrote
has all of them run again, each in a savepoint of its own. Nothing is answered before COMMIT
returned.
"""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop
from collections import deque
from collections.abc import Callable
from itertools import chain
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, perf_counter
from typing import Final

import apsw

from orderfolio.errors import CannotStart, OrderfolioError, OutcomeUnknown, Unavailable
from orderfolio.store.contract import Documents, Observer
from orderfolio.store.draws import Draws, Source
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.connections import SqliteConnection
from orderfolio.store.sqlite.submissions import Submission, answer
from orderfolio.store.transactions import Transaction

GROUP_OPERATIONS: Final = 256
GROUP_SECONDS: Final = 0.01
# Pages in the WAL, of 4 KiB, from which on it is checkpointed: with nothing to write, and
# in any case. Small checkpoints keep the wait of whoever comes meanwhile short.
IDLE_PAGES: Final = 1000
BUSY_PAGES: Final = 4000
# How long a checkpoint that cuts the WAL off waits for readers; writers wait with it.
CUT_MILLISECONDS: Final = 30

_log = logging.getLogger(__name__)


class _Spoiled(Exception):
    """An operation that failed may have written before, with nothing to roll back to."""


class Writer:
    """Runs submissions in their order. `open_database` gives a connection that writes; it
    is asked again after an error that leaves the state of the last one in doubt."""

    def __init__(
        self,
        open_database: Callable[[], apsw.Connection],
        documents: Documents,
        source: Source,
        queue_limit: int,
        observer: Observer | None = None,
    ) -> None:
        self._open_database = open_database
        self._documents = documents
        self._source = source
        self._queue_limit = queue_limit
        self._observer = observer
        self._queue: deque[Submission] = deque()
        # What the thread sleeps on: whether there is more to come behind what is queued.
        self._wakes: SimpleQueue[bool] = SimpleQueue()
        self._gathered: dict[AbstractEventLoop, list[Submission]] = {}
        self._gate = Lock()
        self._is_closed = False
        self._wal_pages = 0
        self._pages_left = 0
        self._is_to_truncate = False
        self.is_truncated = False
        self._database: apsw.Connection | None = None
        self._use(open_database())
        self._thread = Thread(target=self._work, name="orderfolio-writer", daemon=True)
        self._thread.start()
        if observer is not None:
            observer.follow_queue(self._queue.__len__)

    def submit(self, submission: Submission) -> None:
        """Accept it, from the thread of its loop. Raises Unavailable.

        It is handed over with all others of this turn of the loop, at one stroke: a writer
        that begins with the first would struggle with the loop for the interpreter, statement
        by statement, and sync the disk for it alone.
        """
        with self._gate:
            if self._is_closed:
                raise Unavailable("the store is closed")
            gathered = self._gathered.setdefault(submission.loop, [])
            if len(self._queue) + len(gathered) >= self._queue_limit:
                raise Unavailable("too many writes are waiting")
            gathered.append(submission)
            if len(gathered) == 1:
                submission.loop.call_soon(self._hand_over, submission.loop)

    def truncate_next(self) -> None:
        """Have the WAL brought home and cut off behind the next group; `is_truncated` tells
        then whether it was."""
        self.is_truncated = False
        self._is_to_truncate = True

    def close(self) -> None:
        """Finish what was accepted, put it all into the database file, and let go."""
        with self._gate:
            if not self._is_closed:
                self._is_closed = True
                self._queue.extend(chain.from_iterable(self._gathered.values()))
                self._gathered.clear()
                self._wakes.put(False)
        self._thread.join()

    def _hand_over(self, loop: AbstractEventLoop) -> None:
        with self._gate:
            if gathered := self._gathered.pop(loop, None):
                self._queue.extend(gathered)
                self._wakes.put(True)

    def _use(self, database: apsw.Connection) -> None:
        self._database = database
        self._cursor = database.cursor()
        self._transaction = Transaction(
            SqliteConnection(database), self._documents, Draws(self._source)
        )
        database.set_wal_hook(self._note_wal_pages)

    def _note_wal_pages(self, _database: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK

    def _work(self) -> None:
        goes_on = True
        while goes_on:
            goes_on = self._wakes.get()
            while self._queue:
                group = [self._queue.popleft()]
                began = perf_counter()
                try:
                    self._serve(group)
                except BaseException as error:  # noqa: BLE001
                    # A bug of ours: whoever waits is told, and the next group starts afresh.
                    _log.exception("the writer failed")
                    self._let_go()
                    for submission in group:
                        submission.error = error
                if self._observer is not None:
                    _observe(self._observer, group, began)
                answer(group)
                self._checkpoint_when_due()
        self._end()

    def _serve(self, group: list[Submission]) -> None:
        """Run the group in one transaction, others that arrive meanwhile too; where the
        engine lost it as a whole, each again in one of its own."""
        failure = self._begin()
        if failure is not None:
            # Those behind it would wait for the same, one after the other.
            while self._queue:
                group.append(self._queue.popleft())
            _refuse(group, failure)
            return
        failure = self._run_and_commit(group, monotonic() + GROUP_SECONDS)
        if failure is None:
            return
        if len(group) == 1 or self._database is None:
            _refuse(group, failure)
            return
        for position, submission in enumerate(group):
            failure = self._begin()
            if failure is not None:
                _refuse(group[position:], failure)
                return
            submission.error = self._run_and_commit([submission], 0.0) or submission.error

    def _begin(self) -> Unavailable | None:
        """Open a transaction, on a new connection where the last one is in doubt."""
        try:
            if self._database is None:
                self._reopen()
            self._execute("BEGIN IMMEDIATE")
        except (apsw.Error, CannotStart, OSError) as error:
            _log.error("can't write: %s", error)
            return Unavailable(f"the database can't be written: {error}")
        return None

    def _run_and_commit(self, group: list[Submission], until: float) -> Unavailable | None:
        """Run the group, and whoever arrives until then, in the open transaction. What is
        returned says why nothing was written, or that nobody can tell."""
        try:
            self._run_each(group, until)
        except apsw.Error as error:
            return self._give_up(error)
        try:
            self._execute("COMMIT")
        except apsw.Error as error:
            return self._settle(error)
        return None

    def _run_each(self, group: list[Submission], until: float) -> None:
        """Raises an apsw.Error where the whole transaction is lost."""
        try:
            self._run_all(group, until, self._run_freely)
        except _Spoiled:
            self._execute("ROLLBACK")
            self._execute("BEGIN IMMEDIATE")
            self._run_all(group, until, self._run_in_savepoint)

    def _run_all(
        self, group: list[Submission], until: float, run: Callable[[Submission], None]
    ) -> None:
        for submission in group:
            # A caller who gave up before it began would never learn of the effect.
            if not submission.is_abandoned():
                run(submission)
            is_last = submission is group[-1]
            if is_last and self._queue and len(group) < GROUP_OPERATIONS and monotonic() < until:
                group.append(self._queue.popleft())

    def _run_freely(self, submission: Submission) -> None:
        """Run it with nothing to roll back to: for a savepoint, SQLite copies every page that is
        written to, which takes a third as long as all else that it does for an order."""
        database = self._cursor.connection
        changes = database.total_changes()
        submission.run(self._transaction)
        if not database.in_transaction:
            raise apsw.AbortError("the transaction was rolled back unasked")
        error = submission.error
        # Behind an error that nobody meant, a statement may stand half-way, not counted yet.
        if error is not None and (
            database.total_changes() != changes or not isinstance(error, OrderfolioError)
        ):
            raise _Spoiled

    def _run_in_savepoint(self, submission: Submission) -> None:
        self._execute("SAVEPOINT operation")
        submission.run(self._transaction)
        if submission.error is not None:
            self._execute("ROLLBACK TO operation")
        # Fails where SQLite has rolled back the whole transaction unasked.
        self._execute("RELEASE operation")

    def _give_up(self, error: apsw.Error) -> Unavailable:
        _log.error("a transaction was lost: %s", error)
        try:
            if self._database is not None and self._database.in_transaction:
                self._execute("ROLLBACK")
        except apsw.Error:
            self._let_go()
        return Unavailable(f"the database can't be written: {error}")

    def _settle(self, error: apsw.Error) -> Unavailable:
        """After a COMMIT that failed: its pages may be whole in the WAL, though not synced
        and not counted, and would come back after a crash. The next commit that succeeds
        takes their place; then nothing was written, for certain."""
        if self._database is not None and self._database.in_transaction:
            return self._give_up(error)
        _log.error("COMMIT failed: %s", error)
        try:
            self._reopen()
        except (apsw.Error, CannotStart, OSError) as second:
            _log.error("the outcome is unknown: %s", second)
            return OutcomeUnknown(f"the database failed while it committed: {error}")
        return Unavailable(f"the database can't be written: {error}")

    def _reopen(self) -> None:
        """Raises apsw.Error unless a new connection has committed something."""
        # The old one is closed last: the last to close makes the next one read the WAL
        # anew, with what is whole there and not counted.
        previous, self._database = self._database, None
        try:
            database = self._open_database()
            self._use(database)
            # Not an UPDATE to the same value: that leaves the page, and so the WAL, alone.
            database.execute(f"PRAGMA user_version = {database.pragma('user_version')}")
        except BaseException:
            self._let_go()
            raise
        finally:
            if previous is not None:
                files.close(previous)

    def _let_go(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            files.close(database)

    def _checkpoint_when_due(self) -> None:
        """Bring the WAL's pages home: in a pause, or when there are too many in any case.
        Where a reader stands in the way, not again before there are as many more."""
        if self._is_to_truncate:
            self._is_to_truncate = False
            self.is_truncated = self._truncate()
            return
        if self._wal_pages < self._pages_left:
            self._pages_left = 0
        due = self._wal_pages - self._pages_left
        is_due = due >= (BUSY_PAGES if self._queue else IDLE_PAGES)
        if self._database is None or not is_due:
            return
        try:
            pages, home = self._database.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            _log.error("a checkpoint failed: %s", error)
            self._pages_left = self._wal_pages
            return
        # All home: the next commit begins the WAL anew.
        self._wal_pages = pages if home < pages else 0
        self._pages_left = self._wal_pages

    def _truncate(self) -> bool:
        """Whether the WAL was brought home and cut off, without keeping writers waiting."""
        if self._database is None or not files.cut_log(self._database, CUT_MILLISECONDS):
            return False
        self._wal_pages = self._pages_left = 0
        return True

    def _end(self) -> None:
        if self._database is not None:
            files.cut_log(self._database)
        self._let_go()

    def _execute(self, text: str) -> None:
        if self._database is None:
            raise apsw.ConnectionClosedError("the connection was given up")
        self._cursor.execute(text)


def _observe(observer: Observer, group: list[Submission], began: float) -> None:
    ended = perf_counter()
    for submission in group:
        submission.ended = ended
    observer.observe_group(len(group), ended - began)


def _refuse(group: list[Submission], failure: Unavailable) -> None:
    for submission in group:
        # One each: who meets an exception adds to its trace.
        submission.error = type(failure)(*failure.args)
