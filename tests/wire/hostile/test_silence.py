"""Clients that ask and then take nothing of what they are answered, or next to nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.resources import files
from typing import Final

import pytest
from tests.journeys.tools import leave_out
from tests.wire.hostile.exchanges import request, statuses
from tests.wire.hostile.servers import CUT_OFF_SECONDS, Server, served

CONNECTIONS: Final = 4
BUNDLE_PATH: Final = "static/swagger-ui/swagger-ui-bundle.js"
BUNDLE_BYTES: Final = len(files("orderfolio.console").joinpath(BUNDLE_PATH).read_bytes())
BUNDLE: Final = request("GET", f"/{BUNDLE_PATH}")
GOODBYE: Final = request("GET", "/healthz", b"Connection: close")
# More than the system takes off the server's hands.
LONG: Final = 10
# Of data in one packet: the smallest that is usual. Who takes little is heard of at each.
PACKET_BYTES: Final = 536


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    if not hasattr(socket, "TCP_INFO"):
        leave_out("The system doesn't tell what a client took.")
    folder = tmp_path_factory.mktemp("silence")
    has_certificate = request.param == "tls"
    with served(folder, has_certificate=has_certificate, max_connections=CONNECTIONS) as it:
        yield it


def ask(server: Server, ends: ExitStack, wanted: bytes) -> socket.socket:
    """Ask, and stay until the `ends`."""
    client = ends.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, PACKET_BYTES)
    client.connect(("127.0.0.1", server.port))
    if server.trust is not None:
        client = ends.enter_context(server.trust.wrap_socket(client, server_hostname="127.0.0.1"))
    client.sendall(wanted)
    return client


def has_room(server: Server) -> bool:
    try:
        return asyncio.run(statuses(server)) == [201, 200]
    except ConnectionError:
        return False


def stay_silent_for_a_look(server: Server) -> None:
    """Be connected, and never begin, whenever in here the server looks at its clients."""
    with ExitStack() as ends:
        for _ in range(3):
            client = ends.enter_context(socket.socket())
            client.connect(("127.0.0.1", server.port))
            time.sleep(CUT_OFF_SECONDS / 2)


@pytest.mark.parametrize("bytes_at_a_time", [0, 40])
def test_they_are_let_go(server: Server, bytes_at_a_time: int) -> None:
    stay_silent_for_a_look(server)
    with ExitStack() as ends:
        clients = [ask(server, ends, BUNDLE * LONG) for _ in range(CONNECTIONS)]
        began = time.monotonic()
        assert not has_room(server)
        while not has_room(server):
            assert time.monotonic() - began < 5 * CUT_OFF_SECONDS
            time.sleep(0.2)
            for client in clients if bytes_at_a_time else ():
                os.read(client.fileno(), bytes_at_a_time)
        assert time.monotonic() - began > CUT_OFF_SECONDS / 2


def test_who_is_slow_gets_the_whole_answer(server: Server) -> None:
    taken = 0
    with ExitStack() as ends:
        client = ask(server, ends, BUNDLE * LONG + GOODBYE)
        began = time.monotonic()
        while time.monotonic() - began < 2 * CUT_OFF_SECONDS + 1:
            taken += len(client.recv(4000))
            time.sleep(0.2)
        while some := client.recv(1 << 20):
            taken += len(some)
    assert taken > LONG * BUNDLE_BYTES
