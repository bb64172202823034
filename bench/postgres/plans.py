"""The rows of PostgreSQL: rates beside pgbench's on the same server, and CPU with its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import processes, rounds, rows
from bench.postgres import databases
from bench.postgres.databases import Database
from bench.postgres.pgbench import Beside
from bench.rounds import Case, Figure, Load, Sample, Samples
from bench.rows import Row

_PAGE: Final = "page of 100 whole orders, PostgreSQL"


def measure(folder: Path, orders: int, number: int, seconds: float) -> list[Row]:
    """All of them, over a new database. Raises binaries.Missing where there is no PostgreSQL
    to measure."""
    with databases.filled(folder, orders) as database:
        return [
            *_reads(database, number, seconds),
            *_creates(database, number, seconds),
            *_pages(database, number, seconds),
        ]


def _reads(database: Database, number: int, seconds: float) -> list[Row]:
    cases: dict[str, Load] = {
        "limit": Beside(database, "select.pgbench"),
        "ours": Case(server=database.server, work=lambda _: ("fetch", str(database.refs))),
    }
    samples = rounds.measure(cases, number, seconds)
    name = "GET one order, PostgreSQL"
    return [
        _rate(name, samples, "ours", 0.8),
        _database_cpu(name, samples, "ours"),
        _cpu(name, samples["ours"]),
    ]


def _creates(database: Database, number: int, seconds: float) -> list[Row]:
    cases: dict[str, Load] = {
        "limit": Beside(database, "insert.pgbench"),
        "new": Case(server=database.server, work=rows.create("ascending")),
        "matching": Case(server=database.server, work=rows.create("matching")),
    }
    samples = rounds.measure(cases, number, seconds)
    name = "POST one order, PostgreSQL"
    return [
        _rate(name, samples, "new", 1.0),
        _rate(f"{name}, a tenth matching", samples, "matching", 0.7),
        _database_cpu(name, samples, "new"),
        _cpu(name, samples["new"]),
    ]


def _pages(database: Database, number: int, seconds: float) -> list[Row]:
    page_bytes = processes.page_bytes(database.server)
    with processes.bare(page_bytes) as bare:
        cases = {
            "limit": Case(server=bare, work=lambda _: ("plain", "GET")),
            "ours": Case(server=database.server, work=lambda _: ("browse", "1")),
        }
        samples = rounds.measure(cases, number, seconds)
    return [
        rows.row(f"{_PAGE}, with the database's own", samples, "ours", "limit", "CPU", 2.5),
        _cpu(_PAGE, samples["ours"]),
    ]


def _rate(work: str, samples: Samples, ours: str, goal: float) -> Row:
    return _beside(f"{work}: rate", samples, ours, "/s", lambda sample: sample.per_second, goal)


def _database_cpu(work: str, samples: Samples, ours: str) -> Row:
    work = f"{work}: CPU of the database"
    return _beside(work, samples, ours, "µs", lambda sample: sample.database_cpu_us, None)


def _beside(
    work: str, samples: Samples, ours: str, unit: str, figure: Figure, goal: float | None
) -> Row:
    return Row(
        work=f"{work}, beside pgbench",
        value=rounds.middle(samples[ours], figure),
        limit=rounds.middle(samples["limit"], figure),
        unit=unit,
        result=rounds.ratio(samples[ours], samples["limit"], figure),
        goal=goal,
        at_least=True,
    )


def _cpu(work: str, samples: Sequence[Sample]) -> Row:
    """What our process takes, beside what PostgreSQL's take for the same requests."""
    ours = rounds.middle(samples, lambda sample: sample.cpu_us - sample.database_cpu_us)
    theirs = rounds.middle(samples, lambda sample: sample.database_cpu_us)
    return Row(
        work=f"{work}: CPU of the server, beside the database's",
        value=ours,
        limit=theirs,
        unit="µs",
        result=ours / theirs,
        goal=None,
    )
