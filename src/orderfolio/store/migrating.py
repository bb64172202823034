"""The migrations of an engine: numbered files of plain SQL, applied in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Final

from msgspec import Struct

_FILE: Final = re.compile(r"(\d{4})_(\w+)\.sql", re.ASCII)


class Migration(Struct, frozen=True):
    """What brings a database from the version before to `version`."""

    version: int
    title: str
    text: str


def migrations_of(engine: str) -> tuple[Migration, ...]:
    """Those of the package for this engine, in order."""
    folder = resources.files(__package__) / "migrations" / engine
    return collect([(entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir()])


def collect(files: Sequence[tuple[str, str]]) -> tuple[Migration, ...]:
    """The migrations of `files`, each a name and a text. Raises ValueError unless they are
    numbered from 1 without a gap."""
    found = []
    for name, text in sorted(files):
        match = _FILE.fullmatch(name)
        if match is None:
            if name.endswith(".sql"):
                raise ValueError(f"{name} isn't named as 0001_title.sql")
            continue
        found.append(Migration(int(match[1]), match[2].replace("_", " "), text))
    versions = [migration.version for migration in found]
    if versions != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations aren't numbered from 1 without a gap: {versions}")
    return tuple(found)
