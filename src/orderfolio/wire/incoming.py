"""What comes in: headers as one mapping, and bodies within their size and their time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Final

from orderfolio.wire import faults
from orderfolio.wire.asgi import Receive
from orderfolio.wire.turns import in_task


class Disconnected(Exception):
    """The client went away before its request had come; nobody is left to answer."""


# A name to find a request by, and no secret: asking the kernel for each would cost a call
# that gives the interpreter away to whoever waits for it.
_draw: Final = random.Random().getrandbits  # noqa: S311


def new_request_id() -> bytes:
    return b"%024x" % _draw(96)


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Header values by lower-case name; those of one name joined by commas, as RFC 9110
    lets every recipient do."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


async def read_body(
    receive: Receive, declared: bytes | None, limit_bytes: int, timeout_seconds: float | None
) -> bytes:
    """The whole body; None seconds where it has come already. Raises the refusals of one that
    is too large, before any of it is read where its length is declared, or too slow."""
    # A length of more digits than fits an int was refused by the parser before.
    if declared is not None and declared.isdigit() and int(declared) > limit_bytes:
        raise faults.payload_too_large(limit_bytes)
    if timeout_seconds is None:
        return await _gather(receive, limit_bytes)
    await in_task()
    try:
        async with asyncio.timeout(timeout_seconds):
            return await _gather(receive, limit_bytes)
    except TimeoutError:
        raise faults.too_slow() from None


async def _gather(receive: Receive, limit_bytes: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        # Nearly all bodies come in one piece.
        body: bytes = message.get("body", b"")
        if len(body) > limit_bytes:
            raise faults.payload_too_large(limit_bytes)
        return body
    pieces, size = [], 0
    while message["type"] == "http.request":
        piece = message.get("body", b"")
        size += len(piece)
        if size > limit_bytes:
            raise faults.payload_too_large(limit_bytes)
        pieces.append(piece)
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
    raise Disconnected
