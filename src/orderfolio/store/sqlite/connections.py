"""Named statements over an SQLite connection, and how operations are run over them.

Nothing here waits for anything but the disk, so a coroutine is stepped, not scheduled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeVar

import apsw

from orderfolio.store import statements
from orderfolio.store.connections import Value

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

    __slots__ = ("_execute", "_statements")

    def __init__(self, database: apsw.Connection) -> None:
        # One cursor for all: each statement's rows are fetched before the next is run, and
        # making one takes a quarter of what a short statement does.
        self._execute = database.cursor().execute
        self._statements = statements.named()

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        found = self._statements[statement]
        bindings: Mapping[str, Any] = values
        if found.lists:
            bindings = dict(values) | {name: _table(values[name]) for name in found.lists}
        return self._execute(found.text, bindings).fetchall()


def _table(values: Value) -> object:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise TypeError(f"not a list: {values!r}")
    # apsw refuses an empty array; SQLite takes NULL for one.
    return apsw.carray(tuple(values)) if values else None


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
