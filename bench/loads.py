"""Load on a server: wrk, what it is asked to do, and what it saw."""

from __future__ import annotations

import base64
import shutil
import subprocess
import time
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

CLIENT_KEY: Final = "bench"
API_TOKEN: Final = "only-for-measuring"  # noqa: S105 - opens nothing but a temporary file
CONNECTIONS: Final = 64
# 500 writes a second: each of 50 connections rests for 100 ms.
TRICKLING: Final = 50
_REST_MILLISECONDS: Final = 100

_SCRIPT: Final = Path(__file__).with_name("orders.lua")
_BASIC: Final = base64.b64encode(f"{CLIENT_KEY}:{API_TOKEN}".encode()).decode()

HEADERS: Final = {"Authorization": f"Basic {_BASIC}", "Accept": "application/json"}


class Missing(Exception):
    """There is no wrk on this machine."""


class Starved(Exception):
    """Nothing was answered in the time of a load: the machine was busy with something else."""


class Seen(Struct, frozen=True):
    """What wrk saw of one load. An answer that isn't a 2xx has failed."""

    requests: int
    seconds: float
    bytes: int
    failed: int
    p50_us: int
    p99_us: int


def command() -> str:
    """Where wrk is. Raises Missing."""
    found = shutil.which("wrk")
    if found is None:
        raise Missing
    return found


def apply(port: int, seconds: float, work: tuple[str, ...], connections: int = CONNECTIONS) -> Seen:
    """Do `work` (see orders.lua) on a server for so long. Raises RuntimeError where an
    answer failed: what is measured must be right. Raises Starved."""
    with start(port, seconds, work, connections) as process:
        return finish(process)


def trickle() -> tuple[str, ...]:
    """The work of TRICKLING connections: new orders, at leisure."""
    return ("trickle", f"beside-{time.time_ns()}-", str(_REST_MILLISECONDS))


def start(
    port: int, seconds: float, work: tuple[str, ...], connections: int
) -> subprocess.Popen[str]:
    kind, *arguments = work
    return subprocess.Popen(  # noqa: S603
        [
            *(command(), "--threads=1", f"--connections={connections}"),
            *(f"--duration={round(seconds)}s", "--timeout=30s", f"--script={_SCRIPT}"),
            *(f"--header={name}: {value}" for name, value in HEADERS.items()),
            *(f"http://127.0.0.1:{port}", "--", kind, str(time.time_ns() % 1_000_003)),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Seen:
    """Wait for its end; what it saw. Raises Starved."""
    output, _ = process.communicate()
    last = output.strip().rpartition("\n")[2]
    if process.returncode != 0 or not last.startswith("{"):
        raise RuntimeError(f"wrk failed: {output}")
    seen = msgspec.json.decode(last, type=Seen)
    if not (seen.failed or seen.requests):
        raise Starved
    if seen.failed:
        raise RuntimeError(f"{seen.failed} of {seen.requests} answers failed")
    return seen
