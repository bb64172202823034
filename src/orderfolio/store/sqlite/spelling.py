"""The named statements as SQLite is asked them: with parameters by position.

SQLite looks each name up by its letters, in every run again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

import apsw
from msgspec import Struct

from orderfolio.store import statements
from orderfolio.store.connections import Value
from orderfolio.store.statements import Statement

_PARAMETER: Final = re.compile(r":([a-z_]+)")

Pick = Callable[[Mapping[str, Value]], tuple[Any, ...]]


class Spelling(Struct, frozen=True):
    """What is run, and what takes its parameters, in their order, out of those that have names."""

    text: str
    pick: Pick


def spelt() -> Mapping[str, Spelling]:
    """Every statement of the package, by name."""
    return {name: _spell(statement) for name, statement in statements.named().items()}


@cache
def _spell(statement: Statement) -> Spelling:
    names = list(dict.fromkeys(_PARAMETER.findall(statement.text)))
    text = _PARAMETER.sub(lambda match: f"?{names.index(match[1]) + 1}", statement.text)
    return Spelling(text, _pick(names, statement.lists))


def _pick(names: Sequence[str], lists: Sequence[str]) -> Pick:
    if lists:
        return lambda values: tuple(
            _table(values[name]) if name in lists else values[name] for name in names
        )
    if len(names) > 1:
        return itemgetter(*names)
    # Of a single name, itemgetter gives the value itself.
    return lambda values: tuple(values[name] for name in names)


def _table(values: Value) -> object:
    if not isinstance(values, Sequence) or isinstance(values, str | bytes):
        raise TypeError(f"not a list: {values!r}")
    # apsw refuses an empty array; SQLite takes NULL for one.
    return apsw.carray(tuple(values)) if values else None
