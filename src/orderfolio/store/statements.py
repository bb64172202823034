"""The statements of `sql/`, read once and known by name.

A file holds the statements of one noun. Each begins with `-- name: orders_insert` and one
comment line that says what it is for; names are unique over all files, parameters are
spelt `:snake_name`. A statement is one SQL statement; its rows come back in its own order.

A list (`Sequence[bytes]` or `Sequence[str]`) is given as one parameter and is spelt exactly
`carray(:refs)`, a table of one column `value`, so that another engine can respell it:

    WHERE ref IN (SELECT value FROM carray(:refs)) AND shard IN (…)
    FROM carray(:refs) AS wanted CROSS JOIN orders ON orders.ref = wanted.value

The CROSS JOIN keeps the order of the list for the planner, `IN` promises no order: sort
where it matters. Bytes come out as BLOB, str as TEXT; an empty list is an empty table; text
in a list can't hold U+0000. Hundred rows by key take 53 µs (CROSS JOIN) and 63 µs (IN); JSON
of hexadecimal takes 87 µs.

A page whose columns have the names ref and document has a second form, its own name with
`_joined` behind it: one row of what `tallies_total` tells of `:list`, of all refs in one piece,
and of all documents, with commas between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Final

from msgspec import Struct

_NAME: Final = re.compile(r"^-- name: *(\w+) *$", re.MULTILINE)
_LIST: Final = re.compile(r"\bcarray\(:(\w+)\)")
_PAGE: Final = re.compile(r"SELECT ref, .* AS document\n")
_JOINED: Final = """\
{total},
    CAST(group_concat(ref, '') AS BLOB),
    CAST(group_concat(document, ',') AS BLOB)
FROM (
{page}
) AS page"""


class Statement(Struct, frozen=True):
    """What is run, and which of its parameters are lists."""

    text: str
    lists: tuple[str, ...]


@cache
def named(engine: str = "") -> Mapping[str, Statement]:
    """Every statement that all engines share, or those of one engine alone, by its name."""
    folder = resources.files(__package__) / "sql" / engine
    files = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    found = collect((entry.name, entry.read_text(encoding="utf-8")) for entry in files)
    return found | joined(found)


def collect(files: Iterable[tuple[str, str]]) -> dict[str, Statement]:
    """The statements of `files`, each a name and a text. Raises ValueError where two have
    the same name, or a file has something before its first name."""
    found: dict[str, Statement] = {}
    for file, text in files:
        preamble, *parts = _NAME.split(text)
        if _without_comments(preamble):
            raise ValueError(f"{file}: a statement without a name")
        for name, body in zip(parts[::2], parts[1::2], strict=True):
            if name in found:
                raise ValueError(f"{file}: the name {name} is taken")
            statement = _without_comments(body).removesuffix(";").rstrip()
            if not statement:
                raise ValueError(f"{file}: {name} is empty")
            found[name] = Statement(statement, tuple(dict.fromkeys(_LIST.findall(statement))))
    return found


def joined(found: Mapping[str, Statement]) -> dict[str, Statement]:
    """The second forms of the pages of documents among them."""
    return {
        f"{name}_joined": Statement(
            _JOINED.format(total=found["tallies_total"].text, page=statement.text), statement.lists
        )
        for name, statement in found.items()
        if _PAGE.match(statement.text)
    }


def _without_comments(text: str) -> str:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return "\n".join(lines).strip()
