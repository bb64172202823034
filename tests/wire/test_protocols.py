"""How answers leave, and how long a connection stays: raw sockets against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvloop
from httptools import HttpParserError

from orderfolio.wire.asgi import Receive, Scope, Send
from orderfolio.wire.protocols import split
from orderfolio.wire.server import serve

Scene = Callable[[int], Awaitable[None]]
KEEP_ALIVE_SECONDS = 1


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers as the path says, with the path in two pieces."""
    path = scope["path"]
    pieces = (b"one ", path.encode())
    headers = [(b"content-type", b"text/plain")]
    if path != "/unsized":
        size = {"/shorter": 20, "/longer": 5}.get(path, sum(map(len, pieces)))
        headers.append((b"content-length", b"%d" % size))
    if path == "/broken":
        headers.append((b"location", b"/\r\nset-cookie: a"))
    if path == "/closing":
        headers.append((b"connection", b"Close"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body"})
    if path == "/twice":
        await send({"type": "http.response.body", "body": b"more"})


def play(scene: Scene) -> None:
    """Runs a scene against a server on a port of its own."""

    async def run() -> None:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            serve(
                application,
                "127.0.0.1",
                0,
                on_listening=port.set_result,
                keep_alive_seconds=KEEP_ALIVE_SECONDS,
                stop=stop,
            )
        )
        try:
            async with asyncio.timeout(30):
                await scene(await port)
        finally:
            stop.set()
            await serving

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def request(path: str, method: str = "GET", version: str = "1.1") -> bytes:
    return f"{method} {path} HTTP/{version}\r\nHost: x\r\n\r\n".encode()


def answer(path: str, method: str = "GET", version: str = "1.1") -> tuple[bytes, bytes]:
    """Head and body of what is answered before the connection closes, if only by idling."""
    found: list[bytes] = []

    async def scene(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(path, method, version))
        found.append(await reader.read())
        writer.close()

    play(scene)
    head, _, body = found[0].partition(b"\r\n\r\n")
    return head, body


class TestAnswers:
    def test_has_its_head_and_its_body(self) -> None:
        head, body = answer("/plain")
        assert head.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
        assert head.endswith(b"\r\ncontent-type: text/plain\r\ncontent-length: 10")
        assert body == b"one /plain"

    def test_without_a_length_goes_in_chunks(self) -> None:
        head, body = answer("/unsized")
        assert head.endswith(b"\r\ntransfer-encoding: chunked")
        assert body == b"4\r\none \r\n8\r\n/unsized\r\n0\r\n\r\n"

    @pytest.mark.parametrize("path", ["/plain", "/unsized"])
    def test_to_head_has_no_body(self, path: str) -> None:
        head, body = answer(path, method="HEAD")
        assert (b"content-length: 10" in head) == (path == "/plain")
        assert b"chunked" not in head
        assert body == b""

    @pytest.mark.parametrize(("path", "version"), [("/closing", "1.1"), ("/plain", "1.0")])
    def test_says_once_that_it_is_the_last(self, path: str, version: str) -> None:
        head, body = answer(path, version=version)
        assert head.lower().count(b"connection: close") == 1
        assert body == b"one " + path.encode()

    @pytest.mark.parametrize("path", ["/shorter", "/longer", "/broken"])
    def test_that_breaks_its_word_ends_with_the_connection(self, path: str) -> None:
        head, body = answer(path)
        assert b"set-cookie" not in head
        assert len(body) < 20

    def test_that_goes_on_behind_its_end_is_whole(self) -> None:
        assert answer("/twice")[1] == b"one /twice"


async def idled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    """How long the server waited for more after another request, in seconds."""
    began = asyncio.get_running_loop().time()
    writer.write(request("/plain"))
    await reader.read()
    return asyncio.get_running_loop().time() - began


class TestIdling:
    def test_closes_a_connection_on_which_nothing_is_asked(self) -> None:
        async def scene(port: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            assert await idled(reader, writer) > KEEP_ALIVE_SECONDS * 0.9
            writer.close()

        play(scene)

    def test_ends_with_each_request(self) -> None:
        async def scene(port: int) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            # Together they take longer than one may, and each by itself not nearly as long.
            for _ in range(12):
                writer.write(request("/plain"))
                await reader.readuntil(b"one /plain")
                await asyncio.sleep(KEEP_ALIVE_SECONDS * 0.1)
            assert await idled(reader, writer) > KEEP_ALIVE_SECONDS * 0.9
            writer.close()

        play(scene)


class TestTargets:
    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            (b"/a/b", b"/a/b", b""),
            (b"/a?b=c?d", b"/a", b"b=c?d"),
            (b"//a/b?", b"//a/b", b""),
            (b"/a?b#c?d", b"/a", b"b"),
            (b"http://x.test:80/a?b", b"/a", b"b"),
        ],
    )
    def test_have_a_path_and_a_query(self, target: bytes, path: bytes, query: bytes) -> None:
        assert split(target) == (path, query)

    @pytest.mark.parametrize("target", [b"x.test:443", b"http://x.test?a"])
    def test_without_a_path_are_refused(self, target: bytes) -> None:
        with pytest.raises((ValueError, HttpParserError), match=r"x\.test"):
            split(target)
