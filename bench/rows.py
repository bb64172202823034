"""Rows of the table: what is measured, beside which limit, and what it should come to.

Here are those that every engine has: pages far into a long list, and orders that come into one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from bench import processes, rounds
from bench.processes import Server
from bench.rounds import Case, Figure, Samples
from bench.tables import Table

SMALL: Final = 10_000
"""Orders of a list that no list should be much slower than."""

_FIGURES: Final[Mapping[str, tuple[str, Figure]]] = {
    "CPU": ("µs", lambda sample: sample.cpu_us),
    "p50": ("µs", lambda sample: sample.p50_us),
    "p99": ("µs", lambda sample: sample.p99_us),
}


class Row(Struct, frozen=True, kw_only=True):
    """One line: `value` beside `limit` in `unit`; `result` is what `goal` bounds, from above
    or, where `at_least`, from below. Without a goal it is told, not judged."""

    work: str
    value: float
    limit: float
    unit: str
    result: float
    goal: float | None
    at_least: bool = False

    @property
    def is_met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.result >= self.goal if self.at_least else self.result <= self.goal


Sections = dict[str, list[Row]]
"""Rows by the titles over their tables."""


def title(engine: str, name: str) -> str:
    """Of the section that the rows of this name, out of runs.NAMES, belong to."""
    return f"The console over {engine}" if name == "console" else engine


class Pair(Struct, frozen=True, kw_only=True):
    """Our servers over a large table and a small one of the same engine."""

    large: Server
    small: Server
    table: Table


def offset(pair: Pair, number: int, seconds: float) -> list[Row]:
    large, offsets = pair.large, pair.table.orders - 100
    cases = {
        "limit": Case(server=pair.small, work=browse(1), connections=1),
        "quiet": Case(server=large, work=browse(offsets), connections=1),
        "any": Case(server=large, work=browse(offsets), connections=1, writes_beside=True),
        "last": Case(server=large, work=_last(large), connections=1, writes_beside=True),
    }
    samples = rounds.measure(cases, number, seconds)
    beside = "500 writes a second beside"
    return [
        *(
            row("page at any offset", samples, "quiet", "limit", figure, None)
            for figure in ("CPU", "p50")
        ),
        *(
            row(f"{name}, {beside}", samples, case, "limit", figure, goal)
            for name, case in (("page at any offset", "any"), ("the last page", "last"))
            for figure, goal in (("p50", 2.0), ("p99", 3.0))
        ),
    ]


def growth(pair: Pair, number: int, seconds: float) -> list[Row]:
    cases = {
        f"{size} {kind}": Case(server=server, work=create(kind))
        for kind in ("ascending", "random")
        for size, server in (("small", pair.small), ("large", pair.large))
    }
    samples = rounds.measure(cases, number, seconds)
    return [
        row(
            f"POST into the large table, {kind} referenceIds",
            samples,
            f"large {kind}",
            f"small {kind}",
            figure,
            goal,
        )
        for kind, goal in (("ascending", 1.5), ("random", 2.5))
        for figure in ("CPU", "p50")
    ]


def missed(sections: Sections) -> int:
    return sum(row.is_met is False for found in sections.values() for row in found)


def row(work: str, samples: Samples, ours: str, limit: str, figure: str, goal: float | None) -> Row:
    unit, read = _FIGURES[figure]
    return Row(
        work=f"{work}: {figure}",
        value=rounds.middle(samples[ours], read),
        limit=rounds.middle(samples[limit], read),
        unit=unit,
        result=rounds.ratio(samples[ours], samples[limit], read),
        goal=goal,
    )


def plain(method: str) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("plain", method)


def fetch(table: Table) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("fetch", str(table.refs))


def create(kind: str) -> Callable[[int], tuple[str, ...]]:
    # The clock makes the prefix new, in this run and in those before it.
    return lambda number: ("create", f"{kind}-{number}-{time.time_ns()}-", kind)


def browse(offsets: int) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("browse", str(offsets))


def _last(server: Server) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("at", str(processes.last_offset(server)))
