"""One of two who write at the same time: an operation in a transaction of its own, on a connection
of its own, brought on statement by statement."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import asyncpg
from tests.interleavings.places import Place

from orderfolio.store.draws import Drawn, Draws
from orderfolio.store.postgres.runs import Asking, Request, Run
from orderfolio.store.postgres.sessions import Row, Session
from orderfolio.store.postgres.submissions import Submission
from orderfolio.store.transactions import Transaction
from orderfolio.wire.documents import SPELLING

# A statement that takes longer may be waiting for a lock: whether it does is asked.
_QUICK_SECONDS: Final = 0.004
# A deadlock's victim comes again once its rival is through.
_AGAIN: Final = {"40001", "40P01"}
# What a test got wrong itself.
_OURS: Final = (AssertionError, TypeError, AttributeError, NameError)

Bound = tuple[Callable[..., Awaitable[Any]], tuple[Any, ...]]
"""An operation and its arguments, but for the transaction."""


class Actor:
    """One of the two, with a connection of its own."""

    def __init__(self, place: Place, connection: asyncpg.Connection, number: int) -> None:
        self.is_finished = False
        # How often the server gave it up for another's sake.
        self.given_up = 0
        self.taken: list[Request] = []
        self.fetching: asyncio.Task[list[Row]] | None = None
        self._place = place
        self._connection = connection
        self._session = Session(connection, b"")
        self._number = number
        self._bound: Bound | None = None
        self._run: Run | None = None
        self._answer = ""

    @property
    def answer(self) -> str:
        assert self.is_finished
        return self._answer

    @property
    def is_through(self) -> bool:
        """Whether it has run to its end, and may commit."""
        return self._run is not None and self._run.request is None

    @property
    def is_back(self) -> bool:
        """Whether it has to begin, or to begin again."""
        return self._run is None

    def give(self, bound: Bound) -> None:
        """Let it do this next."""
        self._bound = bound
        self._run = None
        self.is_finished = False

    async def begin(self) -> None:
        assert self._bound is not None
        operation, arguments = self._bound
        source = self._place.source(self._number)
        asking = Asking()
        transaction = Transaction(asking, SPELLING, Draws(source), asking)
        submission = Submission(operation, arguments, {}, Drawn(source.now()), 0.0)
        await self._session.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        self._run = Run(submission, transaction)
        self.taken = []

    async def go(self, steps: int | None = None) -> None:
        """On, by so many statements or to the end, until one waits for a lock."""
        assert self._run is not None
        while self._run.request is not None and (steps is None or steps > 0):
            if not await self._fetch():
                return
            if not await self._take():
                return
            steps = None if steps is None else steps - 1

    async def finish(self) -> None:
        """Commit what was done, or roll back what failed."""
        run = self._run
        assert run is not None
        assert run.request is None
        await self._session.execute("COMMIT" if run.error is None else "ROLLBACK")
        if isinstance(run.error, _OURS):
            raise run.error
        self._answer = repr(run.result if run.error is None else run.error)
        self.is_finished = True

    def leave(self) -> None:
        self._connection.terminate()

    async def _fetch(self) -> bool:
        """Send what is asked for; whether it came back, or waits for the other."""
        assert self._run is not None
        request = self._run.request
        assert request is not None
        if self.fetching is None:
            fetch = self._session.fetch(request.spelling.name, request.values)
            self.fetching = asyncio.create_task(fetch)
        while not (await asyncio.wait({self.fetching}, timeout=_QUICK_SECONDS))[0]:
            if await self._place.connection.fetchval(
                "SELECT cardinality(pg_blocking_pids($1)) > 0", self._connection.get_server_pid()
            ):
                return self.fetching.done()
        return True

    async def _take(self) -> bool:
        """Hand over what came back, and say whether it goes on. Where the server gave it up for
        the other's sake, it is back at its beginning; where a statement failed, at its end."""
        run, fetching = self._run, self.fetching
        assert run is not None
        assert fetching is not None
        request = run.request
        assert request is not None
        self.fetching = None
        self.taken.append(request)
        try:
            rows = fetching.result()
        except asyncpg.PostgresError as error:
            run.close()
            if error.sqlstate in _AGAIN:
                await self._session.execute("ROLLBACK")
                self.given_up += 1
                self._run = None
            else:
                run.error = error
            return False
        run.step(rows)
        return True
