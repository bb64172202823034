"""Ports for servers that are stopped and started again."""

from __future__ import annotations

import random
import socket
from pathlib import Path
from typing import Final

LOWEST: Final = 10_000
RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")

_kept: list[socket.socket] = []


def free_port() -> int:
    """A loopback port that nobody listens on, and that is given to nobody else, in whatever
    process, until this one ends.

    Below those that the system gives to outgoing connections: one of these would take the port of
    a server that is down, and keep it from coming back.
    """
    highest = int(RANGE.read_text("ascii").split()[0]) - 1 if RANGE.exists() else 32_767
    while True:
        port = random.randint(LOWEST, max(LOWEST, highest))
        kept = socket.socket()
        try:
            # Refused where anybody is bound, though it be as here.
            kept.bind(("127.0.0.1", port))
        except OSError:
            kept.close()
            continue
        # From now on whoever says the same, as servers do, may listen beside this one, which
        # never does.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _kept.append(kept)
        return port
