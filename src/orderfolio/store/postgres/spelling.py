"""The named statements as PostgreSQL spells them: alone, and for many submissions at once.

The form for many is made from the form for one, so that nothing is said twice. What a
statement is given comes as one row a submission of a table `given`:

    SELECT given.n, found.* FROM unnest(…) WITH ORDINALITY AS given (…, n)
        CROSS JOIN LATERAL (the statement) AS found
    INSERT INTO t (…) SELECT … FROM unnest(…) AS given (…) ON CONFLICT …
    UPDATE t SET … FROM unnest(…) AS given (…) WHERE …

What answers with rows of its own after writing has no such form, for nobody could tell whose
they are; nor has what isn't found by a whole key, for two submissions could mean one row.

Several that only put rows into tables, or change rows there, go as one:

    WITH orders_insert AS (…), audit_insert AS (…) SELECT the transaction's number
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Final

from msgspec import Struct

from orderfolio.store import statements
from orderfolio.store.connections import Value

_PARAMETER: Final = re.compile(r"(?<!:):([a-z_]+)")
_LIST: Final = re.compile(r"\bcarray\(:(\w+)\)( AS \w+)?")
_BYTES: Final = re.compile(r"\bunhex\(printf\('%012x(f*)',\s*(.*?)\)\)", re.DOTALL)
_JOINED: Final = re.compile(r"\bCAST\(group_concat\((\w+), ('\W?')\) AS BLOB\)")
_ORDERED_JOIN: Final = re.compile(r"\bCROSS JOIN (\w+(?: AS \w+)?)\s+ON\b")
_INSERT: Final = re.compile(r"(INSERT INTO \w+ \([^)]*\))\s+VALUES \(([^)]*)\)(.*)", re.DOTALL)
_UPDATE: Final = re.compile(r"(UPDATE (\w+)\s+SET .*?)(\sWHERE .*)", re.DOTALL)
_TABLE: Final = re.compile(r"(?:INSERT INTO|UPDATE) (\w+)")
_KEYED: Final = re.compile(r"\bref = :ref\b.*\bshard = :shard\b", re.DOTALL)

# What names one shard, or a ref, which has its shard within.
_PLACED: Final = {"shard", "ref"}
_NUMBER: Final = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"

# Statements of these names hold the rows that they find until the transaction ends.
HOLDING: Final = ("_for_update", "_hold")


class Spelling(Struct, frozen=True):
    """One statement. `one` has its parameters as $1, $2, … in the order of `parameters`;
    `many` is None where there is no such form, and has `{given}` where the types go.

    `holds` says that it waits for others and keeps them waiting, and that its rows end with
    the number of the transaction; `writes`, that what it did must be undone where its
    operation fails; `roams`, that it does either beyond one shard, so that nobody can tell by
    its values whom it concerns.

    `table` is where it puts or changes rows, None where there is anything to wait for: rows
    that it answers with, or others that it must see. It `adds` where it does nothing but put
    new rows there, which may be any number at once.

    `pick` takes the values of its parameters, in their order, out of what it is given.
    """

    name: str
    one: str
    many: str | None
    parameters: tuple[str, ...]
    lists: tuple[str, ...]
    holds: bool
    writes: bool
    roams: bool
    table: str | None
    adds: bool
    pick: Callable[[Mapping[str, Value]], tuple[Value, ...]]

    def many_given(self, types: Sequence[str], first: int = 1) -> str:
        """The form for many, whose parameters are of these types, one array each, from the
        `first` on."""
        if self.many is None:
            raise ValueError(f"{self.name} is run alone")
        arrays = ", ".join(f"${n}::{name}[]" for n, name in enumerate(types, start=first))
        return self.many.replace("{given}", f"unnest({arrays})")


@cache
def spelt() -> Mapping[str, Spelling]:
    """Every statement of the package, and those of this engine alone, by name."""
    found = {**statements.named(), **statements.named("postgres")}
    return {name: spell(name, statement.text) for name, statement in found.items()}


def spell(name: str, text: str) -> Spelling:
    """`text` as this engine spells it."""
    # Lists are of refs: the server can't tell by itself.
    text = _LIST.sub(
        lambda match: f"unnest(:{match[1]}::bytea[]){match[2] or ' AS carray'} (value)", text
    )
    text = _JOINED.sub(r"string_agg(\1, \2::bytea)", text)
    # A number as the first bytes of a ref.
    text = _BYTES.sub(r"decode(lpad(to_hex(\2), 12, '0') || '\1', 'hex')", text)
    text = _ORDERED_JOIN.sub(r"JOIN \1 ON", text)
    holds = name.endswith(HOLDING)
    if holds:
        # Behind a lock the transaction has a number already, and telling it costs no journey.
        text = f"SELECT held.*, {_NUMBER} FROM (\n{text}\nFOR UPDATE\n) AS held"  # noqa: S608
    parameters = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    writes = not text.startswith("SELECT")
    numbers = {parameter: f"${n}" for n, parameter in enumerate(parameters, start=1)}
    lists = tuple(match[0] for match in re.findall(r"\bunnest\(:(\w+)::()", text))
    many = None if lists or not parameters else _many(text, parameters)
    roams = (holds or writes) and not _PLACED.intersection(parameters)
    table = None if many is None or roams or "SELECT" in text else _TABLE.match(text)
    return Spelling(
        name=name,
        one=_PARAMETER.sub(lambda match: numbers[match[1]], text),
        many=many,
        parameters=parameters,
        lists=lists,
        holds=holds,
        writes=writes,
        roams=roams,
        table=None if table is None else table[1],
        adds=text.startswith("INSERT") and "DO UPDATE" not in text,
        pick=_picking(parameters),
    )


def together(several: Sequence[tuple[Spelling, Sequence[str]]]) -> str:
    """Several that write as one statement, each in its form for many with parameters of these
    types; it answers with the number of the transaction."""
    parts = []
    first = 1
    for spelling, types in several:
        parts.append(f"{spelling.name} AS (\n{spelling.many_given(types, first)}\n)")
        first += len(types)
    return f"WITH {', '.join(parts)}\nSELECT {_NUMBER}"


def _picking(
    parameters: tuple[str, ...],
) -> Callable[[Mapping[str, Value]], tuple[Value, ...]]:
    if len(parameters) > 1:
        return itemgetter(*parameters)
    # Of one alone, an itemgetter makes no tuple.
    return lambda values: tuple([values[name] for name in parameters])


def _many(text: str, parameters: tuple[str, ...]) -> str | None:
    columns = ", ".join(f"given_{parameter}" for parameter in parameters)
    respelt = _PARAMETER.sub(r"given.given_\1", text)
    if text.startswith("SELECT"):
        given = f"{{given}} WITH ORDINALITY AS given ({columns}, n)"
        found = f"CROSS JOIN LATERAL (\n{respelt}\n) AS found"
        return f"SELECT given.n, found.* FROM {given}\n{found}"  # noqa: S608 - all of it is ours
    if "RETURNING" in text:
        return None
    source = f"{{given}} AS given ({columns})"
    if (insert := _INSERT.fullmatch(respelt)) is not None:
        return f"{insert[1]}\nSELECT {insert[2]} FROM {source}{insert[3]}"
    if _KEYED.search(text) and (update := _UPDATE.fullmatch(respelt)) is not None:
        return f"{update[1]}\nFROM {source}{update[3]}"
    return None
