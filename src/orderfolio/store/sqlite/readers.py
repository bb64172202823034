"""Readers: a connection a thread, on which reads run at once, where they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock, Thread, current_thread, local

import apsw

from orderfolio.errors import Unavailable
from orderfolio.store.contract import Documents, Operation, Parameters, Result
from orderfolio.store.draws import Drawn, Draws, Source
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.connections import FAILURES, SqliteConnection, run
from orderfolio.store.transactions import Transaction


class Reader:
    """One connection that can't write."""

    def __init__(self, database: apsw.Connection, documents: Documents, source: Source) -> None:
        self.thread: Thread = current_thread()
        self._database = database
        self._source = source
        self._transaction = Transaction(SqliteConnection(database), documents, Draws(source))
        self._lock = RLock()
        self._is_closed = False

    def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        """Run it over one snapshot."""
        with self._lock:
            if self._is_closed:
                raise Unavailable("the store is closed")
            if self._database.in_transaction:
                raise RuntimeError("an operation read through another transaction than its own")
            self._transaction.begin(Drawn(self._source.now()))
            try:
                self._database.execute("BEGIN")
                try:
                    return run(operation(self._transaction, *arguments, **named))
                finally:
                    self._database.execute("ROLLBACK")
            except FAILURES as error:
                raise Unavailable(f"the database can't be read: {error}") from error

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            files.close(self._database)


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
