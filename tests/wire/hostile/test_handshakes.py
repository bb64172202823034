"""Clients of a server with a certificate that never come to a request."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import subprocess
import time
from contextlib import suppress
from typing import Final

import pytest
from tests.journeys.tools import need
from tests.wire.hostile.conftest import Withstand
from tests.wire.hostile.exchanges import Attack, Streams, connected, crowd, request
from tests.wire.hostile.servers import CUT_OFF_SECONDS, Server

from orderfolio.wire.handshakes import GOODBYE_SECONDS

MANY: Final = 200
ABANDONED: Final = 2_000
AT_ONCE: Final = 30
SLACK_SECONDS: Final = 3.0

# A piece of a handshake that says it goes on for 16 MiB, in pieces of 16 KiB.
ENDLESS: Final = b"\x16\x03\x01\x40\x00\x01\xff\xff\xff\x03\x03" + b"\x00" * 0x3FFA

pytestmark = pytest.mark.parametrize("server", ["tls"], indirect=True)


class Shaking:
    """A handshake by hand, over a plain connection: `hello` is the client's first word."""

    def __init__(self, server: Server) -> None:
        assert server.trust is not None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._client = server.trust.wrap_bio(
            self._incoming, self._outgoing, server_hostname="127.0.0.1"
        )
        with suppress(ssl.SSLWantReadError):
            self._client.do_handshake()
        self.hello = self._outgoing.read()

    async def finish(self, streams: Streams) -> None:
        reader, writer = streams
        writer.write(self.hello)
        while True:
            self._incoming.write(await reader.read(1 << 16))
            try:
                self._client.do_handshake()
            except ssl.SSLWantReadError:
                continue
            writer.write(self._outgoing.read())
            return


async def closed(reader: asyncio.StreamReader) -> bytes:
    """All that came until the server had closed the connection."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def cut_off_after(said: bytes) -> Attack:
    """A client that says so much of a handshake, and waits."""

    async def one(server: Server) -> None:
        reader, writer = await connected(server)
        began = time.monotonic()
        writer.write(said)
        assert b"HTTP" not in await closed(reader)
        assert time.monotonic() - began < CUT_OFF_SECONDS + SLACK_SECONDS
        writer.close()

    return one


class TestSlowHandshakes:
    @pytest.mark.parametrize("share", [0, 0.1, 0.9, 1])
    def test_that_stop_in_the_middle_are_cut_off(
        self, server: Server, withstand: Withstand, share: float
    ) -> None:
        hello = Shaking(server).hello
        one = cut_off_after(hello[: int(len(hello) * share)])
        withstand(lambda server: crowd(server, one, MANY))

    def test_that_come_byte_by_byte_are_cut_off(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await connected(server)
            began = time.monotonic()
            closing = asyncio.create_task(closed(reader))
            for byte in Shaking(server).hello:
                writer.write(bytes([byte]))
                await asyncio.wait([closing], timeout=0.2)
                if closing.done():
                    break
            assert closing.done()
            assert time.monotonic() - began < CUT_OFF_SECONDS + SLACK_SECONDS
            writer.close()

        withstand(lambda server: crowd(server, one, MANY))

    def test_whose_clients_never_say_goodbye_are_closed_all_the_same(
        self, withstand: Withstand
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = streams = await connected(server)
            await Shaking(server).finish(streams)
            began = time.monotonic()
            await closed(reader)
            patience = CUT_OFF_SECONDS + GOODBYE_SECONDS + SLACK_SECONDS
            assert time.monotonic() - began < patience
            writer.close()

        withstand(lambda server: crowd(server, one, 50))


class TestWastefulHandshakes:
    def test_without_end_are_refused(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await connected(server)
            with suppress(ConnectionError):
                for _ in range(64):
                    writer.write(ENDLESS)
                    await writer.drain()
            assert b"HTTP" not in await closed(reader)
            writer.transport.abort()

        withstand(lambda server: crowd(server, one, 100))

    @pytest.mark.parametrize(
        "said",
        [request("GET", "/v2.1/orders"), b"\x00" * 400, b"\x80\x2e\x01\x00\x02" + b"\x00" * 64],
        ids=["http", "zeros", "sslv2"],
    )
    def test_that_are_none_are_closed(self, withstand: Withstand, said: bytes) -> None:
        withstand(lambda server: crowd(server, cut_off_after(said), MANY))

    @pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1.* is deprecated")
    def test_of_older_versions_are_refused(self, withstand: Withstand) -> None:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        # Without this the client itself would refuse.
        old.set_ciphers("ALL:@SECLEVEL=0")

        async def one(server: Server) -> None:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await asyncio.open_connection("127.0.0.1", server.port, ssl=old)

        withstand(lambda server: crowd(server, one, MANY))


class TestSecondHandshakes:
    def test_on_one_connection_are_refused(self, server: Server) -> None:
        program = need("openssl", "ask for another handshake")
        place = f"127.0.0.1:{server.port}"
        with subprocess.Popen(
            [program, "s_client", "-connect", place, "-tls1_2"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as client:
            assert client.stdin is not None
            assert client.stdout is not None
            assert any("Extended master secret" in line for line in client.stdout)
            client.stdin.write("R\n")
            client.stdin.flush()
            told = client.stdout.read()
        assert "RENEGOTIATING" in told
        assert "no renegotiation" in told


class TestAbandonedHandshakes:
    @pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
    def test_by_the_thousand_hold_nobody_up(
        self, server: Server, withstand: Withstand, is_reset: bool
    ) -> None:
        hello = Shaking(server).hello
        # Each of the lengths at which one can break off, and the whole of it most often.
        lengths = [*range(0, len(hello), 50)] + [len(hello)] * 20

        async def attack(server: Server) -> None:
            left = iter(range(ABANDONED))

            async def one(server: Server) -> None:
                for number in left:
                    reader, writer = await connected(server)
                    said = hello[: lengths[number % len(lengths)]]
                    writer.write(said)
                    if said == hello:
                        await reader.read(1)
                    if is_reset:
                        set_to_reset(writer)
                    writer.transport.abort()

            await crowd(server, one, AT_ONCE)

        withstand(attack)


def set_to_reset(writer: asyncio.StreamWriter) -> None:
    """Whoever lingers for no time ends with a reset, in place of a goodbye."""
    no_time = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
