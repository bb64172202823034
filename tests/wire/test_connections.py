"""What a client meets before its bytes are a request: raw sockets against a real server."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import uvloop

from orderfolio.errors import CannotStart
from orderfolio.wire.asgi import Receive, Scope, Send
from orderfolio.wire.server import serve

Play = Callable[[int], Awaitable[None]]
TIMEOUT_SECONDS = 0.3
# In scenes that aren't about it nobody is too slow, though the machine be busy with other things.
PATIENCE_SECONDS = 60.0

hurried = pytest.mark.parametrize("head_timeout_seconds", [TIMEOUT_SECONDS])


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path, after the body, which `/early` doesn't wait for."""
    while scope["path"] != "/early":
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message["more_body"]:
            break
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    body = scope["path"].encode()
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-length", b"%d" % len(body))],
        }
    )
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def head_timeout_seconds() -> float:
    return PATIENCE_SECONDS


@pytest.fixture
def play(head_timeout_seconds: float) -> Iterator[Callable[[Play], None]]:
    """Runs a scene against a server on a port of its own."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

        async def run(scene: Play) -> None:
            stop = asyncio.Event()
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(
                serve(
                    echo,
                    "127.0.0.1",
                    0,
                    on_listening=port.set_result,
                    head_timeout_seconds=head_timeout_seconds,
                    stop=stop,
                )
            )
            try:
                async with asyncio.timeout(PATIENCE_SECONDS / 2):
                    await scene(await port)
            finally:
                stop.set()
                await serving

        yield lambda scene: runner.run(run(scene))


async def exchange(port: int, *pieces: bytes, pause_seconds: float = 0.0) -> bytes:
    """All that the server says to these bytes until it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(pause_seconds)
    answer = await reader.read()
    writer.close()
    return answer


