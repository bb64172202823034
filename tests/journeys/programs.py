"""The program as a process, over files of its own, as a person or a supervisor runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

HERE: Final = (sys.executable, "-m", "orderfolio")
START_SECONDS: Final = 30
STOP_SECONDS: Final = 15


class Finished(NamedTuple):
    """A command that has ended: its exit code, and what it wrote."""

    code: int
    output: str
    error: str

    def json(self) -> Any:
        """The one line that was printed for programs."""
        assert (self.code, self.error) == (0, ""), self
        [line] = self.output.splitlines()
        return json.loads(line)

    def refusal(self) -> str:
        """The one sentence of a command that could not do its work."""
        assert (self.code, self.output) == (2, ""), self
        [sentence] = self.error.splitlines()
        assert sentence.endswith((".", "?")), sentence
        assert "Traceback" not in sentence
        return sentence


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """This process's own without settings of the program, and `variables` on top."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ORDERFOLIO_") or name.startswith("ORDERFOLIO_TESTS_")
    }
    return {**kept, **variables}


def run(folder: Path, *arguments: str, **variables: str) -> Finished:
    done = subprocess.run(
        [*HERE, *arguments],
        cwd=folder,
        env=environment(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


class Served:
    """A server that runs; `output` and `log` are what it has written so far."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path) -> None:
        self.process = process
        self._folder = folder

    @property
    def output(self) -> str:
        return (self._folder / "output").read_text("utf-8")

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text("utf-8", errors="replace")

    @property
    def url(self) -> str:
        found = re.search(r"serves (\S+)", self.output)
        assert found is not None, self.output
        return found[1]

    @property
    def credentials(self) -> tuple[str, str]:
        """Those of a first start."""
        key = re.search(r"client key +(\S+)", self.output)
        token = re.search(r"API token +(\S+)", self.output)
        assert key is not None, self.output
        assert token is not None, self.output
        return key[1], token[1]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


@contextmanager
def serving(
    folder: Path, *arguments: str, program: Sequence[str] = HERE, **variables: str
) -> Iterator[Served]:
    """A server on a port that the system chooses, with `folder` as its current one; it is
    killed where the test did not stop it."""
    notes = Path(tempfile.mkdtemp(prefix="written-", dir=folder))
    with (notes / "output").open("wb") as output, (notes / "log").open("wb") as log:
        process = subprocess.Popen(
            [*program, "serve", "--port", "0", *arguments],
            cwd=folder,
            env=environment(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=log,
        )
        served = Served(process, notes)
        try:
            _wait(served)
            yield served
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _wait(served: Served) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and served.process.poll() is None:
        # The banner is written at once, when connections are accepted already.
        begun = "serves " in served.output and served.output.endswith("\n")
        if begun and httpx.get(f"{served.url}/readyz", timeout=START_SECONDS).is_success:
            return
        time.sleep(0.02)
    pytest.fail(f"the server did not start:\n{served.output}{served.log}")


def begun_order(served: Served, keys: tuple[str, str], length: int) -> socket.socket:
    """A connection on which the server waits for the body of an order, of so many bytes."""
    address = urlsplit(served.url)
    connection = socket.create_connection((address.hostname, address.port), START_SECONDS)
    connection.sendall(
        b"POST /v2.1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\n"
        b"Content-Type: application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
        % (b64encode(":".join(keys).encode()), length)
    )
    told = b""
    while not told.endswith(b"\r\n\r\n"):
        told += connection.recv(1)
    assert told.startswith(b"HTTP/1.1 100 "), told
    return connection
