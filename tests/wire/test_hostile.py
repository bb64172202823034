"""Clients that want the server for themselves, against a real server in a process of its own.

While they try, a well-behaved client goes on and is answered: mostly within a second, and never
as late as a slow one is cut off. The memory of the server grows by no more than a bound.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import pytest
from tests.wire.clients import KEYS, ORDER

PATIENCE_SECONDS: Final = 1.0
CUT_OFF_SECONDS: Final = 3.0
GROWTH_BYTES: Final = 64 << 20
MANY: Final = 300
CONNECTIONS: Final = 400
START_SECONDS: Final = 30
AUTHORIZATION: Final = b"Authorization: Basic " + base64.b64encode(":".join(KEYS).encode())
ORDER_BODY: Final = json.dumps(ORDER).encode()


class Server(NamedTuple):
    port: int
    process: int

    def resident_bytes(self) -> int:
        """What the process holds in memory now; 0 on systems that don't tell."""
        told = Path(f"/proc/{self.process}/statm")
        if not told.exists():
            return 0
        return int(told.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    settings = {
        "CLIENT_KEY": KEYS[0],
        "API_TOKEN": KEYS[1],
        "DATABASE": "sqlite://",
        "PORT": "0",
        "REQUEST_TIMEOUT_SECONDS": str(CUT_OFF_SECONDS),
        "MAX_CONNECTIONS": str(CONNECTIONS),
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "warning",
    }
    environ = os.environ | {f"ORDERFOLIO_{name}": value for name, value in settings.items()}
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        command = [sys.executable, "-m", "orderfolio", "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environ, stdout=out, stderr=err)
        try:
            yield Server(listening_port(folder, process), process.pid)
            assert process.poll() is None
            assert b"An answer failed." not in (folder / "err").read_bytes()
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def listening_port(folder: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that the banner names."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for name in ("out", "err"):
            told = re.search(r"http://127\.0\.0\.1:(\d+)\s", (folder / name).read_text("utf-8"))
            if told is not None:
                return int(told[1])
        time.sleep(0.05)
    pytest.fail((folder / "err").read_text("utf-8"))


def request(method: str, path: str, *headers: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: 127.0.0.1", AUTHORIZATION, *headers]
    return b"\r\n".join([*lines, b"", b""])


POST_HEAD: Final = request("POST", "/v2.1/orders", b"Content-Length: %d" % len(ORDER_BODY))


async def opened(server: Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.port)


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
    return found


async def behave(server: Server, until: asyncio.Event) -> list[float]:
    """Write and read, on a new connection each time: how long each exchange took."""
    took: list[float] = []
    while not until.is_set() or not took:
        began = time.perf_counter()
        assert await statuses(server) == [201, 200]
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.05)
    return took


Attack = Callable[[Server], Awaitable[None]]


@pytest.fixture
def withstand(server: Server) -> Callable[[Attack], None]:
    """Plays an attack beside a well-behaved client, and looks at both, and at the memory."""

    async def play(attack: Attack) -> None:
        await behave(server, until=_set())
        before = server.resident_bytes()
        over = asyncio.Event()
        behaving = asyncio.create_task(behave(server, over))
        async with asyncio.timeout(30):
            try:
                await attack(server)
            finally:
                over.set()
            took = await behaving
        assert median(took) < PATIENCE_SECONDS
        assert max(took) < CUT_OFF_SECONDS
        assert server.resident_bytes() - before < GROWTH_BYTES

    return lambda attack: asyncio.run(play(attack))


def _set() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


async def crowd(server: Server, one: Attack, count: int = MANY) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(_played(one, server))


async def _played(one: Attack, server: Server) -> None:
    await one(server)


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
    writer.close()


class TestSlowClients:
    def test_with_heads_are_cut_off(self, withstand: Callable[[Attack], None]) -> None:
        async def one(server: Server) -> None:
            await drip(server, b"GET / HTTP/1.1\r\n", b"X-A: a\r\n", 408)

        withstand(lambda server: crowd(server, one))

    def test_with_bodies_are_cut_off(self, withstand: Callable[[Attack], None]) -> None:
        head = request("POST", "/v2.1/orders", b"Content-Length: 100000")

        async def one(server: Server) -> None:
            await drip(server, head, b" ", 408)

        withstand(lambda server: crowd(server, one))

    def test_that_read_nothing_of_what_they_ask_for_hold_nobody_up(
        self, withstand: Callable[[Attack], None]
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/openapi.json") * 50)
            await asyncio.sleep(2)
            writer.transport.abort()
            del reader

        withstand(lambda server: crowd(server, one, 20))


class TestIdleClients:
    def test_are_let_go_and_hold_nobody_up(self, withstand: Callable[[Attack], None]) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            assert await reader.read() == b""
            writer.close()

        withstand(lambda server: crowd(server, one))

    def test_that_have_closed_their_half_are_let_go(
        self, withstand: Callable[[Attack], None]
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(POST_HEAD[:40])
            writer.write_eof()
            await reader.read()
            writer.close()

        withstand(lambda server: crowd(server, one))

    def test_beyond_the_limit_are_told_and_nobody_else_is_once_they_are_gone(
        self, server: Server
    ) -> None:
        async def play() -> None:
            held = [await opened(server) for _ in range(CONNECTIONS)]
            assert await statuses(server) == [503]
            reader, writer = await opened(server)
            head = await reader.readuntil(b"\r\n\r\n")
            body = json.loads(await reader.read())
            assert head.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nretry-after: 1\r\n" in head
            assert body["code"] == 503
            assert body["moreInfoUrl"].endswith("/errors#unavailable")
            writer.close()
            for _, other in held:
                other.close()
            found: list[int] = []
            for _ in range(100):
                found = await statuses(server)
                if found != [503]:
                    break
                await asyncio.sleep(0.1)
            assert found == [201, 200]

        asyncio.run(play())


class TestWastefulClients:
    def test_with_endless_headers_are_refused(self, withstand: Callable[[Attack], None]) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            with suppress(ConnectionError):
                writer.write(b"GET / HTTP/1.1\r\nX-A: " + b"a" * (1 << 20))
            assert (await answered(reader))[0] == 431
            writer.close()

        withstand(lambda server: crowd(server, one, 100))

    def test_with_endless_bodies_are_refused(self, withstand: Callable[[Attack], None]) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("POST", "/v2.1/orders", b"Transfer-Encoding: chunked"))
            with suppress(ConnectionError):
                for _ in range(32):
                    writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                    await writer.drain()
            assert (await answered(reader))[0] == 413
            writer.transport.abort()

        withstand(lambda server: crowd(server, one, 50))

    def test_with_hundreds_of_requests_in_one_breath_are_served_in_turn(
        self, withstand: Callable[[Attack], None]
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/v2.1/orders?limit=1") * 200)
            for _ in range(200):
                assert (await answered(reader))[0] == 200
            writer.close()

        withstand(lambda server: crowd(server, one, 5))


class TestClientsThatGoAway:
    @pytest.mark.parametrize("sent", [40, len(POST_HEAD), len(POST_HEAD) + 20])
    def test_before_all_is_sent_leave_nothing(
        self, withstand: Callable[[Attack], None], sent: int
    ) -> None:
        async def one(server: Server) -> None:
            _, writer = await opened(server)
            writer.write((POST_HEAD + ORDER_BODY)[:sent])
            await writer.drain()
            writer.transport.abort()

        withstand(lambda server: crowd(server, one))

    def test_before_all_is_answered_leave_nothing(
        self, withstand: Callable[[Attack], None]
    ) -> None:
        async def one(server: Server) -> None:
            reader, writer = await opened(server)
            writer.write(request("GET", "/openapi.json") * 3)
            await reader.readexactly(100)
            writer.transport.abort()

        withstand(lambda server: crowd(server, one))
