"""The rows of the table: what is measured, beside which limit, and what it should come to."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from msgspec import Struct

from bench import disks, rounds
from bench.processes import Server
from bench.rounds import Case, Figure, Samples

LIMIT_BYTES: Final = 1024
SMALL: Final = 10_000
SLOW_SYNC_US: Final = 100
NAMES: Final = ("get", "post", "page", "offset", "growth", "postgres", "start", "console")

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


class Place(Struct, frozen=True, kw_only=True):
    """The servers that are measured: ours over a large and a small table, and bare ones that
    answer 1 KB and as many bytes as a page has; `uvicorn` is a bare one without anything of
    ours. Databases that are files can be asked for their syncs."""

    large: Server
    small: Server
    bare: Server
    uvicorn: Server
    bare_page: Server
    refs: Path
    orders: int
    sync_us: float
    has_files: bool


Plan = Callable[[Place, int, float], list[Row]]


def get(place: Place, number: int, seconds: float) -> list[Row]:
    cases = {
        "limit": Case(server=place.bare, work=_plain("GET")),
        "uvicorn": Case(server=place.uvicorn, work=_plain("GET")),
        "ours": Case(server=place.large, work=lambda _: ("fetch", str(place.refs))),
    }
    samples = rounds.measure(cases, number, seconds)
    return [
        row("GET one order", samples, "ours", "limit", "CPU", 2.0),
        row("GET one order, beside uvicorn as it comes", samples, "ours", "uvicorn", "CPU", None),
    ]


def post(place: Place, number: int, seconds: float) -> list[Row]:
    cases = {
        "limit": Case(server=place.bare, work=_plain("POST")),
        "uvicorn": Case(server=place.uvicorn, work=_plain("POST")),
        "ours": Case(server=place.large, work=create("ascending")),
    }
    samples = rounds.measure(cases, number, seconds)
    name = "POST one order"
    compared = [
        row(name, samples, "ours", "limit", "CPU", 2.2),
        row(f"{name}, beside uvicorn as it comes", samples, "ours", "uvicorn", "CPU", None),
    ]
    return [*compared, *_grouping(place, samples, number, seconds)] if place.has_files else compared


def _grouping(place: Place, samples: Samples, number: int, seconds: float) -> list[Row]:
    raw = median(
        disks.grouped_inserts_per_second(place.refs.parent, seconds) for _ in range(number)
    )
    rate = rounds.middle(samples["ours"], lambda sample: sample.per_second)
    together = rounds.middle(samples["ours"], lambda sample: sample.per_commit)
    return [
        Row(
            work="POST, requests a sync",
            value=together,
            limit=1,
            unit="",
            result=together,
            goal=20,
            at_least=True,
        ),
        Row(
            work="POST beside raw inserts of 64 a sync",
            value=rate,
            limit=raw,
            unit="/s",
            result=rate / raw,
            # Where a sync costs less, it is no longer the disk that bounds either.
            goal=0.3 if place.sync_us >= SLOW_SYNC_US else None,
            at_least=True,
        ),
    ]


def page(place: Place, number: int, seconds: float) -> list[Row]:
    cases = {
        "limit": Case(server=place.bare_page, work=_plain("GET")),
        "ours": Case(server=place.large, work=_browse(1)),
    }
    samples = rounds.measure(cases, number, seconds)
    return [row("page of 100 whole orders", samples, "ours", "limit", "CPU", 1.6)]


def offset(place: Place, number: int, seconds: float) -> list[Row]:
    large = place.large
    last = place.orders - 100
    cases = {
        "limit": Case(server=place.small, work=_browse(1), connections=1),
        "quiet": Case(server=large, work=_browse(last), connections=1),
        "any": Case(server=large, work=_browse(last), connections=1, writes_beside=True),
    }
    samples = rounds.measure(cases, number, seconds)
    name = "page at any offset"
    return [
        row(name, samples, "quiet", "limit", "CPU", None),
        row(name, samples, "quiet", "limit", "p50", None),
        row(f"{name}, 500 writes a second beside", samples, "any", "limit", "p50", 2.0),
        row(f"{name}, 500 writes a second beside", samples, "any", "limit", "p99", 3.0),
    ]


def growth(place: Place, number: int, seconds: float) -> list[Row]:
    cases = {
        f"{size} {kind}": Case(server=server, work=create(kind))
        for kind in ("ascending", "random")
        for size, server in (("small", place.small), ("large", place.large))
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


PLANS: Final[Mapping[str, Plan]] = {
    "get": get,
    "post": post,
    "page": page,
    "offset": offset,
    "growth": growth,
}


def missed(rows: Sequence[Row]) -> int:
    return sum(row.is_met is False for row in rows)


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


def _plain(method: str) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("plain", method)


def create(kind: str) -> Callable[[int], tuple[str, ...]]:
    # The clock makes the prefix new, in this run and in those before it.
    return lambda number: ("create", f"{kind}-{number}-{time.time_ns()}-", kind)


def _browse(offsets: int) -> Callable[[int], tuple[str, ...]]:
    return lambda _: ("browse", str(offsets))
