"""`python -m bench.moving`: what moving a database takes, beside the engines' own bulk copies.

The limits are PostgreSQL's `COPY` of the same rows out of one database and into another, as
`pg_dump | psql` does it, and SQLite's `INSERT … SELECT` of them from file to file. Both sides
end with the same indexes; the limits verify nothing, and can't go on where they were.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
import uvloop
from tests.clusters.postgres import Server

from bench.orders import ITEM, an_order
from orderfolio import databases
from orderfolio.model.people import AS_THEY_ARE, Person, Role
from orderfolio.operations import items, orders, organisations, people, tallies
from orderfolio.settings import Database
from orderfolio.store.contract import Transaction
from orderfolio.store.postgres import migrate
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import files, open_store, target
from orderfolio.wire.documents import SPELLING

_TOGETHER: Final = 128
_FOLDED: Final = 10_000
# Orders to a guest.
_LOYALTY: Final = 5


def main() -> int:
    """Print the table; 0 for a run, whatever it found."""
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="orderfolio-moving-") as folder,
        Server() as server,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        server.start()
        house = _House(Path(folder), server, runner.run)
        _say(f"filling a file with {options.orders} orders, an item and a contact each")
        runner.run(_fill(house.source, options.orders))
        rounds = [house.move(number) for number in range(options.rounds)]
    _print(rounds)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.moving", description=__doc__)
    add = parser.add_argument
    add("--orders", type=int, default=100_000, help="how many are moved (%(default)s)")
    add("--rounds", type=int, default=3, help="how often each way (%(default)s)")
    return parser.parse_args()


class _House:
    """A file that is moved to a server's database and from there to another file."""

    def __init__(
        self, folder: Path, server: Server, run: Callable[[Coroutine[Any, Any, Any]], Any]
    ) -> None:
        self.source = folder / "source.db"
        self._folder = folder
        self._server = server
        self._run = run

    def move(self, number: int) -> dict[str, tuple[int, float, float]]:
        """The rows, and the seconds that we took and the limit, each way."""
        _say(f"round {number + 1}")
        first = self._server.create_database("orderfolio_first")
        second = self._server.create_database("orderfolio_second")
        self._run(migrate(first))
        self._run(migrate(second))
        back, plain = (self._folder / f"{name}.db" for name in ("back", "plain"))
        rows, there = self._copied(_file(self.source), Database(first, None))
        there_limit = self._timed(_copy_plainly(first, second, self._folder))
        _, here = self._copied(Database(first, None), _file(back))
        here_limit = _insert_plainly(back, plain)
        for name in ("orderfolio_first", "orderfolio_second"):
            self._server.drop_database(name)
        files.delete(back)
        files.delete(plain)
        return {
            "SQLite to PostgreSQL": (rows, there, there_limit),
            "PostgreSQL to SQLite": (rows, here, here_limit),
        }

    def _copied(self, source: Database, wanted: Database) -> tuple[int, float]:
        began = time.perf_counter()
        tables = self._run(databases.copy(source, wanted, _say_nothing))
        return sum(table.rows for table in tables), time.perf_counter() - began

    def _timed(self, work: Coroutine[Any, Any, None]) -> float:
        began = time.perf_counter()
        self._run(work)
        return time.perf_counter() - began


async def _copy_plainly(source: str, wanted: str, folder: Path) -> None:
    """By COPY, binary, table by table, through a file."""
    reader, writer = await asyncpg.connect(source), await asyncpg.connect(wanted)
    try:
        for name in _names(folder / "source.db"):
            path = folder / "copied"
            await writer.execute(f"DELETE FROM {name}")  # noqa: S608
            await reader.copy_from_table(name, output=path, format="binary")
            await writer.copy_to_table(name, source=path, format="binary")
    finally:
        await reader.close()
        await writer.close()


def _insert_plainly(source: Path, wanted: Path) -> float:
    """By INSERT … SELECT, a transaction a table, every one of them synced; the seconds."""
    with target(wanted):
        """It has its tables now."""
    database = files.open_writer(wanted, None)
    try:
        began = time.perf_counter()
        database.execute("PRAGMA wal_autocheckpoint = 4000").fetchall()
        database.execute("ATTACH ? AS other", (str(source),))
        for name in _names(source):
            database.execute(f"DELETE FROM {name}")  # noqa: S608
            database.execute(f"INSERT INTO {name} SELECT * FROM other.{name}")  # noqa: S608
        return time.perf_counter() - began
    finally:
        files.close(database)


def _names(path: Path) -> list[str]:
    database = files.open_reader(path, None)
    try:
        rows = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        return [str(name) for (name,) in rows if not str(name).startswith("sqlite_")]
    finally:
        files.close(database)


async def _fill(path: Path, size: int) -> None:
    store = open_store(path, SPELLING)
    try:
        await store.transact(organisations.create, "bench")
        [organisation] = await store.read(organisations.browse)
        for begin in range(0, size, _TOGETHER):
            numbers = range(begin, min(begin + _TOGETHER, size))
            await store.transact(_sell, organisation.organisation, numbers)
        while await store.transact(tallies.fold, _FOLDED):
            pass
    finally:
        await store.close()


async def _sell(tx: Transaction, organisation: Organisation, numbers: Iterable[int]) -> None:
    for number in numbers:
        order = (await orders.create(tx, organisation, an_order(number, tx.now))).ref
        await items.create(tx, organisation, order, ITEM)
        buyer = Person(
            first_name="Ada",
            last_name="Lovelace",
            emails=(f"{number // _LOYALTY}@example.com",),
        )
        await people.create(tx, organisation, Role.CONTACT, order, buyer, AS_THEY_ARE)


def _print(rounds: list[dict[str, tuple[int, float, float]]]) -> None:
    sys.stdout.write("| way | rows | orderfolio copy | limit | result |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- |\n")
    for way in rounds[0]:
        found = [measured[way] for measured in rounds]
        rows = found[0][0]
        ours = median(rows / seconds for _, seconds, _ in found)
        limit = median(rows / seconds for _, _, seconds in found)
        ratio = median(least / seconds for _, seconds, least in found)
        sys.stdout.write(
            f"| {way} | {rows:,} | {ours:,.0f} rows/s | {limit:,.0f} rows/s | {ratio:.2f} |\n"
        )


def _file(path: Path) -> Database:
    return Database(f"sqlite:///{path}", path)


def _say_nothing(*_: object) -> None:
    """A bar would be measured, too."""


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
