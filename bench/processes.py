"""Servers as processes: started, asked for what they took of the machine, and stopped."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from bench import loads

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PORT: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")
_LAST: Final = re.compile(rb'"last":{"href":"[^"]*[?&]offset=(\d+)')
# In the WAL's index, a count of the transactions that were committed.
_COMMITS: Final = slice(8, 12)


class Server:
    """A server that runs, and what it serves, if anything: a file, or what the PostgreSQL
    server keeps whose first process is `postmaster`."""

    def __init__(
        self, process: subprocess.Popen[str], database: Path | None, postmaster: int | None = None
    ) -> None:
        self._process = process
        self._database = database
        self._postmaster = postmaster
        self.port = self._listened()

    def cpu_seconds(self) -> float:
        """What all threads of it and of its workers took, in and outside of the kernel."""
        number = self._process.pid
        return sum(map(_cpu_seconds, (_stat(number), *_children(number))))

    def database_cpu_seconds(self) -> float:
        """What all processes of PostgreSQL took, those that have ended too."""
        if self._postmaster is None:
            return 0.0
        # An ended process is counted with its parent.
        ended = sum(int(field) for field in _stat(self._postmaster)[13:15]) / _TICKS
        working = sum(map(_cpu_seconds, _children(self._postmaster)))
        return ended + _cpu_seconds(_stat(self._postmaster)) + working

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


@contextmanager
def on_postgres(database: str, log: Path, postmaster: int, workers: int) -> Iterator[Server]:
    """The same over PostgreSQL, by so many processes."""
    options = ["--host=127.0.0.1", "--port=0", f"--workers={workers}", f"--database={database}"]
    command = [sys.executable, "-m", "orderfolio", "serve", *options]
    with log.open("ab") as file, _started(command, file) as process:
        yield Server(process, None, postmaster)


def page_bytes(server: Server) -> int:
    """How many bytes a page of a hundred whole orders has."""
    return len(_page(server, "limit=100&expand=true"))


def last_offset(server: Server) -> int:
    """Where the last page of a hundred orders begins just now."""
    found = _LAST.search(_page(server, "limit=100"))
    if found is None:
        raise RuntimeError("the list of orders has no last page")
    return int(found[1])


def _page(server: Server, query: str) -> bytes:
    address = f"http://127.0.0.1:{server.port}/v2.1/orders?{query}"
    request = urllib.request.Request(address, headers=loads.HEADERS)
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        page: bytes = answer.read()
    return page


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "ORDERFOLIO_CLIENT_KEY": loads.CLIENT_KEY,
        "ORDERFOLIO_API_TOKEN": loads.API_TOKEN,
    }


@contextmanager
def _run(command: Sequence[str], database: Path | None, log: Path | None) -> Iterator[Server]:
    with Path(log or os.devnull).open("ab") as file, _started(command, file) as process:
        yield Server(process, database)


@contextmanager
def _started(command: Sequence[str], log: IO[bytes]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=log, env=environment(), text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _stat(pid: int) -> list[str]:
    """What the system tells of a process, behind its name."""
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()


def _cpu_seconds(stat: Sequence[str]) -> float:
    return (int(stat[11]) + int(stat[12])) / _TICKS


def _children(pid: int) -> Iterator[list[str]]:
    """What the system tells of each child, those left out that end meanwhile."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        with suppress(FileNotFoundError, ProcessLookupError):
            yield _stat(int(child))
