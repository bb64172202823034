"""`python -m bench.workers URL`: what more workers serve, over an empty database of PostgreSQL.

Servers with different numbers of workers share the database and are loaded in turns, as
everything that is measured here; what is printed of each is its median, and the median of
the rounds' own ratios to the first.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import carrying, loads, processes, rounds, tables
from bench.processes import Server
from bench.rounds import Case
from orderfolio.settings import Database


def main() -> int:
    """0 for a run, whatever it found; 2 where it can't be made."""
    try:
        loads.command()
    except loads.Missing:
        sys.stderr.write("The load is made by wrk; on Debian: apt-get install wrk\n")
        return 2
    options = _options()
    with tempfile.TemporaryDirectory(prefix="orderfolio-bench-") as name, ExitStack() as ends:
        folder = Path(name)
        table = tables.fill(folder / "carried.db", options.orders)
        asyncio.run(carrying.carry(table.path, Database(options.url, None)))
        servers = {
            str(number): ends.enter_context(
                processes.orderfolio(options.url, folder / "log", f"--workers={number}")
            )
            for number in options.workers
        }
        gets = {number: _get(server, table.refs) for number, server in servers.items()}
        posts = {number: _post(server, number) for number, server in servers.items()}
        for work, cases in (("GET", gets), ("POST", posts)):
            _tell(work, rounds.measure(cases, options.rounds, options.seconds))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.workers", description=__doc__)
    add = parser.add_argument
    add("url", help="of a database that was migrated and is empty")
    add("--workers", type=int, nargs="+", default=[1, 2], help="how many (%(default)s)")
    add("--orders", type=int, default=20_000, help="how many there are (%(default)s)")
    add("--rounds", type=int, default=5, help="how often each load is applied (%(default)s)")
    add("--seconds", type=int, default=3, help="how long, each time (%(default)s)")
    return parser.parse_args()


def _get(server: Server, refs: Path) -> Case:
    return Case(server=server, work=lambda _: ("fetch", str(refs)))


def _post(server: Server, number: str) -> Case:
    return Case(server=server, work=lambda turn: ("create", f"W{number}-{turn}-", "ascending"))


def _tell(work: str, samples: rounds.Samples) -> None:
    first = next(iter(samples.values()))
    for number, taken in samples.items():
        rate = rounds.middle(taken, lambda sample: sample.per_second)
        ratio = rounds.ratio(taken, first, lambda sample: sample.per_second)
        cpu = rounds.middle(taken, lambda sample: sample.cpu_us)
        p99 = rounds.middle(taken, lambda sample: sample.p99_us) / 1000
        sys.stdout.write(
            f"| {work} | {number} | {rate:,.0f} /s | {ratio:.2f} | {cpu:.0f} µs | {p99:.0f} ms |\n"
        )


if __name__ == "__main__":
    sys.exit(main())
