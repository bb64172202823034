"""The counts behind totals, compared with the rows that they count."""

from __future__ import annotations

from typing import Final

from orderfolio.model.guests import GUEST_TYPES
from orderfolio.store.connections import Connection, Value
from orderfolio.store.records import Organisation
from orderfolio.store.tables import pages, tallies
from orderfolio.store.tables.findings import said

SLICES_AT_ONCE: Final = 1_000

Key = dict[str, Value]

# Each list, the statement that counts its rows, and what else that is given.
_LONG: Final[list[tuple[str, str, Key]]] = [
    (tallies.ORDERS, "checks_orders_between", {}),
    (tallies.GUESTS, "checks_guests_between", {}),
]
_OF_TYPES: Final[list[tuple[str, str, Key]]] = [
    (tallies.guests_of_type(name), "checks_guests_of_type_between", {"guest_type": name})
    for name in GUEST_TYPES
]


class TallyChecks:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def organisation(self, organisation: Organisation) -> list[tuple[str, str]]:
        """What is wrong with the counts of an organisation: the list, and what."""
        found: list[tuple[str, str]] = []
        for name, statement, more in (*_LONG, *_OF_TYPES):
            texts = await self._list(statement, {"organisation": organisation, "list": name}, more)
            found += [(name, text) for text in texts]
        return found

    async def _list(self, statement: str, key: Key, more: Key) -> list[str]:
        everywhere: Key = {"after": pages.FIRST, "before": pages.LAST}
        rows = await self._one(statement, {**key, **more, **everywhere})
        ((_, total),) = await self._connection.rows("tallies_total", {**key, "level": tallies.TOP})
        found = said(total != rows, f"the total is {total}, and there are {rows}")
        folded = await self._one("checks_level", {**key, "level": tallies.TOP})
        for level in range(tallies.TOP):
            below = await self._one("checks_level", {**key, "level": level})
            found += said(below != folded, f"level {level} counts {below}, the top {folded}")
        for level in range(tallies.FINEST, tallies.TOP + 1):
            found += await self._level(statement, key, more, level)
        return found

    async def _level(self, statement: str, key: Key, more: Key, level: int) -> list[str]:
        found: list[str] = []
        after = -1
        while True:
            slices = await self._connection.rows(
                "checks_slices",
                {**key, "level": level, "prefix": after, "limit": SLICES_AT_ONCE},
            )
            for number, size in slices:
                true = await (
                    self._slices_below(key, level, number)
                    if level > 0
                    else self._rows_of(statement, key, more, level, number)
                )
                where = f"slice {number} of level {level}"
                found += said(size != true, f"{where} counts {size}, and there are {true}")
                if level == 0:
                    # There are none below a second that isn't divided.
                    below = await self._slices_below(key, level, number)
                    found += said(below not in {0, size}, f"{where} is divided into {below}")
                after = number
            if len(slices) < SLICES_AT_ONCE:
                return found

    async def _slices_below(self, key: Key, level: int, number: int) -> int:
        """What the slices below one of a higher level count."""
        first = number << tallies.FANOUT_BITS
        last = (number + 1 << tallies.FANOUT_BITS) - 1
        return await self._one(
            "checks_slices_below", {**key, "level": level - 1, "first": first, "last": last}
        )

    async def _rows_of(self, statement: str, key: Key, more: Key, level: int, number: int) -> int:
        """How many rows of a slice's time were folded."""
        bits = tallies.LOWEST_BITS + tallies.FANOUT_BITS * level
        between = tallies.between(number << bits, number + 1 << bits)
        rows = await self._one(statement, {**key, **more, **between})
        return rows - await self._one("checks_unfolded_between", {**key, **between})

    async def _one(self, statement: str, values: Key) -> int:
        rows = await self._connection.rows(statement, values)
        return int(rows[0][0])
