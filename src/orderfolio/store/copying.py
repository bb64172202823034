"""Carrying a whole database to another, of the same engine or not, row by row as it stands.

The rows of a table are copied in the order of their keys; each batch is a transaction of the
target, with the ledger that tells how far it came. At the end the target is read anew, and
must hold what was read from the source, row by row.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct, structs

from orderfolio.errors import CannotStart
from orderfolio.store import ledgers
from orderfolio.store.draws import KEY_SETTING
from orderfolio.store.ledgers import Ledger, Sum
from orderfolio.store.shelves import Row, Shelf, Table

BATCH_ROWS: Final = 4096
BATCH_BYTES: Final = 4 * 1024 * 1024

_NUMBERING: Final = "numbering"
_SETTINGS: Final = "settings"
Doing = Literal["copying", "verifying"]

# What a database holds that is made just now.
_NEW: Final = {_SETTINGS, _NUMBERING}


class Copied(Struct, frozen=True):
    """A table that is the same on both sides: how many rows, and their checksum."""

    table: str
    rows: int
    checksum: bytes


OnStep = Callable[[Doing, str, int, int], None]
"""Told what is being done to which table, and how many rows of how many are done by now: each
is copied once and verified once."""


async def copy(source: Shelf, target: Shelf, on_step: OnStep) -> list[Copied]:
    """Carry all rows of `source` to `target`, which is new or has a part of them.

    Raises CannotStart for a target that holds anything else, or was written by others since
    the copy was begun; what is there of a copy stays, for the next one to go on with.
    """
    tables = await _tables(source, target)
    async with source.transaction():
        total = 2 * sum([await source.count(table) for table in tables])
        fingerprint = ledgers.fingerprint(await _key(source))
        async with target.transaction():
            ledger = await _ledger(target, fingerprint)
            if ledger is None:
                ledger = await _begin(target, tables, fingerprint)
        return await _Copy(source, target, ledger, total, on_step).run(tables)


async def _tables(source: Shelf, target: Shelf) -> Sequence[Table]:
    ours, theirs = await source.tables(), await target.tables()
    differing = {table.name for table in {*ours} ^ {*theirs}}
    if differing:
        raise CannotStart(
            "the two databases were made by different programs: they differ in "
            f"{', '.join(sorted(differing))}"
        )
    return ours


async def _key(source: Shelf) -> bytes:
    if await ledgers.find(source) is not None:
        raise CannotStart("the database to copy from is itself a copy that isn't finished")
    rows = await source.rows("settings_find", {"name": KEY_SETTING})
    if not rows:
        raise CannotStart("the database to copy from was never served; there is nothing to copy")
    key: bytes = rows[0][0]
    return key


async def _ledger(target: Shelf, fingerprint: bytes) -> Ledger | None:
    """That of a copy of this source; None where no copy was begun."""
    ledger = await ledgers.find(target)
    if ledger is not None:
        if ledger.source != fingerprint:
            raise CannotStart("the database to copy to holds a copy, begun from another database")
        return ledger
    rows = await target.rows("settings_find", {"name": KEY_SETTING})
    if rows and ledgers.fingerprint(rows[0][0]) == fingerprint:
        raise CannotStart(
            "the database to copy to is the one to copy from, or a finished copy of it"
        )
    return None


async def _begin(target: Shelf, tables: Sequence[Table], fingerprint: bytes) -> Ledger:
    """Take a new database for the copy, without what it was made with."""
    for table in tables:
        if table.name == _NUMBERING:
            # The first number is given to the first organisation.
            is_new = all(greatest == 0 for _, greatest in await _all(target, table))
        elif table.name == _SETTINGS:
            is_new = all(name == KEY_SETTING for name, _ in await _all(target, table))
        else:
            is_new = await target.count(table) == 0
        if not is_new:
            raise CannotStart(
                f"the database to copy to has data of its own, in {table.name}; name an empty one"
            )
    for table in tables:
        if table.name in _NEW:
            await target.clear(table)
    ledger = Ledger(fingerprint, {})
    await ledgers.begin(target, ledger)
    return ledger


async def _all(shelf: Shelf, table: Table) -> list[Row]:
    return [row async for rows in shelf.read(table) for row in rows]


class _Copy:
    """One run of a copy, in a transaction of the source."""

    def __init__(
        self, source: Shelf, target: Shelf, ledger: Ledger, total: int, on_step: OnStep
    ) -> None:
        self._source = source
        self._target = target
        self._ledger = ledger
        self._total = total
        self._done = 0
        self._on_step = on_step

    async def run(self, tables: Sequence[Table]) -> list[Copied]:
        async with self._target.transaction():
            for table in tables:
                await self._refuse_used(table)
        for table in tables:
            await self._carry(table)
        async with self._target.transaction():
            for table in tables:
                await self._verify(table)
            await ledgers.remove(self._target)
        sums = [(table.name, self._ledger.of(table)) for table in tables]
        return [Copied(name, found.rows, found.checksum) for name, found in sums]

    async def _refuse_used(self, table: Table) -> None:
        """What is there of an earlier run must be what that run wrote."""
        if await self._sum_of_target(table) != self._ledger.of(table):
            raise CannotStart(
                f"the database to copy to was written by others since the copy was begun, in "
                f"{table.name}; copy into an empty one"
            )

    async def _carry(self, table: Table) -> None:
        copied = self._ledger.of(table)
        if copied.rows:
            # The source may have been served since the run that copied them.
            found = await self._sum_of_source(table, copied)
            if found != copied:
                self._done -= found.rows
                copied = Sum()
                async with self._target.transaction():
                    await self._target.clear(table)
                    await self._note(table, copied)
        async for rows in _batched(self._source.read(table, after=copied.last)):
            copied = copied.plus(table, rows)
            async with self._target.transaction():
                await self._target.insert(table, rows)
                await self._note(table, copied)
            await self._step("copying", table, len(rows))

    async def _note(self, table: Table, copied: Sum) -> None:
        former = self._ledger
        tables = {**former.tables, table.name: copied}
        ledger = structs.replace(former, tables=tables)
        await ledgers.replace(self._target, former, ledger)
        self._ledger = ledger

    async def _verify(self, table: Table) -> None:
        expected, found = self._ledger.of(table), Sum()
        async for rows in self._rows_of_target(table):
            found = found.plus(table, rows)
            await self._step("verifying", table, len(rows))
        if found != expected:
            raise CannotStart(
                f"the copy isn't what it should be: {table.name} has {found.rows} rows with the "
                f"checksum {found.checksum.hex()}, not {expected.rows} with "
                f"{expected.checksum.hex()}; copy into an empty database"
            )

    async def _sum_of_source(self, table: Table, copied: Sum) -> Sum:
        found = Sum()
        async for rows in self._source.read(table, through=copied.last):
            found = found.plus(table, rows)
            await self._step("copying", table, len(rows))
        return found

    async def _sum_of_target(self, table: Table) -> Sum:
        found = Sum()
        async for rows in self._rows_of_target(table):
            found = found.plus(table, rows)
            await _listen()
        return found

    async def _rows_of_target(self, table: Table) -> AsyncIterator[Sequence[Row]]:
        async for rows in self._target.read(table):
            # The ledger is the target's own.
            is_plain = table.name != _SETTINGS
            yield rows if is_plain else [row for row in rows if row[0] != ledgers.SETTING]

    async def _step(self, doing: Doing, table: Table, rows: int) -> None:
        self._done += rows
        self._on_step(doing, table.name, self._done, self._total)
        await _listen()


async def _listen() -> None:
    """Let Ctrl-C through, which an engine that waits for its disk alone never would."""
    await asyncio.sleep(0)


async def _batched(handfuls: AsyncIterator[Sequence[Row]]) -> AsyncIterator[list[Row]]:
    """Rows for one transaction: as many as pay, and no more than fit into memory."""
    gathered: list[Row] = []
    size = 0
    async for rows in handfuls:
        gathered += rows
        size += len(msgspec.msgpack.encode(rows))
        if len(gathered) >= BATCH_ROWS or size >= BATCH_BYTES:
            yield gathered
            gathered, size = [], 0
    if gathered:
        yield gathered
