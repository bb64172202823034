"""A real server in a process of its own, with bounds that are soon reached."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import trustme
from tests.wire.clients import KEYS

CUT_OFF_SECONDS: Final = 3.0
CONNECTIONS: Final = 400
START_SECONDS: Final = 30
PORT: Final = re.compile(r"https?://127\.0\.0\.1:(\d+)\s")


class Server(NamedTuple):
    """`trust` is what its clients believe; None where it has no certificate."""

    port: int
    process: int
    trust: ssl.SSLContext | None

    def resident_bytes(self) -> int:
        """What the process holds in memory now; 0 on systems that don't tell."""
        told = Path(f"/proc/{self.process}/statm")
        if not told.exists():
            return 0
        return int(told.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def served(folder: Path, *, has_certificate: bool, **others: object) -> Iterator[Server]:
    """A server until the body ends, that must be there then, and have failed nobody. `others`
    are settings beside those that all have."""
    settings = {
        "CLIENT_KEY": KEYS[0],
        "API_TOKEN": KEYS[1],
        "DATABASE": "sqlite://",
        "PORT": "0",
        "REQUEST_TIMEOUT_SECONDS": str(CUT_OFF_SECONDS),
        "MAX_CONNECTIONS": str(CONNECTIONS),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "warning",
    } | {name.upper(): str(value) for name, value in others.items()}
    trust = None
    if has_certificate:
        settings |= {"TLS_CERTIFICATE": "server.pem", "TLS_KEY": "server.key"}
        trust = _certify(folder)
    environ = os.environ | {f"ORDERFOLIO_{name}": value for name, value in settings.items()}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        command = [sys.executable, "-m", "orderfolio", "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=err)
        try:
            yield Server(_listening_port(folder, process), process.pid, trust)
            assert process.poll() is None
            # Whatever a stranger does is no fault of ours, and no news.
            assert (folder / "err").read_bytes() == b""
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _certify(folder: Path) -> ssl.SSLContext:
    """Give the server a certificate, and believe who signed it."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(folder / "server.pem")
    issued.private_key_pem.write_to_path(folder / "server.key")
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return trust


def _listening_port(folder: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that the banner names."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for name in ("out", "err"):
            told = PORT.search((folder / name).read_text("utf-8"))
            if told is not None:
                return int(told[1])
        time.sleep(0.05)
    pytest.fail((folder / "err").read_text("utf-8"))
