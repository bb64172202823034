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
from bench.postgres.databases import PER_MILLISECOND, Database
from bench.rounds import PAUSE_SECONDS, Sample

_FOLDER: Final = Path(__file__).parent
# As many bytes as an order has that is like those in the table.
_DOCUMENT_BYTES: Final = 700
_SAID: Final = re.compile(
    r"^number of transactions actually processed: (?P<done>\d+).*"
    r"^latency average = (?P<latency>[\d.]+) ms.*^tps = (?P<rate>[\d.]+) ",
    re.MULTILINE | re.DOTALL,
)


class Beside(Struct, frozen=True):
    """A script of this folder, run by as many clients as our server has."""

    database: Database
    script: str

    def apply(self, number: int, seconds: float) -> Sample:
        """One round. Times are the mean, since pgbench tells no other."""
        server = self.database.server
        before = server.database_cpu_seconds()
        said = self._run(number, seconds)
        time.sleep(PAUSE_SECONDS)
        cpu = server.database_cpu_seconds() - before
        found = _SAID.search(said)
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
        database = self.database
        told = {
            "orders": database.orders,
            # Behind what is there already, so that each round adds at the end.
            "began": database.began + number * 1_000_000,
            "per_millisecond": PER_MILLISECOND,
            "organisation": 1,
            "count": 0,
            "document": "x" * _DOCUMENT_BYTES,
        }
        done = subprocess.run(  # noqa: S603
            [
                *(database.programs / "pgbench", "--no-vacuum", "--protocol=prepared"),
                *(f"--client={loads.CONNECTIONS}", "--jobs=2", f"--time={round(seconds)}"),
                *(f"--define={name}={value}" for name, value in told.items()),
                *("--file", _FOLDER / self.script, database.url),
            ],
            env=binaries.bare_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout
