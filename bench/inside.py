"""`python -m bench.inside`: what the application takes of the processor, without a server.

Requests are handed to it as a server hands them over, 64 tasks in a turn of the loop. Beside it,
in turns, stands an application that answers at once with as many bytes, which is what handing
over takes. CPU is that of this process: what PostgreSQL takes in its own is none of it.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Final, NamedTuple

import uvloop

from bench import carrying, loads, processes, tables
from bench.bare import answering
from bench.tables import Table
from orderfolio import databases, logs
from orderfolio.settings import Database
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import App, Message
from orderfolio.wire.documents import SPELLING

_TOGETHER: Final = 64
_WARM_UP: Final = 10
_ORDER: Final = {
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.10,
    "paymentType": "Card",
    "cardType": "Visa",
    "pointOfSale": "shop.example.com",
    "channel": "WEB",
    "status": "PURCHASED",
}
_HEADERS: Final = [
    (b"host", b"127.0.0.1:8080"),
    *((name.lower().encode(), value.encode()) for name, value in loads.HEADERS.items()),
]


class Ask(NamedTuple):
    """A request, and the status that answers it."""

    status: int
    method: str
    path: str
    query: bytes = b""
    body: bytes = b""


Asks = Iterator[Ask]


def main() -> int:
    """Print the table; 0 for a run, whatever it found."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="orderfolio-inside-") as name:
        table = tables.fill(Path(name) / "filled.db", options.orders)
        url = options.database or f"sqlite:///{table.path}"
        database = Database(url, processes.file_of(url))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            if options.database:
                runner.run(carrying.carry(table.path, database))
            found = runner.run(_measure(database, table, options.rounds, options.requests))
    sys.stdout.write("| request | with the application | without | of the application |\n")
    sys.stdout.write("| --- | --- | --- | --- |\n")
    for kind, (ours, bare) in found.items():
        sys.stdout.write(f"| {kind} | {ours:.1f} µs | {bare:.1f} µs | {ours - bare:.1f} µs |\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.inside", description=__doc__)
    add = parser.add_argument
    add("--orders", type=int, default=100_000, help="how many there are (%(default)s)")
    add("--rounds", type=int, default=5, help="how often each is asked for (%(default)s)")
    add("--requests", type=int, default=6_400, help="how often a round (%(default)s)")
    add("--database", help="URL of a database to fill and use, in place of a file")
    return parser.parse_args()


async def _measure(
    database: Database, table: Table, rounds: int, requests: int
) -> Mapping[str, tuple[float, float]]:
    """The median CPU of a request of each kind, in microseconds, with the application and
    without it."""
    found: dict[str, list[tuple[float, float]]] = {}
    async with _application(database, table.path.with_suffix(".log")) as application:
        works = [(kind, work(table)) for kind, work in _WORKS.items()]
        for kind, asks in works:
            await drive(application, [*islice(asks, _WARM_UP * _TOGETHER)])
            found[kind] = []
        for _ in range(rounds):
            for kind, asks in works:
                size = await drive(application, [next(asks)])
                asked = [*islice(asks, requests)]
                gc.collect()
                ours = await _cpu_microseconds(application, asked)
                bare = await _cpu_microseconds(answering(size, asked[0].status), asked)
                found[kind].append((ours, bare))
    return {
        kind: (median(ours for ours, _ in pairs), median(bare for _, bare in pairs))
        for kind, pairs in found.items()
    }


@asynccontextmanager
async def _application(database: Database, log: Path) -> AsyncIterator[App]:
    """As it is served, with the access log in a file; nobody keeps house beside it."""
    sys.setswitchinterval(databases.SWITCH_SECONDS)
    with log.open("w", encoding="utf-8") as stream:
        logs.configure("text", "info", access=True, stream=stream)
        async with databases.opened(database, SPELLING, migrates=False) as store:
            gc.freeze()
            yield Application(store, openapi=b"{}", pages=answering(2))


async def _cpu_microseconds(application: App, asks: Sequence[Ask]) -> float:
    began = time.process_time()
    await drive(application, asks)
    return (time.process_time() - began) / len(asks) * 1e6


async def drive(application: App, asks: Sequence[Ask]) -> int:
    """Ask for all of it, in turns of 64 tasks; how many bytes were answered. Raises
    RuntimeError where a status isn't the expected one: what is measured must be right."""
    total = 0
    for begin in range(0, len(asks), _TOGETHER):
        turn = [asyncio.create_task(_ask(application, ask)) for ask in asks[begin:][:_TOGETHER]]
        total += sum(await asyncio.gather(*turn))
    return total


async def _ask(application: App, ask: Ask) -> int:
    status, size = 0, 0
    headers = list(_HEADERS)
    if ask.body:
        headers += [(b"content-type", b"application/json")]
        headers += [(b"content-length", b"%d" % len(ask.body))]

    async def receive() -> Message:
        return {"type": "http.request", "body": ask.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, size
        status = message.get("status", status)
        size += len(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 4444),
        "scheme": "http",
        "root_path": "",
        "method": ask.method,
        "path": ask.path,
        "raw_path": ask.path.encode(),
        "query_string": ask.query,
        "headers": headers,
    }
    await application(scope, receive, send)
    if status != ask.status:
        raise RuntimeError(f"{ask.method} {ask.path} was answered {status}")
    return size


def _fetch(table: Table) -> Asks:
    refs, random = table.refs.read_text("ascii"), Random(table.orders)  # noqa: S311
    while True:
        at = random.randrange(table.orders) * 36
        yield Ask(200, "GET", f"/v2.1/orders/{refs[at : at + 36]}")


def _create(_: Table) -> Asks:
    for number in count():
        order = {"referenceId": f"inside-{number:09}", **_ORDER}
        yield Ask(201, "POST", "/v2.1/orders", body=json.dumps(order).encode())


def _browse(_: Table) -> Asks:
    while True:
        yield Ask(200, "GET", "/v2.1/orders", b"limit=100&expand=true")


_WORKS: Final[Mapping[str, Callable[[Table], Asks]]] = {
    "GET one order": _fetch,
    "POST one order": _create,
    "page of 100 whole orders": _browse,
}


if __name__ == "__main__":
    sys.exit(main())
