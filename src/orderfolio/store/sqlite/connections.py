"""Named statements over an SQLite connection, and how operations are run over them.

Nothing here waits for anything but the disk, so a coroutine is stepped, not scheduled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import apsw

from orderfolio.store.connections import Value
from orderfolio.store.sqlite.spelling import spelt

Result = TypeVar("Result")

# What the engine meets when it can't do its work, as against what a statement did wrong.
# SQLite may have rolled back the whole transaction on any of them.
FAILURES = (
    apsw.BusyError,
    apsw.CantOpenError,
    apsw.CorruptError,
    apsw.FullError,
    apsw.IOError,
    apsw.LockedError,
    apsw.NoMemError,
    apsw.NotADBError,
    apsw.ProtocolError,
)


class SqliteConnection:
    """The tables' `Connection`; whoever owns the database begins and ends transactions."""

    __slots__ = ("_execute", "_spelt")

    def __init__(self, database: apsw.Connection) -> None:
        # One cursor for all: each statement's rows are fetched before the next is run, and
        # making one takes a quarter of what a short statement does.
        self._execute = database.cursor().execute
        self._spelt = spelt()

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        found = self._spelt[statement]
        return self._execute(found.text, found.pick(values)).fetchall()


def run(operation: Awaitable[Result]) -> Result:
    """Run an operation to its end, at once. One that awaits something outside its
    transaction is a bug: RuntimeError."""
    steps = operation.__await__()
    try:
        next(steps)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    steps.close()
    raise RuntimeError("an operation awaited something outside its transaction")
