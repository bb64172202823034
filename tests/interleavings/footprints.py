"""Where a statement reads and changes rows, so that schedules that differ only in what doesn't
matter are run once.

An area is never smaller than what a statement touches: what can't be told from its text is a
whole table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final

import asyncpg
from msgspec import Struct

from orderfolio.store import statements
from orderfolio.store.connections import Value
from orderfolio.store.postgres.spelling import Spelling

_MENTIONED: Final = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?(\w+)")
_TARGET: Final = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_INSERT: Final = re.compile(r"INSERT INTO (\w+) \(([^)]*)\)\s+VALUES \(([^)]*)\)")
_ENCLOSED: Final = re.compile(r"\([^()]*\)")
_CONDITION: Final = re.compile(r"\bWHERE\b(.*)", re.DOTALL)
_EQUATION: Final = re.compile(r"(?:\b(\w+)\.)?\b(\w+) = :(\w+)")
_LINKED: Final = re.compile(r"\bshard = (?::shard\b|\w+\.shard\b)")
# What the views go by to what else they look at.
_SHARED: Final = {"organisation", "shard"}

# By its key a row is told from others, unless something else of it must be unique, too.
_KEYS: Final = """
SELECT relname, array_agg(attname::text)
FROM pg_index
JOIN pg_class ON pg_class.oid = indrelid
JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
WHERE relnamespace = 'public'::regnamespace AND indisunique
GROUP BY relname HAVING count(DISTINCT indexrelid) = 1
"""
_VIEWS: Final = "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'"
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


class Area(Struct, frozen=True):
    """The rows of a table that have these values in these columns of its key."""

    table: str
    key: Mapping[str, Value]

    def meets(self, other: Area) -> bool:
        """Whether a row may be in both."""
        return self.table == other.table and all(
            self.key[column] == other.key[column] for column in self.key.keys() & other.key.keys()
        )


class Footprint(Struct, frozen=True):
    """What a statement looks at, and what it changes or holds."""

    reads: tuple[Area, ...]
    changes: tuple[Area, ...]


class _Parsed(Struct, frozen=True):
    """What a statement is about before it has values. `mentioned` are tables and views, of which
    the `first`, if any, has `keyed` as its conditions: columns, and the parameters that they
    equal. It `is_in_shard` where all others have the same shard."""

    first: str | None
    keyed: Mapping[str, str]
    mentioned: tuple[str, ...]
    is_in_shard: bool
    changed: str | None


class Schema(Struct, frozen=True):
    """The key columns of each table, none where they don't tell its rows apart; and the tables
    that each view looks at, first the one whose rows it shows."""

    keys: Mapping[str, frozenset[str]]
    views: Mapping[str, tuple[str, ...]]

    def footprint(self, spelling: Spelling, values: Mapping[str, Value]) -> Footprint:
        parsed = _parsed(spelling.name, frozenset({*self.keys, *self.views}))
        reads = [area for name in parsed.mentioned for area in self._areas(name, parsed, values)]
        changes: list[Area] = []
        if parsed.changed is not None:
            changes = [self._areas(parsed.changed, parsed, values)[0]]
        elif spelling.holds or spelling.writes:
            changes = [self._areas(name, parsed, values)[0] for name in parsed.mentioned]
        return Footprint(tuple(reads), tuple(changes))

    def _areas(self, name: str, parsed: _Parsed, values: Mapping[str, Value]) -> list[Area]:
        """Where a table or view that a statement mentions takes it; a view's own rows first."""
        table, *others = self.views.get(name, (name,))
        given = {column: values[parameter] for column, parameter in parsed.keyed.items()}
        if name != parsed.first:
            is_kept = parsed.is_in_shard and "shard" in given
            given = {"shard": given["shard"]} if is_kept else {}
        shared = {column: given[column] for column in _SHARED & given.keys()}
        return [self._area(table, given), *(self._area(other, shared) for other in others)]

    def _area(self, table: str, key: Mapping[str, Value]) -> Area:
        return Area(table, {column: key[column] for column in self.keys[table] & key.keys()})


async def read_schema(connection: asyncpg.Connection) -> Schema:
    """What the server says of the tables and views."""
    tables = [table for (table,) in await connection.fetch(_TABLES)]
    keys = {table: frozenset[str]() for table in tables}
    keys |= {table: frozenset(columns) for table, columns in await connection.fetch(_KEYS)}
    texts = dict(await connection.fetch(_VIEWS))

    def looked_at(view: str) -> list[str]:
        found = _MENTIONED.findall(texts[view].replace("(", " "))
        return [
            table
            for name in found
            for table in (looked_at(name) if name in texts else [name] if name in keys else [])
        ]

    return Schema(keys, {view: tuple(dict.fromkeys(looked_at(view))) for view in texts})


def touching(one: Iterable[Area], other: Iterable[Area]) -> bool:
    others = list(other)
    return any(area.meets(rival) for area in one for rival in others)


def reads_of(footprints: Sequence[Footprint]) -> list[Area]:
    return [area for footprint in footprints for area in footprint.reads]


def changes_of(footprints: Sequence[Footprint]) -> list[Area]:
    return [area for footprint in footprints for area in footprint.changes]


@cache
def _parsed(name: str, known: frozenset[str]) -> _Parsed:
    text = {**statements.named(), **statements.named("postgres")}[name].text
    mentioned = [one for one in _MENTIONED.findall(text) if one in known]
    target = _TARGET.match(text)
    if (insert := _INSERT.match(text)) is not None:
        return _Parsed(insert[1], _inserted(insert), tuple(mentioned), False, insert[1])
    outside = _without_parentheses(text)
    own = [one for one in _MENTIONED.findall(outside) if one in known]
    first = own[0] if own and mentioned.count(own[0]) == 1 else None
    # Marks are of no shard; all else must be tied to the one that is given.
    sharded = [one for one in mentioned if one != "deletions"]
    return _Parsed(
        first=first,
        keyed=_equations(outside, first),
        mentioned=tuple(dict.fromkeys(mentioned)),
        is_in_shard=len(_LINKED.findall(text)) >= len(sharded),
        changed=None if target is None else target[1],
    )


def _without_parentheses(text: str) -> str:
    """What a statement says at its own level: what isn't within a query inside it, or within
    some alternative."""
    while (fewer := _ENCLOSED.sub(" ", text)) != text:
        text = fewer
    return text


def _inserted(insert: re.Match[str]) -> dict[str, str]:
    columns, values = (re.split(r",\s*", insert[n].strip()) for n in (2, 3))
    pairs = zip(columns, values, strict=True)
    return {column: value[1:] for column, value in pairs if value.startswith(":")}


def _equations(text: str, first: str | None) -> dict[str, str]:
    """The columns that must equal a parameter, in what isn't within parentheses."""
    condition = _CONDITION.search(text)
    if condition is None or " OR " in condition[1]:
        return {}
    is_joined = "JOIN" in text
    return {
        column: parameter
        for table, column, parameter in _EQUATION.findall(condition[1])
        if table == first or (not table and not is_joined)
    }
