"""The whole way of a request: a real server, a real socket, the application and the store."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable

import pytest
from tests.wire.clients import KEYS, ORDER, an_application

from orderfolio.store.contract import Store
from orderfolio.wire.server import serve

Scene = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Play = Callable[[Scene], None]
# In scenes that aren't about it no body is too slow, though the machine be busy.
PATIENCE_SECONDS = 60.0

CREDENTIALS = base64.b64encode(":".join(KEYS).encode())


@pytest.fixture
def request_timeout_seconds() -> float:
    return PATIENCE_SECONDS


@pytest.fixture
def play(runner: asyncio.Runner, store: Store, request_timeout_seconds: float) -> Play:
    """Runs a scene over one connection to a server of its own."""

    async def run(scene: Scene) -> None:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        application = an_application(store, request_timeout_seconds=request_timeout_seconds)
        serving = asyncio.create_task(
            serve(application, "127.0.0.1", 0, on_listening=port.set_result, stop=stop)
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS / 2):
                reader, writer = await asyncio.open_connection("127.0.0.1", await port)
                await scene(reader, writer)
                writer.close()
        finally:
            stop.set()
            await serving

    return lambda scene: runner.run(run(scene))


def request(method: str, path: str, *headers: bytes) -> bytes:
    """A head, with credentials and all that it needs."""
    lines = [
        f"{method} {path} HTTP/1.1".encode(),
        b"Host: 127.0.0.1",
        b"Authorization: Basic " + CREDENTIALS,
        *headers,
    ]
    return b"\r\n".join([*lines, b"", b""])


async def answered(reader: asyncio.StreamReader, *, has_body: bool = True) -> tuple[bytes, bytes]:
    """The head and the body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not has_body or b"content-length: " not in head:
        return head, b""
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    return head, await reader.readexactly(length)


class TestOneConnection:
    def test_carries_many_requests(self, play: Play) -> None:
        async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            body = json.dumps(ORDER).encode()
            writer.write(request("POST", "/v2.1/orders", b"Content-Length: %d" % len(body)) + body)
            head, created = await answered(reader)
            assert head.startswith(b"http/1.1 201 ")
            path = f"/v2.1/orders/{json.loads(created)['ref']}"
            writer.write(request("GET", path))
            assert (await answered(reader))[1] == created
            writer.write(request("HEAD", path))
            head, _ = await answered(reader, has_body=False)
            assert b"content-length: %d\r\n" % len(created) in head
            writer.write(request("DELETE", path))
            head, _ = await answered(reader)
            assert head.startswith(b"http/1.1 204 ")
            assert b"content-length" not in head
            assert b"transfer-encoding" not in head
            writer.write(request("GET", path))
            assert (await answered(reader))[0].startswith(b"http/1.1 404 ")

        play(scene)

    def test_goes_on_after_a_body_of_20_megabytes_was_refused(self, play: Play) -> None:
        async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            size = 20 << 20
            writer.write(request("POST", "/v2.1/orders", b"Content-Length: %d" % size))
            writer.write(b"x" * size)
            head, body = await answered(reader)
            assert head.startswith(b"http/1.1 413 ")
            assert json.loads(body)["code"] == 413
            writer.write(request("GET", "/v2.1/orders"))
            assert (await answered(reader))[0].startswith(b"http/1.1 200 ")

        play(scene)

    def test_goes_on_after_chunks_beyond_the_limit_were_refused(self, play: Play) -> None:
        async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(request("POST", "/v2.1/orders", b"Transfer-Encoding: chunked"))
            for _ in range(30):
                writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            writer.write(b"0\r\n\r\n")
            assert (await answered(reader))[0].startswith(b"http/1.1 413 ")
            writer.write(request("GET", "/v2.1/orders"))
            assert (await answered(reader))[0].startswith(b"http/1.1 200 ")

        play(scene)

    def test_is_told_to_continue_only_if_the_body_may_come(self, play: Play) -> None:
        async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            expects = b"Expect: 100-continue"
            body = json.dumps(ORDER).encode()
            length = b"Content-Length: %d" % len(body)
            writer.write(request("POST", "/v2.1/orders", expects, length))
            assert (await answered(reader))[0].startswith(b"http/1.1 100 ")
            writer.write(body)
            assert (await answered(reader))[0].startswith(b"http/1.1 201 ")
            writer.write(request("POST", "/v2.1/orders", expects, b"Content-Length: 99999999"))
            head, _ = await answered(reader)
            assert head.startswith(b"http/1.1 413 ")
            assert b"connection: close\r\n" in head
            assert await reader.read() == b""

        play(scene)

    @pytest.mark.parametrize("request_timeout_seconds", [0.3])
    def test_whose_body_comes_too_slowly_is_answered_and_closed(self, play: Play) -> None:
        async def scene(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(request("POST", "/v2.1/orders", b"Content-Length: 100") + b"{")
            head, body = await answered(reader)
            assert head.startswith(b"http/1.1 408 ")
            assert b"connection: close\r\n" in head
            assert json.loads(body)["code"] == 408
            assert await reader.read() == b""

        play(scene)
