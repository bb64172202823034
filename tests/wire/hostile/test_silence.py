"""Clients that ask and then take nothing of what they are answered."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from tests.journeys.tools import leave_out
from tests.wire.hostile.exchanges import request, statuses
from tests.wire.hostile.servers import CUT_OFF_SECONDS, Server, served

CONNECTIONS: Final = 4
# More than the system takes off the server's hands.
LONG: Final = request("GET", "/static/swagger-ui/swagger-ui-bundle.js") * 40


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        leave_out("The system can't be told how long a client may take nothing.")
    folder = tmp_path_factory.mktemp("silence")
    has_certificate = request.param == "tls"
    with served(folder, has_certificate=has_certificate, max_connections=CONNECTIONS) as it:
        yield it


def ask(server: Server, ends: ExitStack) -> None:
    """Ask, and stay until the `ends`."""
    client = ends.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", server.port))
    if server.trust is not None:
        client = ends.enter_context(server.trust.wrap_socket(client, server_hostname="127.0.0.1"))
    client.sendall(LONG)


def has_room(server: Server) -> bool:
    try:
        return asyncio.run(statuses(server)) == [201, 200]
    except ConnectionError:
        return False


def test_they_are_let_go(server: Server) -> None:
    with ExitStack() as ends:
        for _ in range(CONNECTIONS):
            ask(server, ends)
        began = time.monotonic()
        assert not has_room(server)
        while not has_room(server):
            assert time.monotonic() - began < 5 * CUT_OFF_SECONDS
            time.sleep(0.1)
        assert time.monotonic() - began > CUT_OFF_SECONDS / 2
