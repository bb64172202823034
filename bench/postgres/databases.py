"""A PostgreSQL server of one's own for measuring, on a disk, with orders in it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct
from tests.clusters import binaries
from tests.clusters.postgres import Server as Cluster

from bench import loads, processes
from bench.processes import Server
from orderfolio.model import refs
from orderfolio.model.refs import Ref

NAME: Final = "orderfolio"
# As dense as a table that was filled by one server as fast as it could.
PER_MILLISECOND: Final = 10

_FILL: Final = Path(__file__).with_name("fill.sql")
# Large enough that nothing is read from the disk again, as on a machine of its own.
_SETTINGS: Final = {"shared_buffers": "512MB", "max_wal_size": "4GB"}
_ORDER: Final = {
    "referenceId": "model-of-all",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.10,
    "paymentType": "Card",
    "cardType": "Visa",
    "pointOfSale": "shop.example.com",
    "channel": "WEB",
    "status": "PURCHASED",
}


class Database(Struct, frozen=True, kw_only=True):
    """One with `orders`, the first of them made in the millisecond `began`, and the server
    over it. `programs` is where pgbench is."""

    url: str
    programs: Path
    cluster: Cluster
    server: Server
    orders: int
    began: int
    refs: Path


@contextmanager
def filled(folder: Path, orders: int) -> Iterator[Database]:
    """A new database with so many orders, on the disk of `folder`'s parent. Raises
    binaries.Missing where PostgreSQL or pgbench isn't here."""
    programs = binaries.find()
    if not (programs / "pgbench").exists():
        raise binaries.Missing("There is no pgbench here to measure beside.")
    began = time.time_ns() // 1_000_000 - orders // PER_MILLISECOND - 1000
    # The folder itself opens to nobody else, and PostgreSQL runs as somebody else.
    with Cluster(folder.parent) as cluster:
        cluster.start()
        for name, value in _SETTINGS.items():
            cluster.set(name, value)
        cluster.stop()
        cluster.start()
        url = cluster.create_database(NAME)
        with processes.on_postgres(url, folder / "postgres.log", cluster.pid) as server:
            _create_model(server)
            _fill(programs, url, orders, began)
            written = folder / "postgres.refs"
            _write_refs(written, orders, began)
            yield Database(
                url=url,
                programs=programs,
                cluster=cluster,
                server=server,
                orders=orders,
                began=began,
                refs=written,
            )


def ref_of(number: int, began: int) -> Ref:
    """The ref that `fill.sql` gives an order."""
    millisecond = began + number // PER_MILLISECOND
    return refs.mint(millisecond, number % PER_MILLISECOND, number, number * 40_503 % refs.SHARDS)


def _create_model(server: Server) -> None:
    address = f"http://127.0.0.1:{server.port}/v2.1/orders"
    headers = {**loads.HEADERS, "Content-Type": "application/json"}
    body = json.dumps(_ORDER).encode()
    with urllib.request.urlopen(urllib.request.Request(address, body, headers)) as answer:
        answer.read()


def _fill(programs: Path, url: str, orders: int, began: int) -> None:
    told = {"orders": orders, "began": began, "per_millisecond": PER_MILLISECOND}
    options = [f"--set={name}={value}" for name, value in told.items()]
    subprocess.run(  # noqa: S603
        [
            *(str(programs / "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
            *options,
            *(f"--file={_FILL}", f"--dbname={url}"),
        ],
        env=binaries.bare_environment(),
        check=True,
    )


def _write_refs(written: Path, orders: int, began: int) -> None:
    with written.open("w", encoding="ascii") as file:
        file.writelines(refs.spell(ref_of(number, began)) for number in range(orders))
