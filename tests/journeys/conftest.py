"""A running server for the journeys: a process of its own, over a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

CLIENT_KEY = "journeys"
API_TOKEN = "a-token-that-only-these-tests-know"  # one server's, and gone with it
START_SECONDS = 30
STOP_SECONDS = 15


class Server(NamedTuple):
    url: str
    client_key: str
    api_token: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").is_success:
                return
        except httpx.TransportError:
            pass  # nothing listens yet
        time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with nothing in it, which lives as long as the module's tests."""
    folder = tmp_path_factory.mktemp("server")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "orderfolio", "serve", "--database", "sqlite://"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    credentials = {"ORDERFOLIO_CLIENT_KEY": CLIENT_KEY, "ORDERFOLIO_API_TOKEN": API_TOKEN}
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | credentials, stdout=stream, stderr=stream
        )
        try:
            wait_until_ready(url, process, log)
            yield Server(url, CLIENT_KEY, API_TOKEN)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
