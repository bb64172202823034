"""pgbench: PostgreSQL's own client doing one prepared statement, over and over."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Final

from msgspec import Struct
from tests.clusters import binaries

from bench import loads
from bench.loads import Starved
from bench.postgres.databases import Stored
from bench.processes import Server
from bench.rounds import PAUSE_SECONDS, Sample
from bench.tables import PER_SECOND, TOGETHER

_FOLDER: Final = Path(__file__).parent
# As many bytes as an order has that is like those in the table.
_DOCUMENT_BYTES: Final = 700
_NOTHING: Final = "number of transactions actually processed: 0\n"
_SAID: Final = re.compile(
    r"^number of transactions actually processed: (?P<done>\d+).*"
    r"^latency average = (?P<latency>[\d.]+) ms.*^tps = (?P<rate>[\d.]+) ",
    re.MULTILINE | re.DOTALL,
)


class Beside(Struct, frozen=True):
    """A script of this folder, run by as many clients as `server` has, which is one of ours
    over the same database."""

    stored: Stored
    server: Server
    script: str

    def apply(self, number: int, seconds: float) -> Sample:
        """One round. Times are the mean, since pgbench tells no other."""
        before = self.server.database_cpu_seconds()
        said = self._run(number, seconds)
        time.sleep(PAUSE_SECONDS)
        cpu = self.server.database_cpu_seconds() - before
        found = _SAID.search(said)
        if _NOTHING in said:
            raise Starved
        if found is None:
            raise RuntimeError(f"pgbench failed: {said}")
        cpu_us = cpu / int(found["done"]) * 1e6
        latency_us = float(found["latency"]) * 1000
        return Sample(
            cpu_us=cpu_us,
            database_cpu_us=cpu_us,
            p50_us=latency_us,
            p99_us=latency_us,
            per_second=float(found["rate"]),
            per_commit=1,
        )

    def _run(self, number: int, seconds: float) -> str:
        stored, table = self.stored, self.stored.table
        told = {
            "orders": table.orders,
            "began": table.began,
            "together": TOGETHER,
            "apart": TOGETHER * 1000 // PER_SECOND,
            # Behind what is there already, so that each round adds at the end.
            "later": table.began + table.orders + number * 1_000_000,
            "organisation": 1,
            "count": 0,
            "document": "x" * _DOCUMENT_BYTES,
        }
        done = subprocess.run(  # noqa: S603
            [
                *(stored.programs / "pgbench", "--no-vacuum", "--protocol=prepared"),
                *(f"--client={loads.CONNECTIONS}", "--jobs=2", f"--time={round(seconds)}"),
                *(f"--define={name}={value}" for name, value in told.items()),
                *("--file", _FOLDER / self.script, stored.large),
            ],
            env=binaries.bare_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
