"""Handshakes: what happens before a connection over TLS is private, within the same bounds.

The loop's own listener tells of a connection only after its handshake. Until then it would be
counted by nobody, and have a deadline of its own.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from orderfolio.wire.certificates import Certificate
from orderfolio.wire.connections import Connection

# How long who is told goodbye may take to say it, too.
GOODBYE_SECONDS: Final = 5.0
# After which somebody may have closed a file that the next connection needs.
RETRY_SECONDS: Final = 1.0

_log = logging.getLogger("orderfolio.wire")


class PrivateListener:
    """Accepts connections, and makes each private before anything is said on it.

    `create` makes one; `connections` are all that the server has. A handshake counts among
    them, and has the deadline of a head. One too many is closed without a word, as a word
    would cost a handshake.
    """

    def __init__(
        self,
        listening: socket.socket,
        certificate: Certificate,
        create: Callable[[], Connection],
        connections: set[Any],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._socket = listening
        self._certificate = certificate
        self._create = create
        self._connections = connections
        self._handshakes: dict[asyncio.Task[None], Connection] = {}
        self._rest: asyncio.TimerHandle | None = None
        listening.setblocking(False)
        self._listen()

    def close(self) -> None:
        """Accept nothing more; a handshake that isn't over is nothing that was accepted."""
        if self._rest is not None:
            self._rest.cancel()
        self._loop.remove_reader(self._socket)
        for handshake, connection in self._handshakes.items():
            self._connections.discard(connection)
            handshake.cancel()

    async def wait_closed(self) -> None:
        await asyncio.gather(*self._handshakes, return_exceptions=True)

    def _listen(self) -> None:
        self._rest = None
        self._loop.add_reader(self._socket, self._accept)

    def _accept(self) -> None:
        try:
            accepted, _ = self._socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return  # who it was has gone again
        except OSError as error:
            _log.error("No connection can be accepted: %s.", error.strerror)
            self._loop.remove_reader(self._socket)
            self._rest = self._loop.call_later(RETRY_SECONDS, self._listen)
            return
        connection = self._create()
        if len(self._connections) >= connection.max_connections:
            accepted.close()
            return
        self._connections.add(connection)
        handshake = self._loop.create_task(self._shake_hands(accepted, connection))
        self._handshakes[handshake] = connection
        handshake.add_done_callback(self._handshakes.pop)

    async def _shake_hands(self, accepted: socket.socket, connection: Connection) -> None:
        try:
            accepted.setblocking(False)
            await self._loop.connect_accepted_socket(
                lambda: connection,
                accepted,
                ssl=self._certificate.context(),
                ssl_handshake_timeout=connection.head_timeout_seconds,
                ssl_shutdown_timeout=GOODBYE_SECONDS,
            )
        except OSError as error:
            # Whatever strangers send is no news, but somebody may be looking for it.
            _log.debug("A handshake failed: %s", error)
            self._connections.discard(connection)
