"""Ports are given once, and to servers."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.clusters import ports

LISTENS = """
import socket, sys
socket.create_server(("127.0.0.1", int(sys.argv[1]))).close()
"""
ASKS = """
import random, sys
from tests.clusters import ports
asked = []
random.randint = lambda *_: asked.append(1) or int(sys.argv[len(asked)])
print(ports.free_port())
"""


def said(program: str, *arguments: int) -> str:
    """What another process prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_port_is_given_to_no_other_process() -> None:
    given, other = ports.free_port(), ports.free_port()
    with pytest.raises(subprocess.CalledProcessError, match="returned non-zero"):
        said(ASKS, given, other)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert said(ASKS, given, other, free) == str(free)


def test_a_server_listens_on_it_and_another_does_not() -> None:
    port = ports.free_port()
    for _ in range(2):
        assert said(LISTENS, port) == ""
    with socket.create_server(("127.0.0.1", port)):
        with socket.create_connection(("127.0.0.1", port)):
            pass
        with pytest.raises(subprocess.CalledProcessError):
            said(LISTENS, port)


def test_nobody_answers_on_it_until_then() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", ports.free_port()))
