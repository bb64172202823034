"""The rows of SQLite: CPU beside the same HTTP server with nothing behind it. Databases that are
named are measured as files are, in their place."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from msgspec import Struct

from bench import disks, lasting, pages, processes, rounds, rows
from bench.processes import Server
from bench.rounds import Case, Load, Sample, Samples
from bench.rows import Pair, Row, Sections
from bench.runs import Run
from bench.tables import Table

LIMIT_BYTES: Final = 1024
SLOW_SYNC_US: Final = 100


class Place(Struct, frozen=True, kw_only=True):
    """The servers that are measured: ours, and bare ones that answer 1 KB and as many bytes as
    a page has; `uvicorn` is a bare one without anything of ours. Databases that are files can
    be asked for their syncs."""

    ours: Pair
    bare: Server
    uvicorn: Server
    bare_page: Server
    folder: Path
    sync_us: float
    has_files: bool


Plan = Callable[[Place, Run], list[Row]]


def measure(run: Run, table: Table, databases: tuple[str, str]) -> Sections:
    """All that is wanted, over a large database and a small one."""
    found: Sections = defaultdict(list)
    has_files = processes.file_of(databases[0]) is not None
    engine = "SQLite" if has_files else "The databases named"
    with ExitStack() as servers:
        log = run.folder / "servers.log"
        large, small = (
            servers.enter_context(processes.orderfolio(database, log)) for database in databases
        )
        place = Place(
            ours=Pair(large=large, small=small, table=table),
            bare=servers.enter_context(processes.bare(LIMIT_BYTES)),
            uvicorn=servers.enter_context(processes.bare(LIMIT_BYTES, as_it_comes=True)),
            bare_page=servers.enter_context(processes.bare(processes.page_bytes(large))),
            folder=run.folder,
            sync_us=run.sync_us,
            has_files=has_files,
        )
        for name, plan in _PLANS.items():
            if name in run.wanted:
                run.say(name)
                found[rows.title(engine, name)] += plan(place, run)
    return found


def _get(place: Place, run: Run) -> list[Row]:
    cases = {
        "limit": Case(server=place.bare, work=rows.plain("GET")),
        "uvicorn": Case(server=place.uvicorn, work=rows.plain("GET")),
        "ours": Case(server=place.ours.large, work=rows.fetch(place.ours.table)),
    }
    samples = rounds.measure(cases, run.rounds, run.seconds)
    name = "GET one order"
    return [
        rows.row(name, samples, "ours", "limit", "CPU", 2.0),
        rows.row(f"{name}, beside uvicorn as it comes", samples, "ours", "uvicorn", "CPU", None),
    ]


def _post(place: Place, run: Run) -> list[Row]:
    cases: dict[str, Load] = {
        "limit": Case(server=place.bare, work=rows.plain("POST")),
        "uvicorn": Case(server=place.uvicorn, work=rows.plain("POST")),
        "ours": Case(server=place.ours.large, work=rows.create("ascending")),
    }
    if place.has_files:
        cases["raw"] = _Inserts(place.folder)
    samples = rounds.measure(cases, run.rounds, run.seconds)
    name = "POST one order"
    compared = [
        rows.row(name, samples, "ours", "limit", "CPU", 2.2),
        rows.row(f"{name}, beside uvicorn as it comes", samples, "ours", "uvicorn", "CPU", None),
    ]
    return [*compared, *_grouping(place, samples)] if place.has_files else compared


class _Inserts(Struct, frozen=True):
    """What SQLite itself inserts on the same disk, as a load."""

    folder: Path

    def apply(self, _number: int, seconds: float) -> Sample:
        began = time.process_time()
        rate = disks.grouped_inserts_per_second(self.folder, seconds)
        cpu_us = (time.process_time() - began) / (rate * seconds) * 1e6
        taken_us = disks.GROUP / rate * 1e6
        return Sample(
            cpu_us=cpu_us,
            database_cpu_us=0.0,
            p50_us=taken_us,
            p99_us=taken_us,
            per_second=rate,
            per_commit=disks.GROUP,
        )


def _grouping(place: Place, samples: Samples) -> list[Row]:
    ours, raw = samples["ours"], samples["raw"]
    together = rounds.middle(ours, lambda sample: sample.per_commit)
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
            value=rounds.middle(ours, rounds.rate),
            limit=rounds.middle(raw, rounds.rate),
            unit="/s",
            result=rounds.ratio(ours, raw, rounds.rate),
            # Where a sync costs less, it is no longer the disk that bounds either.
            goal=0.3 if place.sync_us >= SLOW_SYNC_US else None,
            at_least=True,
        ),
    ]


def _page(place: Place, run: Run) -> list[Row]:
    cases = {
        "limit": Case(server=place.bare_page, work=rows.plain("GET")),
        "ours": Case(server=place.ours.large, work=rows.browse(1)),
    }
    samples = rounds.measure(cases, run.rounds, run.seconds)
    return [rows.row("page of 100 whole orders", samples, "ours", "limit", "CPU", 1.6)]


_PLANS: Final[Mapping[str, Plan]] = {
    "get": _get,
    "post": _post,
    "page": _page,
    "offset": lambda place, run: rows.offset(place.ours, run.rounds, run.seconds),
    "growth": lambda place, run: rows.growth(place.ours, run.rounds, run.seconds),
    "load": lambda place, run: lasting.rows(place.ours, run.load_minutes),
    "console": lambda place, _: pages.rows(place.ours),
}
