"""What the tables need of an engine: a way to run one named statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Value = int | str | bytes | None | Sequence[bytes] | Sequence[str]


class Connection(Protocol):
    """An open transaction of the engine. Statements are those of `sql/`, by their names."""

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        """Run the statement and return all its rows, in their order."""
