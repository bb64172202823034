"""Readers: a connection a thread, on which reads run at once, where they are asked for."""

from __future__ import annotations

from asyncio import get_running_loop
from collections.abc import Callable
from threading import RLock, Thread, current_thread, local
from typing import Any, Final

import apsw

from orderfolio.errors import Unavailable
from orderfolio.store.contract import Documents, Operation, Parameters, Result
from orderfolio.store.draws import Drawn, Draws, Source
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.connections import FAILURES, SqliteConnection, run
from orderfolio.store.transactions import Transaction

_UNASKED: Final = object()


class Reader:
    """One connection that can't write.

    Reads of one turn of the event loop share a snapshot: opening one for each takes as long
    as what a point read does with it. None is older than it may be. A snapshot is let go at
    the beginning of the next turn, before what came in meanwhile is looked at, and nobody
    learns of a later commit sooner: that, too, is told in a turn to come.
    """

    def __init__(self, database: apsw.Connection, documents: Documents, source: Source) -> None:
        self.thread: Thread = current_thread()
        self._database = database
        self._source = source
        self._transaction = Transaction(SqliteConnection(database), documents, Draws(source))
        self._lock = RLock()
        self._is_closed = False
        self._is_reading = False
        self._shared: dict[tuple[object, ...], Any] = {}

    def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run it over the snapshot of this turn."""
        with self._lock:
            if self._is_closed:
                raise Unavailable("the store is closed")
            if self._is_reading:
                raise RuntimeError("an operation read through another transaction than its own")
            self._is_reading = True
            try:
                if not self._database.in_transaction:
                    self._begin()
                return run(operation(self._transaction, *arguments, **named))
            except FAILURES as error:
                self._let_go()
                raise Unavailable(f"the database can't be read: {error}") from error
            finally:
                self._is_reading = False

    def read_shared(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run it over the snapshot of this turn, or give what it found there before."""
        asked = (operation, arguments, *named.items()) if named else (operation, arguments)
        found = self._shared.get(asked, _UNASKED)
        if found is _UNASKED:
            with self._lock:
                found = self._shared[asked] = self.read(operation, *arguments, **named)
        result: Result = found
        return result

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._shared.clear()
            files.close(self._database)

    def _begin(self) -> None:
        """Open the snapshot of this turn; its time is that of all reads in it."""
        self._database.execute("BEGIN")
        self._transaction.begin(Drawn(self._source.now()))
        get_running_loop().call_soon(self._let_go)

    def _let_go(self) -> None:
        """End the snapshot, where there is one."""
        with self._lock:
            self._shared.clear()
            if not self._is_closed and self._database.in_transaction:
                self._database.execute("ROLLBACK")


class Readers:
    """The readers of all threads; each thread opens its own when it first reads."""

    def __init__(
        self, open_database: Callable[[], apsw.Connection], documents: Documents, source: Source
    ) -> None:
        self._open_database = open_database
        self._documents = documents
        self._source = source
        self._mine = local()
        self._all: list[Reader] = []
        self._lock = RLock()
        self._is_closed = False

    def mine(self) -> Reader:
        """This thread's. Raises Unavailable."""
        reader: Reader | None = getattr(self._mine, "reader", None)
        if reader is None:
            reader = self._mine.reader = self._open()
        return reader

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            while self._all:
                self._all.pop().close()

    def _open(self) -> Reader:
        with self._lock:
            if self._is_closed:
                raise Unavailable("the store is closed")
            for reader in [reader for reader in self._all if not reader.thread.is_alive()]:
                self._all.remove(reader)
                reader.close()
            try:
                reader = Reader(self._open_database(), self._documents, self._source)
            except apsw.Error as error:
                raise Unavailable(f"the database can't be read: {error}") from error
            self._all.append(reader)
            return reader
