"""Starting: how soon a server answers, and what it holds while nobody asks anything."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import Final

from bench import processes
from bench.rows import Row

# What the server is made of, and nothing of ours.
_LIBRARIES: Final = (
    "import apsw, asyncio, click, httptools, logging.config, markdown_it, msgspec, uvicorn, uvloop,"
    "starlette.routing, starlette.staticfiles, uvicorn.protocols.http.httptools_impl"
)
_SECONDS_BESIDE: Final = 0.2
_MEMORY_MB: Final = 70


def rows(folder: Path, number: int) -> list[Row]:
    """Start to first answer on a database that is there, and memory at rest."""
    database = f"sqlite:///{folder / 'started.db'}"
    ours, bare, memory = [], [], []
    for turn in range(number + 1):
        bare.append(_import_seconds())
        seconds, resident = _start(database, folder / "started.log")
        ours.append(seconds)
        memory.append(resident)
        if turn == 0:
            # The first made the database, and read everything from the disk.
            ours.clear()
            bare.clear()
    limit = median(bare)
    allowed = 2 * limit + _SECONDS_BESIDE
    return [
        Row(
            work="start to first answer, of twice the libraries' import and 0.2 s",
            value=median(ours) * 1000,
            limit=limit * 1000,
            unit="ms",
            result=median(ours) / allowed,
            goal=1.0,
        ),
        Row(
            work="memory at rest, of 70 MB",
            value=median(memory),
            limit=_MEMORY_MB,
            unit="MB",
            result=median(memory) / _MEMORY_MB,
            goal=1.0,
        ),
    ]


def _import_seconds() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", _LIBRARIES], check=True)  # noqa: S603
    return time.perf_counter() - began


def _start(database: str, log: Path) -> tuple[float, float]:
    began = time.perf_counter()
    with processes.orderfolio(database, log) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/readyz") as answer:
            answer.read()
        seconds = time.perf_counter() - began
        time.sleep(1)
        return seconds, server.resident_mb()
