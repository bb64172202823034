"""Folding: single counts, summed up into the slices of the trees and the parts of the lists.

A second of few is one slice at the lowest level, however few. One of many is divided: then
each of its counts is in a slice of the finest level as well, and those of the second are the
sum of these. It is divided once, by whoever folds what makes it dense, who holds it then.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

from orderfolio.store.connections import Connection, Value
from orderfolio.store.tables import tallies
from orderfolio.store.tables.tallies import FANOUT_BITS, FINEST, LOWEST_BITS, TOP

# From so many on, a second is divided. With fewer, its slices would hold one or two each, and
# be as many rows as they spare a walk over.
DENSE: Final = 128

_FINEST_BITS: Final = LOWEST_BITS - FANOUT_BITS

Key = dict[str, Value]


class Folds:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fold(self, limit: int) -> int:
        rows = await self._connection.rows("tallies_take", {"limit": limit})
        slices: Counter[tuple[int, str, int, int]] = Counter()
        seconds: defaultdict[tuple[int, str, int], Counter[int]] = defaultdict(Counter)
        parts: Counter[tuple[int, str, str]] = Counter()
        for organisation, name, part, millisecond, change in rows:
            parts[organisation, name, part] += change
            for level in range(TOP + 1):
                slices[organisation, name, level, tallies.slice_of(millisecond, level)] += change
            second = organisation, name, tallies.slice_of(millisecond, 0)
            seconds[second][millisecond >> _FINEST_BITS] += change
        for (organisation, name, level, number), change in sorted(slices.items()):
            key: Key = {"organisation": organisation, "list": name, "level": level}
            # A second is held even where nothing is left of its changes: who divides it must
            # not miss them at the finest level.
            await self._sum("tally_nodes", {**key, "prefix": number}, change, holds=level == 0)
        for (organisation, name, number), changes in sorted(seconds.items()):
            await self._refine({"organisation": organisation, "list": name}, number, changes)
        for (organisation, name, part), change in sorted(parts.items()):
            if part:
                key = {"organisation": organisation, "list": name, "part": part}
                await self._sum("tally_parts", key, change)
        return len(rows)

    async def _refine(self, key: Key, second: int, changes: Counter[int]) -> None:
        """Count at the finest level too, where the second is divided or dense by now."""
        first = second << FANOUT_BITS
        rows = await self._connection.rows(
            "tallies_density",
            {**key, "prefix": second, "first": first, "last": first + (1 << FANOUT_BITS) - 1},
        )
        ((size, is_divided),) = rows
        if not is_divided:
            if size < DENSE:
                return
            if size != changes.total():
                changes = await self._folded_of(key, second)
        for number, change in sorted(changes.items()):
            await self._sum("tally_nodes", {**key, "level": FINEST, "prefix": number}, change)

    async def _folded_of(self, key: Key, second: int) -> Counter[int]:
        """All that was folded into a second, by the slices of the finest level: its rows, less
        those that weren't folded yet."""
        statement, more = _rows_of(str(key["list"]))
        between = tallies.between(second << LOWEST_BITS, second + 1 << LOWEST_BITS)
        found: Counter[int] = Counter()
        for moment, size in await self._connection.rows(statement, {**key, **more, **between}):
            found[int.from_bytes(moment, "big") >> _FINEST_BITS] += size
        return found

    async def _sum(
        self, table: str, key: Mapping[str, Any], change: int, *, holds: bool = False
    ) -> None:
        if change != 0 or holds:
            await self._connection.rows(f"{table}_add", {**key, "change": change})
        if change < 0 or (holds and change == 0):
            await self._connection.rows(f"{table}_prune", key)


def _rows_of(name: str) -> tuple[str, Key]:
    """The statement that tells when a list's rows were made, and what else that is given."""
    if name == tallies.ORDERS:
        return "orders_moments", {}
    if name == tallies.GUESTS:
        return "guests_moments", {}
    return "guests_of_type_moments", {"guest_type": name.removeprefix(f"{tallies.GUESTS}.")}
