"""Tallies: how long the long lists are, and where in them an offset lies.

Each insert and delete leaves a +1 or -1 beside its row; folding (`folds`) sums these into the
slices of a tree over the time in the refs, 64 slices to one of the level above. So a total is
the sum of the top level and of what wasn't folded yet, and an offset is found by walking down
the levels, then over the rows of a second, or, of one that is divided, of a 64th of it. Nothing
is written by every writer.

A list may be made of parts, into which each of its refs falls; folding sums those too, at no
cost to who inserts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.queries import Cursor, Page, Window
from orderfolio.store.records import Organisation
from orderfolio.store.tables import pages
from orderfolio.store.tables.pages import Start

ORDERS: Final = "orders"
GUESTS: Final = "guests"

# A slice of level 0 is 2^10 milliseconds, one of the top level 2^40. The finest level, of 2^4,
# has those of dense seconds alone.
LOWEST_BITS: Final = 10
FANOUT_BITS: Final = 6
TOP: Final = 5
FINEST: Final = -1

# Walking to an offset is faster than finding it in the tree up to about here.
_WALKED: Final = 500
# No list is longer; the tree is asked for no offset behind it.
_LONGEST: Final = 1 << 40


def guests_of_type(guest_type: str) -> str:
    """The name of the list of the guests of one type."""
    return f"{GUESTS}.{guest_type}"


class Tallies:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, organisation: Organisation, name: str, ref: Ref, change: int, part: str = ""
    ) -> None:
        """Count `ref` in (+1) or out (-1) of a list, and of the part of it."""
        await self._connection.rows(
            "tallies_add",
            {
                "organisation": organisation,
                "list": name,
                "ref": ref,
                "shard": refs.shard_of(ref),
                "part": part,
                "millisecond": refs.milliseconds_of(ref),
                "change": change,
            },
        )

    async def browse(
        self,
        name: str,
        listed: str,
        values: dict[str, Value],
        window: Window,
        *,
        descending: bool = False,
    ) -> Page:
        """The page of a whole list of an organisation; `listed` names its statements, `name`
        its counts. They don't know what is hidden: while something is, rows are counted."""
        page = await self._find(name, listed, values, window, descending=descending)
        if page is not None:
            return page
        return await pages.browse(self._connection, listed, values, window, descending=descending)

    async def _find(
        self,
        name: str,
        listed: str,
        values: dict[str, Value],
        window: Window,
        *,
        descending: bool,
    ) -> Page | None:
        """As `browse`; None while anything is hidden."""
        key: dict[str, Value] = {"organisation": values["organisation"], "list": name}
        joined = partial(
            pages.read_joined,
            self._connection,
            listed,
            {**values, **key, "level": TOP},
            window,
            descending=descending,
        )
        start = pages.start_of(window, descending=descending)
        if window.after is None and window.offset > _WALKED:
            hides, total, start = await self._walk(key, window.offset, descending=descending)
        elif window.joined:
            return await joined(start=start)
        else:
            hides, total = await self._total(key)
        if hides:
            return None
        if pages.is_past(window, total):
            return pages.empty(total)
        if window.joined:
            return await joined(start=start)
        return await pages.read(
            self._connection,
            listed,
            values,
            window,
            start=start,
            total=total,
            descending=descending,
        )

    async def between(
        self, name: str, listed: str, values: dict[str, Value], milliseconds: Sequence[int]
    ) -> list[int]:
        """How many refs of a list are from each of `milliseconds` to the next; `name` and
        `listed` as in `browse`. Rows are counted where a second is cut in two."""
        bounds = [min(max(millisecond, 0), 1 << 48) for millisecond in milliseconds]
        if await self.hides(values["organisation"]):
            return [
                await self._rows_between(listed, values, first, last)
                for first, last in pairwise(bounds)
            ]
        key: dict[str, Value] = {"organisation": values["organisation"], "list": name}
        starts = [bound >> LOWEST_BITS << LOWEST_BITS for bound in bounds]
        ranks = [
            await self._folded_before(key, start >> LOWEST_BITS)
            + await self._rows_between(listed, values, start, bound)
            for start, bound in zip(starts, bounds, strict=True)
        ]
        unfolded = [
            await self._count("tallies_between", key, first, last)
            for first, last in pairwise(starts)
        ]
        return [
            last - first + more
            for (first, last), more in zip(pairwise(ranks), unfolded, strict=True)
        ]

    async def parts(self, organisation: Organisation, name: str) -> dict[str, int]:
        """How many are in each part of a list that isn't empty, hidden or not."""
        rows = await self._connection.rows(
            "tallies_parts", {"organisation": organisation, "list": name}
        )
        return dict(rows)

    async def hides(self, organisation: Value) -> bool:
        """Whether anything is hidden, which no count knows of."""
        rows = await self._connection.rows(
            "deletions_of_organisation", {"organisation": organisation}
        )
        return bool(rows)

    async def _total(self, key: dict[str, Value]) -> tuple[bool, int]:
        """Whether anything is hidden, and how long the list is where nothing is."""
        ((hides, total),) = await self._connection.rows("tallies_total", {**key, "level": TOP})
        return bool(hides), int(total)

    async def _walk(
        self, key: dict[str, Value], offset: int, *, descending: bool
    ) -> tuple[bool, int, Start]:
        """As `_total`, and where a page starts that leaves out the first `offset` of a list that
        is longer."""
        values: dict[str, Value] = {
            **key,
            "skip": min(offset, _LONGEST),
            "sign": -1 if descending else 1,
        }
        ((hides, total, level, number, skip),) = await self._connection.rows("tallies_walk", values)
        bits = LOWEST_BITS + FANOUT_BITS * level
        if descending:
            start = Start(skip, before=Cursor(before(number + 1 << bits)))
        else:
            start = Start(skip, after=Cursor(before(number << bits)))
        return bool(hides), int(total), start

    async def _folded_before(self, key: dict[str, Value], slice_number: int) -> int:
        """How many were folded into the slices of level 0 before this one."""
        found = 0
        for level in range(TOP + 1):
            last = slice_number >> FANOUT_BITS * level
            first = 0 if level == TOP else last >> FANOUT_BITS << FANOUT_BITS
            if first < last:
                rows = await self._connection.rows(
                    "tally_nodes_total", {**key, "level": level, "first": first, "last": last - 1}
                )
                found += int(rows[0][0])
        return found

    async def _rows_between(
        self, listed: str, values: dict[str, Value], first: int, last: int
    ) -> int:
        return await self._count(f"{listed}_between_count", values, first, last)

    async def _count(self, statement: str, values: dict[str, Value], first: int, last: int) -> int:
        """What a statement counts from one millisecond to another."""
        if first == last:
            return 0
        rows = await self._connection.rows(statement, values | between(first, last))
        return int(rows[0][0])


def slice_of(millisecond: int, level: int) -> int:
    """Which slice of a level a millisecond is in."""
    return millisecond >> LOWEST_BITS + FANOUT_BITS * level


def between(first: int, last: int) -> dict[str, Value]:
    """What statements are given for the refs from one millisecond to another."""
    return {"after": before(first), "before": before(last)}


def before(milliseconds: int) -> Ref:
    """What lies behind every ref made before this millisecond, and before its own."""
    if milliseconds == 0:
        return pages.FIRST
    if milliseconds >> 48:
        return pages.LAST
    return Ref((int.from_bytes(refs.first_of(milliseconds), "big") - 1).to_bytes(16, "big"))
