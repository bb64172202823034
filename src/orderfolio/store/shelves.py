"""Shelves: a database as tables of plain rows, for whoever carries all of it elsewhere.

What the rows mean is nobody's business here. Every engine has a shelf of its own, and all of
them sort alike: numbers by size, text and bytes by their bytes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

import msgspec
from msgspec import Struct

from orderfolio.store.connections import Connection

HANDFUL: Final = 128
"""How many rows an engine reads at a time, before it knows how long they are."""
LARGEST_HANDFUL: Final = 1024
HANDFUL_BYTES: Final = 1024 * 1024

Cell: TypeAlias = int | str | bytes | None
Row: TypeAlias = tuple[Cell, ...]
Kind: TypeAlias = Literal["number", "text", "bytes"]


class Column(NamedTuple):
    """What stands in one place of each row."""

    name: str
    kind: Kind
    may_be_null: bool


class Table(Struct, frozen=True):
    """A table as every engine sees it: the first `key_width` columns are its primary key, in
    the key's order, the others follow by name."""

    name: str
    columns: tuple[Column, ...]
    key_width: int

    def key_of(self, row: Row) -> Row:
        return row[: self.key_width]


class Shelf(Connection, Protocol):
    """A database that nobody serves from. Named statements run as on every `Connection`."""

    async def tables(self) -> Sequence[Table]:
        """All whose rows belong to the data, by name: none that the engine keeps for itself."""

    async def count(self, table: Table) -> int:
        """How many rows it has."""

    def read(
        self, table: Table, *, after: Row | None = None, through: Row | None = None
    ) -> AsyncIterator[Sequence[Row]]:
        """Its rows in the order of their keys, a handful at a time: those whose keys are
        greater than `after` and not greater than `through`. In a transaction only."""

    async def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add rows whose keys aren't there."""

    async def clear(self, table: Table) -> None:
        """Delete all of its rows."""

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """One snapshot, within which nobody else writes any of the tables, from its beginning
        to its end; what was written is on disk at the end, or undone where it raised."""


def table_of(name: str, columns: Sequence[Column], key: Sequence[str]) -> Table:
    """A table of these columns, sorted as every engine has them."""
    by_name = {column.name: column for column in columns}
    others = sorted(by_name.keys() - set(key))
    return Table(name, tuple(by_name[column] for column in (*key, *others)), len(key))


def next_handful(rows: Sequence[Row]) -> int:
    """How many rows to read next, of a table in which these came before."""
    fit = len(rows) * HANDFUL_BYTES // len(msgspec.msgpack.encode(rows))
    return max(1, min(fit, LARGEST_HANDFUL))


def selection(table: Table, after: Row | None, through: Row | None) -> tuple[str, list[Cell]]:
    """The statement that reads these rows, and its values, $1 the first."""
    key = ", ".join(column.name for column in table.columns[: table.key_width])
    values: list[Cell] = []
    conditions = []
    for sign, bound in ((">", after), ("<=", through)):
        if bound is not None:
            places = ", ".join(f"${len(values) + n}" for n in range(1, len(bound) + 1))
            conditions.append(f"({key}) {sign} ({places})")
            values += bound
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    names = ", ".join(column.name for column in table.columns)
    # Names come from the schema, values are bound.
    return f"SELECT {names} FROM {table.name}{where} ORDER BY {key}", values  # noqa: S608
