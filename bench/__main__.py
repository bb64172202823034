"""`python -m bench`: fill tables, apply loads in turns, print the table, keep a record."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.clusters import binaries

from bench import disks, loads, pages, processes, reports, rows, starting, tables
from bench.postgres import plans
from bench.rows import Place, Row

_NAMES: Final = ("large", "small")


def main() -> int:
    """0 for a run, whatever it found; 2 where it can't be made."""
    options = _options()
    try:
        loads.command()
    except loads.Missing:
        _say("The load is made by wrk, which isn't here; on Debian: apt-get install wrk")
        return 2
    began_at = reports.began_at()
    with tempfile.TemporaryDirectory(prefix="orderfolio-bench-", dir=options.folder) as folder:
        sync_us = disks.sync_microseconds(Path(folder))
        found = _measure(Path(folder), options, sync_us)
    sys.stdout.write(reports.table(found) + "\n")
    path = reports.keep(
        reports.Report(
            began_at=began_at,
            command=reports.command(),
            machine=reports.machine(),
            versions=reports.versions(),
            orders=options.orders,
            rounds=options.rounds,
            sync_us=sync_us,
            rows=found,
        )
    )
    _say(f"A sync takes {sync_us:.0f} µs; {rows.missed(found)} goals missed; kept in {path.name}.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--orders", type=int, default=100_000, help="how many the large table has (%(default)s)")
    add("--rounds", type=int, default=5, help="how often each load is applied (%(default)s)")
    add("--seconds", type=int, default=3, help="how long, each time (%(default)s)")
    add("--rows", nargs="+", choices=rows.NAMES, default=rows.NAMES, help="only these")
    add("--folder", type=Path, help="where databases are made (a temporary folder)")
    add(
        "--database",
        help=f"URL of databases that are there and empty, with {{}} for {' and '.join(_NAMES)}",
    )
    return parser.parse_args()


def _measure(folder: Path, options: argparse.Namespace, sync_us: float) -> list[Row]:
    found: list[Row] = []
    if wanted := [name for name in rows.PLANS if name in options.rows]:
        found += _measure_loads(folder, options, wanted, sync_us)
    if "postgres" in options.rows:
        found += _measure_postgres(folder, options)
    if "start" in options.rows:
        _say("start")
        found += starting.rows(folder, options.rounds)
    if "console" in options.rows:
        _say(f"filling a table with {options.orders} orders, guests and items for the console")
        found += pages.rows(folder, options.orders)
    return found


def _measure_loads(
    folder: Path, options: argparse.Namespace, wanted: Sequence[str], sync_us: float
) -> list[Row]:
    _say(f"filling a table with {options.orders} orders, and one with {rows.SMALL}")
    databases = options.database or f"sqlite:///{folder}/{{}}.db"
    large, small = (databases.replace("{}", name) for name in _NAMES)
    refs = folder / "large.refs"
    tables.fill(large, options.orders, refs)
    tables.fill(small, rows.SMALL, folder / "small.refs")
    found: list[Row] = []
    with ExitStack() as servers:
        log = folder / "servers.log"
        ours = servers.enter_context(processes.orderfolio(large, log))
        place = Place(
            large=ours,
            small=servers.enter_context(processes.orderfolio(small, log)),
            bare=servers.enter_context(processes.bare(rows.LIMIT_BYTES)),
            uvicorn=servers.enter_context(processes.bare(rows.LIMIT_BYTES, as_it_comes=True)),
            bare_page=servers.enter_context(processes.bare(processes.page_bytes(ours))),
            refs=refs,
            orders=options.orders,
            sync_us=sync_us,
            has_files=processes.file_of(large) is not None,
        )
        for name in wanted:
            _say(name)
            found += rows.PLANS[name](place, options.rounds, options.seconds)
    return found


def _measure_postgres(folder: Path, options: argparse.Namespace) -> list[Row]:
    _say(f"filling a PostgreSQL table with {options.orders} orders, and measuring over it")
    try:
        return plans.measure(folder, options.orders, options.rounds, options.seconds)
    except binaries.Missing as missing:
        _say(f"Left out: {missing}")
        return []


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
