"""Pages: which rows of a list a window asks for, and what they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.queries import Cursor, Page, Window
from orderfolio.store.records import Document

# No ref is either of them: a UUIDv7 has its version in the middle.
FIRST: Final = Ref(bytes(16))
LAST: Final = Ref(b"\xff" * 16)

# Further than any instant that can be written, and within 64 bits.
EARLIEST: Final = -(1 << 62)
LATEST: Final = 1 << 62

_REF_BYTES: Final = 16


class Start(Struct, frozen=True):
    """Where a page starts: `skip` rows behind the first that lies between two cursors."""

    skip: int = 0
    after: Cursor = Cursor(FIRST)
    before: Cursor = Cursor(LAST)


def start_of(window: Window, *, descending: bool = False) -> Start:
    """Where the window starts in a list that is walked from its beginning."""
    if window.after is None:
        return Start(window.offset)
    return Start(before=window.after) if descending else Start(after=window.after)


async def browse(
    connection: Connection,
    listed: str,
    values: Mapping[str, Value],
    window: Window,
    *,
    descending: bool = False,
) -> Page:
    """The page of a list that is counted row by row: `listed` names its statements."""
    total = await count(connection, listed, values)
    if is_past(window, total):
        return empty(total)
    start = start_of(window, descending=descending)
    return await read(
        connection, listed, values, window, start=start, total=total, descending=descending
    )


def is_past(window: Window, total: int) -> bool:
    """Whether an offset, however large, leaves nothing of the list."""
    return window.after is None and window.offset >= total


def empty(total: int) -> Page:
    return Page(documents=(), total=total, more=None)


async def count(connection: Connection, listed: str, values: Mapping[str, Value]) -> int:
    rows = await connection.rows(f"{listed}_count", values)
    return int(rows[0][0])


async def read(
    connection: Connection,
    listed: str,
    values: Mapping[str, Value],
    window: Window,
    *,
    start: Start,
    total: int,
    descending: bool = False,
) -> Page:
    """The page that begins at `start`. Its statement's rows are ref, version and document,
    and, where the list is sorted by it, `ordered_at`."""
    rows = await connection.rows(
        _statement(listed, descending=descending),
        # One more than was asked for tells whether there is more.
        _bounds(values, start, window.limit + 1, whole=window.whole),
    )
    return _page(rows, window.limit, total)


async def read_joined(
    connection: Connection,
    listed: str,
    values: Mapping[str, Value],
    window: Window,
    *,
    start: Start,
    descending: bool = False,
) -> Page | None:
    """As `read`, with the documents in one piece; None while anything is hidden. `values` name
    the counts of the list too.

    Where a page is many rows, SQLite lets the writer's thread take the interpreter at each of
    them. PostgreSQL is asked once, for the page and its total.
    """
    statement = _statement(listed, descending=descending)
    ((hides, total, refs, joined),) = await connection.rows(
        f"{statement}_joined", _bounds(values, start, window.limit, whole=True)
    )
    if hides:
        return None
    total = int(total)
    if refs is None:
        return empty(total)
    last = Cursor(Ref(refs[-_REF_BYTES:]))
    if window.after is None:
        has_more = window.offset + window.limit < total
    else:
        behind = Start(before=last) if descending else Start(after=last)
        one = _bounds(values, behind, 1, whole=False)
        has_more = bool(await connection.rows(statement, one))
    return Page(documents=(), total=total, more=last if has_more else None, joined=joined)


def _statement(listed: str, *, descending: bool) -> str:
    return f"{listed}_page_descending" if descending else f"{listed}_page"


def _bounds(
    values: Mapping[str, Value], start: Start, limit: int, *, whole: bool
) -> Mapping[str, Value]:
    return {
        **values,
        "after": start.after.ref,
        "before": start.before.ref,
        "ordered_after": _ordered(start.after, EARLIEST),
        "ordered_before": _ordered(start.before, LATEST),
        "whole": int(whole),
        "limit": limit,
        "skip": start.skip,
    }


def _ordered(cursor: Cursor, otherwise: int) -> int:
    return otherwise if cursor.ordered_at is None else cursor.ordered_at.microseconds


def _page(rows: Sequence[tuple[Any, ...]], limit: int, total: int) -> Page:
    documents = [Document(row[0], row[1], row[2] or b"") for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(documents=documents, total=total, more=None)
    last = rows[limit - 1]
    ordered_at = Instant(last[3]) if len(last) > 3 else None
    return Page(documents=documents, total=total, more=Cursor(last[0], ordered_at))
