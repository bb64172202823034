"""Ports for servers that are stopped and started again."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

LOWEST: Final = 10_000
RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """A loopback port that nobody listens on.

    Below those that the system gives to outgoing connections: one of these would take the port of
    a server that is down, and keep it from coming back.
    """
    highest = int(RANGE.read_text("ascii").split()[0]) - 1 if RANGE.exists() else 32_767
    while True:
        port = random.randint(LOWEST, max(LOWEST, highest))
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
