"""Servers as processes: started, asked for what they took of the machine, and stopped."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench import loads

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PORT: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")
# In the WAL's index, a count of the transactions that were committed.
_COMMITS: Final = slice(8, 12)


class Server:
    """A server that runs, and the file of the database that it serves, if it has one."""

    def __init__(self, process: subprocess.Popen[str], database: Path | None) -> None:
        self._process = process
        self._database = database
        self.port = self._listened()

    def cpu_seconds(self) -> float:
        """What all threads of it and of its workers took, in and outside of the kernel."""
        number = self._process.pid
        workers = Path(f"/proc/{number}/task/{number}/children").read_text("ascii").split()
        return sum(map(_cpu_seconds, (str(number), *workers)))

    def resident_mb(self) -> float:
        status = Path(f"/proc/{self._process.pid}/status").read_text("ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def commits(self) -> int:
        """How many transactions were committed, each with a sync of its own; 0 where there is
        no file to tell."""
        if self._database is None:
            return 0
        index = self._database.with_name(self._database.name + "-shm")
        with index.open("rb") as file:
            number: int = struct.unpack("=I", file.read(_COMMITS.stop)[_COMMITS])[0]
        return number

    def _listened(self) -> int:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        for line in self._process.stdout:
            if (match := _PORT.search(line)) is not None:
                return int(match[1])
        raise RuntimeError("the server didn't start")


def _cpu_seconds(process: str) -> float:
    stat = Path(f"/proc/{process}/stat").read_text("ascii")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def bare(size_bytes: int, *, as_it_comes: bool = False) -> Iterator[Server]:
    """The HTTP server alone, answering so many bytes: ours, or uvicorn as it comes."""
    command = [sys.executable, "-m", "bench.bare", str(size_bytes)]
    with _run([*command, "as-it-comes"] if as_it_comes else command, None, None) as server:
        yield server


@contextmanager
def orderfolio(database: str, log: Path, *options: str) -> Iterator[Server]:
    """The program as users start it, on a database by its URL, with its log in a file."""
    command = [sys.executable, "-m", "orderfolio", "serve", "--host=127.0.0.1", "--port=0"]
    with _run([*command, f"--database={database}", *options], file_of(database), log) as server:
        yield server


def file_of(database: str) -> Path | None:
    """The file behind a URL, where there is one."""
    scheme, _, path = database.partition(":///")
    return Path(path) if scheme == "sqlite" and path else None


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "ORDERFOLIO_CLIENT_KEY": loads.CLIENT_KEY,
        "ORDERFOLIO_API_TOKEN": loads.API_TOKEN,
    }


@contextmanager
def _run(command: Sequence[str], database: Path | None, log: Path | None) -> Iterator[Server]:
    with Path(log or os.devnull).open("ab") as file:
        process = subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=file, env=environment(), text=True
        )
        try:
            yield Server(process, database)
        finally:
            process.terminate()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