def refusal(answer: bytes) -> dict[str, Any]:
    """The body of the one refusal that `answer` is, after a look at its head."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head
    assert re.search(rb"x-request-id: [0-9a-f]{24}", head)
    assert b"connection: close" in head
    assert b"content-length: %d" % len(body) in head
    parsed: dict[str, Any] = json.loads(body)
    assert list(parsed) == ["status", "code", "message", "developerMessage", "moreInfoUrl"]
    assert head.startswith(b"HTTP/1.1 %d " % parsed["status"])
    assert parsed["moreInfoUrl"].startswith("http://127.0.0.1:")
    return parsed


GET = b"GET /one HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


class TestWhatIsNotHttp:
    @pytest.mark.parametrize(
        "raw",
        [
            b"nonsense\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"FROB / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        ],
    )
    def test_is_a_bad_request_with_the_body_of_every_error(
        self, play: Callable[[Play], None], raw: bytes
    ) -> None:
        async def scene(port: int) -> None:
            assert refusal(await exchange(port, raw))["status"] == 400
            assert (await exchange(port, LAST)).endswith(b"/last")

        play(scene)

    def test_in_the_middle_of_a_body_is_a_bad_request(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            head = b"POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            answer = await exchange(port, head, b"nonsense\r\n", pause_seconds=0.05)
            assert refusal(answer)["status"] == 400

        play(scene)

    def test_behind_a_request_does_not_disturb_its_answer(
        self, play: Callable[[Play], None]
    ) -> None:
        async def scene(port: int) -> None:
            slow = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
            answer = await exchange(port, slow + b"nonsense\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b"\r\n\r\n/slow")

        play(scene)


class TestHeads:
    def test_an_address_that_is_too_long_is_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            raw = b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n"
            assert refusal(await exchange(port, raw))["status"] == 414

        play(scene)

    def test_an_address_without_end_is_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            pieces = [b"GET /", *[b"a" * 1000] * 20]
            assert refusal(await exchange(port, *pieces))["status"] == 414

        play(scene)

    def test_headers_that_are_too_large_are_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            raw = b"GET / HTTP/1.1\r\n" + b"X-A: " + b"a" * 40_000 + b"\r\n\r\n"
            assert refusal(await exchange(port, raw))["status"] == 431

        play(scene)

    def test_a_header_without_end_is_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            pieces = [b"GET / HTTP/1.1\r\nX-A: ", *[b"a" * 10_000] * 6]
            answer = await exchange(port, *pieces, pause_seconds=0.01)
            assert refusal(answer)["status"] == 431

        play(scene)

    def test_too_many_headers_are_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            raw = b"GET / HTTP/1.1\r\n" + b"X-A: a\r\n" * 101 + b"\r\n"
            assert refusal(await exchange(port, raw))["status"] == 431

        play(scene)

    @hurried
    def test_a_head_that_comes_too_slowly_is_refused(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            pieces = [b"GET / HTTP/1.1\r\n", *[b"X-A: a\r\n"] * 8]
            answer = await exchange(port, *pieces, pause_seconds=0.05)
            assert refusal(answer)["status"] == 408

        play(scene)

    @hurried
    def test_the_head_of_a_second_request_has_a_deadline_too(
        self, play: Callable[[Play], None]
    ) -> None:
        async def scene(port: int) -> None:
            answer = await exchange(port, GET, b"GET / HT", pause_seconds=0.05)
            first, second = answer.split(b"/one", 1)
            assert first.startswith(b"HTTP/1.1 200 ")
            assert refusal(second)["status"] == 408

        play(scene)

    @hurried
    def test_a_connection_that_says_nothing_is_closed(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            assert await exchange(port) == b""
            assert await exchange(port, b"\r\n") == b""

        play(scene)


class TestRequests:
    def test_pipelined_ones_are_answered_in_their_order(self, play: Callable[[Play], None]) -> None:
        async def scene(port: int) -> None:
            answer = await exchange(port, GET.replace(b"one", b"slow") + GET + LAST)
            assert re.findall(rb"/(slow|one|last)", answer) == [b"slow", b"one", b"last"]

        play(scene)

    def test_of_a_client_that_went_away_are_dropped_without_a_trace(
        self, play: Callable[[Play], None], caplog: pytest.LogCaptureFixture
    ) -> None:
        async def scene(port: int) -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(GET.replace(b"one", b"slow") + GET)
            await asyncio.sleep(0.1)
            writer.transport.abort()
            await asyncio.sleep(0.6)

        play(scene)
        assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []

    @hurried
    def test_the_rest_of_a_body_that_is_answered_early_is_waited_for_no_longer_than_a_head(
        self, play: Callable[[Play], None]
    ) -> None:
        async def scene(port: int) -> None:
            head = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
            answer = await exchange(port, head, b"a", pause_seconds=0.05)
            assert answer.endswith(b"/early")

        play(scene)

    def test_the_next_one_is_answered_after_the_rest_of_such_a_body(
        self, play: Callable[[Play], None]
    ) -> None:
        async def scene(port: int) -> None:
            head = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
            answer = await exchange(port, head, b"abc", b"d", LAST, pause_seconds=0.05)
            assert re.findall(rb"/(early|last)", answer) == [b"early", b"last"]

        play(scene)

    def test_one_that_asks_for_another_protocol_is_answered_in_this_one(
        self, play: Callable[[Play], None]
    ) -> None:
        async def scene(port: int) -> None:
            raw = GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
            answer = await exchange(port, raw)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b"/one")

        play(scene)


class TestServing:
    def test_a_stop_finishes_what_was_accepted(self) -> None:
        async def run() -> bytes:
            begun, stop = asyncio.Event(), asyncio.Event()
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()

            async def noted(scope: Scope, receive: Receive, send: Send) -> None:
                begun.set()
                await echo(scope, receive, send)

            serving = asyncio.create_task(
                serve(noted, "127.0.0.1", 0, on_listening=port.set_result, stop=stop)
            )
            slow = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
            asking = asyncio.create_task(exchange(await port, slow))
            await begun.wait()
            stop.set()
            await serving
            return await asking

        assert asyncio.run(run()).endswith(b"/slow")

    def test_a_port_that_is_taken_is_one_sentence(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(CannotStart, match=rf"Port {port} of 127\.0\.0\.1 "):
                asyncio.run(serve(echo, "127.0.0.1", port, on_listening=lambda _: None))

    def test_a_host_that_is_not_there_is_one_sentence(self) -> None:
        with pytest.raises(CannotStart, match=r"of host\.invalid "):
            asyncio.run(serve(echo, "host.invalid", 0, on_listening=lambda _: None))
