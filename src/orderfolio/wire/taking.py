"""Taking: whether a client takes what it is sent, or keeps its place by a few bytes at a time.

Only the system knows. It may hold megabytes of an answer: for minutes nothing leaves the server
itself, though a slow client takes all the while.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from typing import Final

LEAST_BYTES_PER_SECOND: Final = 500
# Of Linux's `struct tcp_info` (include/uapi/linux/tcp.h): tcpi_bytes_acked, tcpi_bytes_received.
_ACKNOWLEDGED: Final = slice(120, 128)
_RECEIVED: Final = slice(128, 136)
_NO_LINGERING: Final = struct.pack("ii", 1, 0)
_INFO: Final[int | None] = getattr(socket, "TCP_INFO", None) if sys.platform == "linux" else None


class Taking:
    """Of one connection, looked at every so many seconds."""

    __slots__ = ("_least_bytes", "_taken_bytes", "_transport", "_waiting_bytes")

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._least_bytes = LEAST_BYTES_PER_SECOND * seconds
        self._waiting_bytes = 0
        self._taken_bytes = 0

    def reset_if_stalled(self) -> None:
        """End the connection at once; the system drops what it still has to send, too."""
        connected = self._connected()
        if connected is None or not self.has_stalled():
            return
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
        self._transport.abort()

    def has_stalled(self) -> bool:
        """Whether there is still something to send, and the client took less since the last
        look than it should: neither all that waited then, nor `LEAST_BYTES_PER_SECOND`."""
        waited, taken_before = self._waiting_bytes, self._taken_bytes
        self._waiting_bytes = self._transport.get_write_buffer_size()
        if not self._waiting_bytes:
            return False
        taken = self._acknowledged_bytes()
        if taken is None:
            return False
        self._taken_bytes = taken
        return taken - taken_before < min(waited, self._least_bytes)

    def _acknowledged_bytes(self) -> int | None:
        """What the client's system has of all that was ever sent; None where ours doesn't
        tell, and once the connection has ended."""
        connected = self._connected()
        if _INFO is None or connected is None:
            return None
        try:
            told = connected.getsockopt(socket.IPPROTO_TCP, _INFO, _RECEIVED.stop)
        except OSError:
            return None
        # Whoever is answered has asked: a system that counted nothing of that doesn't count.
        is_counted = any(told[_RECEIVED])
        return int.from_bytes(told[_ACKNOWLEDGED], sys.byteorder) if is_counted else None

    def _connected(self) -> socket.socket | None:
        """Not kept: of one that has ended, another may have the number."""
        found: socket.socket | None = self._transport.get_extra_info("socket")
        return found
