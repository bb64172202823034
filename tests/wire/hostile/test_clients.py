"""Clients that want the server for themselves, over plain connections and over TLS.

While they try, a well-behaved client goes on and is answered: mostly within a second, and never
as late as a slow one is cut off. The memory of the server grows by no more than a bound.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import suppress
from typing import Final

import pytest
from tests.wire.hostile.conftest import Withstand
from tests.wire.hostile.exchanges import (
    ORDER_BODY,
    POST_HEAD,
    Attack,
    answered,
    connected,
    crowd,
    opened,
    request,
    statuses,
)
from tests.wire.hostile.servers import CONNECTIONS, CUT_OFF_SECONDS, Server

MANY: Final = 300


async def many(server: Server, one: Attack, count: int = MANY) -> None:
    """So many of them, and a sixth over TLS, which costs these clients more than the server."""
    await crowd(server, one, count if server.trust is None else count // 6)


async def turned_away(server: Server) -> bool:
    """Whether the server has enough clients; over TLS it says so by closing, as a word would
    cost a handshake."""
    try:
        return await statuses(server) == [503]
    except ConnectionError:
        assert server.trust is not None
        return True


async def drip(server: Server, start: bytes, drop: bytes, status: int) -> None:
    """Send a byte or so at a time, until the server has enough and says so."""
    reader, writer = await opened(server)
    writer.write(start)
    began = time.monotonic()
    answering = asyncio.create_task(answered(reader))
    while not answering.done():
        assert time.monotonic() - began < 3 * CUT_OFF_SECONDS
        with suppress(ConnectionError):
            writer.write(drop)
        await asyncio.wait([answering], timeout=0.2)
    assert (await answering)[0] == status
    writer.transport.abort()


class TestSlowClients:
    def test_with_heads_are_cut_off(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            await drip(server, b"GET / HTTP/1.1\r\n", b"X-A: a\r\n", 408)

        withstand(lambda server: many(server, one))

    def test_with_bodies_are_cut_off(self, withstand: Withstand) -> None:
        head = request("POST", "/v2.1/orders", b"Content-Length: 100000")

        async def one(server: Server) -> None:
            await drip(server, head, b" ", 408)

        withstand(lambda server: many(server, one))

    def test_that_read_nothing_of_what_they_ask_for_hold_nobody_up(
        self, withstand: Withstand
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/openapi.json") * 50)
            await asyncio.sleep(2)
            writer.transport.abort()
            del reader

        withstand(lambda server: crowd(server, one, 20))


class TestIdleClients:
    def test_are_let_go_and_hold_nobody_up(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            assert await reader.read() == b""
            writer.transport.abort()

        withstand(lambda server: many(server, one))

    def test_that_have_closed_their_half_are_let_go(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(POST_HEAD[:40])
            # Where many come at once, the last of them may have been let go before.
            with suppress(OSError):
                await writer.drain()
                # Of the connection below, where there is TLS: a stream over it has no halves.
                writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
                await reader.read()
            writer.transport.abort()

        withstand(lambda server: many(server, one))

    def test_beyond_the_limit_are_told_and_nobody_else_is_once_they_are_gone(
        self, server: Server
    ) -> None:
        async def play() -> None:
            held = [await connected(server) for _ in range(CONNECTIONS)]
            assert await turned_away(server)
            if server.trust is None:
                reader, writer = await opened(server)
                head = await reader.readuntil(b"\r\n\r\n")
                body = json.loads(await reader.read())
                assert head.startswith(b"HTTP/1.1 503 ")
                assert b"\r\nretry-after: 1\r\n" in head
                assert body["code"] == 503
                assert body["moreInfoUrl"].endswith("/errors#unavailable")
                writer.transport.abort()
            for _, other in held:
                other.close()
            for _ in range(100):
                if not await turned_away(server):
                    break
                await asyncio.sleep(0.1)
            assert await statuses(server) == [201, 200]

        asyncio.run(play())


class TestWastefulClients:
    def test_with_endless_headers_are_refused(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            with suppress(ConnectionError):
                writer.write(b"GET / HTTP/1.1\r\nX-A: " + b"a" * (1 << 20))
            assert (await answered(reader))[0] == 431
            writer.transport.abort()

        withstand(lambda server: many(server, one, 100))

    def test_with_endless_bodies_are_refused(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("POST", "/v2.1/orders", b"Transfer-Encoding: chunked"))
            with suppress(ConnectionError):
                for _ in range(32):
                    writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                    await writer.drain()
            assert (await answered(reader))[0] == 413
            writer.transport.abort()

        withstand(lambda server: many(server, one, 50))

    def test_with_hundreds_of_requests_in_one_breath_are_served_in_turn(
        self, withstand: Withstand
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/v2.1/orders?limit=1") * 200)
            for _ in range(200):
                assert (await answered(reader))[0] == 200
            writer.transport.abort()

        withstand(lambda server: crowd(server, one, 5))


class TestClientsThatGoAway:
    @pytest.mark.parametrize("sent", [40, len(POST_HEAD), len(POST_HEAD) + 20])
    def test_before_all_is_sent_leave_nothing(self, withstand: Withstand, sent: int) -> None:
        async def one(server: Server) -> None:
            _, writer = await opened(server)
            writer.write((POST_HEAD + ORDER_BODY)[:sent])
            await writer.drain()
            writer.transport.abort()

        withstand(lambda server: many(server, one))

    def test_before_all_is_answered_leave_nothing(self, withstand: Withstand) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/openapi.json") * 3)
            await reader.readexactly(100)
            writer.transport.abort()

        withstand(lambda server: many(server, one))
