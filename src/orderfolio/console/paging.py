"""Pages of a list, by cursor where one goes on and by offset where one goes back.

A cursor in an address is a plain place in a list of the visitor's own organisation, so it
needs no seal.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from msgspec import Struct

from orderfolio.console import formats
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.store.queries import Cursor, Page, Window

LIMIT: Final = 25
_FURTHEST: Final = 10**12


def read(query: dict[str, str]) -> Window:
    """The window that an address asks for; what makes no sense asks for the beginning."""
    start = query.get("from", "")
    offset = int(start) if start.isascii() and start.isdigit() and len(start) < 13 else 0
    return Window(
        offset=min(offset, _FURTHEST),
        limit=LIMIT,
        after=cursor(query.get("after", "")) if offset else None,
        whole=True,
    )


class Pager(Struct, frozen=True):
    """The way through a list: where this page stands in it, and addresses of others."""

    summary: str
    first: str | None
    previous: str | None
    next: str | None


def pager(path: str, query: dict[str, str], window: Window, page: Page, noun: str) -> Pager:
    """`query` holds the filters and the sort, which every address keeps."""
    begin, shown = window.offset, len(page.documents)

    def address(**place: object) -> str:
        kept = {name: value for name, value in query.items() if value}
        return f"{path}?{urlencode({**kept, **place})}" if kept or place else path

    if shown:
        span = f"{formats.count(begin + 1)} to {formats.count(begin + shown)} of "
        summary = (span if shown < page.total else "") + formats.plural(page.total, noun)
    else:
        summary = formats.plural(page.total, noun)
    back = max(begin - LIMIT, 0)
    return Pager(
        summary=summary,
        first=address() if begin > LIMIT else None,
        previous=None if not begin else address(**{"from": back}) if back else address(),
        next=None
        if page.more is None or not shown
        else address(**{"from": begin + shown, "after": spell(page.more)}),
    )


def spell(cursor: Cursor) -> str:
    """A cursor as an address has it."""
    text = refs.spell(cursor.ref)
    return text if cursor.ordered_at is None else f"{text}.{cursor.ordered_at.microseconds}"


def cursor(text: str) -> Cursor | None:
    """The cursor that an address has; None where it has none."""
    name, _, moment = text.partition(".")
    ref = refs.parse(name)
    if ref is None:
        return None
    if not moment:
        return Cursor(ref)
    digits = moment.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        return None
    return Cursor(ref, Instant(int(moment)))
