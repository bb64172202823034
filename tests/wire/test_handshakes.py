"""A server with a certificate: handshakes, their bounds, and what is spoken after them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import trustme
import uvloop
from tests.wire.test_certificates import write
from tests.wire.test_connections import GET, LAST, PATIENCE_SECONDS, echo, hurried

from orderfolio.wire.certificates import Certificate
from orderfolio.wire.handshakes import GOODBYE_SECONDS
from orderfolio.wire.server import serve

Play = Callable[[int], Awaitable[None]]
Stage = Callable[[Play], None]
MAX_CONNECTIONS = 3

# Soon enough to be waited for, and late enough for all that is to be done before.
unhurried = pytest.mark.parametrize("head_timeout_seconds", [2.0])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client that believes the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def head_timeout_seconds() -> float:
    return PATIENCE_SECONDS


@pytest.fixture
def play(tmp_path: Path, authority: trustme.CA, head_timeout_seconds: float) -> Iterator[Stage]:
    """Runs a scene against a server with a certificate, on a port of its own."""
    certificate = Certificate(*write(tmp_path, authority))

    async def run(scene: Play) -> None:
        stop = asyncio.Event()
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(
            serve(
                echo,
                "127.0.0.1",
                0,
                certificate=certificate,
                on_listening=port.set_result,
                head_timeout_seconds=head_timeout_seconds,
                max_connections=MAX_CONNECTIONS,
                stop=stop,
            )
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS / 2):
                await scene(await port)
        finally:
            stop.set()
            # Whoever is still counted would hold the end up.
            async with asyncio.timeout(8):
                await serving

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        yield lambda scene: runner.run(run(scene))


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(port: int, context: ssl.SSLContext | None) -> Streams:
    name = None if context is None else "localhost"
    return await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)


async def exchange(port: int, context: ssl.SSLContext | None, raw: bytes) -> bytes:
    """All that the server says to these bytes until it closes the connection."""
    reader, writer = await opened(port, context)
    writer.write(raw)
    answer = await reader.read()
    writer.close()
    return answer


def hello(context: ssl.SSLContext) -> bytes:
    """The first thing that a client says."""
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def test_requests_are_answered(play: Stage, trusting: ssl.SSLContext) -> None:
    async def scene(port: int) -> None:
        answer = await exchange(port, trusting, GET + LAST)
        assert answer.count(b"HTTP/1.1 200 ") == 2
        assert answer.endswith(b"/last")

    play(scene)


def test_a_refusal_s_links_are_private_too(play: Stage, trusting: ssl.SSLContext) -> None:
    async def scene(port: int) -> None:
        answer = await exchange(port, trusting, b"nonsense\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"moreInfoUrl":"https://127.0.0.1:%d/errors#bad-request"' % port in answer

    play(scene)


def test_a_request_that_comes_with_the_handshake_is_answered(
    play: Stage, trusting: ssl.SSLContext
) -> None:
    async def scene(port: int) -> None:
        reader, writer = await opened(port, None)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = trusting.wrap_bio(incoming, outgoing, server_hostname="localhost")
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(outgoing.read())
                incoming.write(await reader.read(1 << 16))
        client.write(LAST)
        # The end of the handshake and the request, in one piece.
        writer.write(outgoing.read())
        told = b""
        while not told.endswith(b"/last"):
            incoming.write(await reader.read(1 << 16))
            try:
                told += client.read(1 << 16)
            except ssl.SSLWantReadError:
                continue
        assert told.startswith(b"HTTP/1.1 200 ")
        writer.close()

    play(scene)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_older_versions_are_refused(play: Stage, authority: trustme.CA) -> None:
    async def scene(port: int) -> None:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        authority.configure_trust(old)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        # Without this the client itself would refuse.
        old.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await opened(port, old)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert (await exchange(port, old, LAST)).endswith(b"/last")

    play(scene)


@unhurried
def test_what_is_not_tls_is_closed(
    play: Stage, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(port: int) -> None:
        for raw in (LAST, b"\x00" * 400, b"\x16\x03\x01\x00\x01\x00"):
            assert b"HTTP" not in await exchange(port, None, raw)
        assert (await exchange(port, trusting, LAST)).endswith(b"/last")

    play(scene)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@hurried
def test_one_that_says_nothing_or_half_is_cut_off(play: Stage, trusting: ssl.SSLContext) -> None:
    async def scene(port: int) -> None:
        first = hello(trusting)
        # A goodbye isn't waited for either, from who hasn't come to a greeting.
        async with asyncio.timeout(GOODBYE_SECONDS):
            for raw in (b"", first[:5], first[:-1], first):
                reader, writer = await opened(port, None)
                writer.write(raw)
                await reader.read()
                writer.close()
        assert (await exchange(port, trusting, LAST)).endswith(b"/last")

    play(scene)


@unhurried
def test_after_a_handshake_a_head_has_its_deadline(play: Stage, trusting: ssl.SSLContext) -> None:
    async def scene(port: int) -> None:
        assert await exchange(port, trusting, b"") == b""
        assert (await exchange(port, trusting, b"GET / HT")).startswith(b"HTTP/1.1 408 ")

    play(scene)


@unhurried
def test_handshakes_count_as_connections(play: Stage, trusting: ssl.SSLContext) -> None:
    async def scene(port: int) -> None:
        held = [await opened(port, None) for _ in range(MAX_CONNECTIONS)]
        with pytest.raises(ConnectionError):
            await opened(port, trusting)
        for reader, writer in held:
            assert await reader.read() == b""
            writer.close()
        assert (await exchange(port, trusting, LAST)).endswith(b"/last")

    play(scene)


def test_who_hangs_up_in_the_middle_is_not_counted_any_more(
    play: Stage, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(port: int) -> None:
        for raw in (b"", hello(trusting)[:9], hello(trusting)) * MAX_CONNECTIONS:
            for end in ("close", "abort"):
                _, writer = await opened(port, None)
                writer.write(raw)
                await writer.drain()
                getattr(writer.transport, end)()
                await asyncio.sleep(0.01)
        for _ in range(MAX_CONNECTIONS * 2):
            _, writer = await opened(port, trusting)
            writer.transport.abort()
            await asyncio.sleep(0.01)
        assert (await exchange(port, trusting, LAST)).endswith(b"/last")

    play(scene)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_new_certificate_drops_no_connection(
    play: Stage, trusting: ssl.SSLContext, authority: trustme.CA, tmp_path: Path
) -> None:
    def shown(writer: asyncio.StreamWriter) -> bytes:
        found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(found, bytes)
        return found

    async def scene(port: int) -> None:
        reader, writer = await opened(port, trusting)
        write(tmp_path, authority)
        _, other = await opened(port, trusting)
        assert shown(other) != shown(writer)
        other.close()
        writer.write(LAST)
        assert (await reader.read()).endswith(b"/last")
        writer.close()

    play(scene)
