"""`python -m bench`: fill tables, apply loads in turns, print the table, keep a record."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from tests.clusters import binaries

from bench import (
    carrying,
    disks,
    embedded,
    loads,
    processes,
    reports,
    rows,
    runs,
    starting,
    tables,
)
from bench.postgres import databases, plans
from bench.rows import Sections
from bench.runs import Run
from bench.tables import Table
from orderfolio.settings import Database

_NAMES: Final = ("large", "small")
_ENGINES: Final = ("sqlite", "postgres")


def main() -> int:
    """0 for a run, whatever it found; 2 where it can't be made."""
    options = _options()
    try:
        loads.command()
    except loads.Missing:
        _say("The load is made by wrk, which isn't here; on Debian: apt-get install wrk")
        return 2
    began_at, load = reports.began_at(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="orderfolio-bench-", dir=options.folder) as name:
        folder = Path(name)
        run = Run(
            wanted=[name for name in options.rows if name != "load" or options.load_minutes],
            orders=options.orders,
            rounds=options.rounds,
            seconds=options.seconds,
            load_minutes=options.load_minutes,
            folder=folder,
            sync_us=disks.sync_microseconds(folder),
            say=_say,
        )
        report = reports.of(run, began_at, load, _measure(run, options.engines, options.database))
    sys.stdout.write(reports.markdown(report) + "\n")
    path = reports.keep(report)
    _say(f"{rows.missed(report.sections)} goals missed; kept in {path.name}.")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--orders", type=int, default=1_000_000, help="how many the large table has (%(default)s)")
    add("--rounds", type=int, default=5, help="how often each load is applied (%(default)s)")
    add("--seconds", type=int, default=2, help="how long, each time (%(default)s)")
    add("--rows", nargs="+", choices=runs.NAMES, default=runs.NAMES, help="only these")
    add("--engines", nargs="+", choices=_ENGINES, default=_ENGINES, help="only over these")
    add(
        "--load-minutes",
        type=float,
        default=0,
        help="how long the load of the row load lasts, over each engine; none is measured for 0",
    )
    add("--folder", type=Path, help="where databases are made (a temporary folder)")
    add(
        "--database",
        help=f"URL of databases that are there and empty, with {{}} for {' and '.join(_NAMES)},"
        " to be measured in place of files",
    )
    return parser.parse_args()


def _measure(run: Run, engines: list[str], named: str | None) -> Sections:
    found: Sections = {}
    if "start" in run.wanted:
        run.say("start")
        found["Starting"] = starting.rows(run.folder, run.rounds)
    if not set(run.wanted) - {"start"}:
        return found
    run.say(f"filling a table with {run.orders:,} orders, and one with {rows.SMALL:,}")
    large, small = (
        tables.fill(run.folder / f"{name}.db", size)
        for name, size in zip(_NAMES, (run.orders, rows.SMALL), strict=True)
    )
    with ExitStack() as ends:
        stored = None
        if "postgres" in engines:
            run.say("carrying both to PostgreSQL")
            try:
                stored = ends.enter_context(databases.carried(run.folder, large, small))
            except binaries.Missing as missing:
                run.say(f"PostgreSQL is left out: {missing}")
        if "sqlite" in engines:
            found |= embedded.measure(run, large, _places(named, large, small))
        if stored is not None:
            found |= plans.measure(run, stored)
    return found


def _places(named: str | None, large: Table, small: Table) -> tuple[str, str]:
    """The URLs of a large and a small database: the files, or what is named, with the same."""
    if named is None:
        return f"sqlite:///{large.path}", f"sqlite:///{small.path}"
    urls = named.replace("{}", _NAMES[0]), named.replace("{}", _NAMES[1])
    for url, table in zip(urls, (large, small), strict=True):
        asyncio.run(carrying.carry(table.path, Database(url, processes.file_of(url))))
    return urls


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
