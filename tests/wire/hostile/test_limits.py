"""Limits that whoever runs the server has set otherwise."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Final

import pytest
from tests.wire.hostile.exchanges import answered, opened, request
from tests.wire.hostile.servers import Server, served

HEADERS_BYTES: Final = [2_048, 100_000]


@pytest.fixture(scope="module", params=HEADERS_BYTES)
def limit(request: pytest.FixtureRequest) -> int:
    """Below and above what it is by default."""
    found: int = request.param
    return found


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(
    request: pytest.FixtureRequest, limit: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("limits")
    has_certificate = request.param == "tls"
    with served(folder, has_certificate=has_certificate, headers_limit_bytes=limit) as it:
        yield it


def answer(server: Server, headers_bytes: int) -> tuple[int, bytes]:
    """What a request with so many bytes of headers is answered with."""

    async def play() -> tuple[int, bytes]:
        bare = request("GET", "/v2.1/orders")
        more = headers_bytes - len(bare.partition(b"\r\n")[2]) + len(b"\r\n")
        name = b"X-A: "
        raw = request("GET", "/v2.1/orders", name + b"a" * (more - len(name + b"\r\n")))
        reader, writer = await opened(server)
        writer.write(raw)
        try:
            return await answered(reader)
        finally:
            writer.transport.abort()

    return asyncio.run(play())


class TestHeaders:
    def test_of_as_many_bytes_as_was_settled_are_taken(self, server: Server, limit: int) -> None:
        assert answer(server, limit)[0] == 200

    def test_of_one_byte_more_are_refused(self, server: Server, limit: int) -> None:
        status, body = answer(server, limit + 1)
        assert status == 431
        assert str(limit) in json.loads(body)["developerMessage"]
