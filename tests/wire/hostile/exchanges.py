"""What clients say, the well-behaved one and the others, and many of them at one time."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from tests.wire.clients import KEYS, ORDER
from tests.wire.hostile.servers import Server

Attack = Callable[[Server], Awaitable[None]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]

AUTHORIZATION: Final = b"Authorization: Basic " + base64.b64encode(":".join(KEYS).encode())
ORDER_BODY: Final = json.dumps(ORDER).encode()


def request(method: str, path: str, *headers: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", AUTHORIZATION, *headers]
    return b"\r\n".join([*lines, b"", b""])


POST_HEAD: Final = request("POST", "/v2.1/orders", b"Content-Length: %d" % len(ORDER_BODY))


async def connected(server: Server) -> Streams:
    """A connection on which nothing was said, a handshake neither."""
    return await asyncio.open_connection("127.0.0.1", server.port)


async def opened(server: Server) -> Streams:
    """One on which requests can be sent, over TLS where the server has a certificate."""
    return await asyncio.open_connection("127.0.0.1", server.port, ssl=server.trust)


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head.split(b" ")[1]), await reader.readexactly(length)


async def statuses(server: Server) -> list[int]:
    """What a write and a read are answered with, on a connection of their own."""
    reader, writer = await opened(server)
    writer.write(POST_HEAD + ORDER_BODY)
    found = [(await answered(reader))[0]]
    if found == [201]:
        writer.write(request("GET", "/v2.1/orders"))
        found.append((await answered(reader))[0])
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return found


async def behave(server: Server, until: threading.Event) -> list[float]:
    """Write and read, on a new connection each time: how long each exchange took."""
    took: list[float] = []
    while not until.is_set() or not took:
        began = time.perf_counter()
        assert await statuses(server) == [201, 200]
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)
    return took


async def crowd(server: Server, one: Attack, count: int) -> None:
    """So many of them at once."""
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(_played(one, server))


async def _played(one: Attack, server: Server) -> None:
    await one(server)
