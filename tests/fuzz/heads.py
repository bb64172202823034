"""What comes before a request is one: bytes on a connection, in pieces, without a socket."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from orderfolio.wire.asgi import Receive, Scope, Send
from orderfolio.wire.connections import Connection

_TURNS: Final = 6


class _Wire(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("192.0.2.1", 1), "sockname": ("127.0.0.1", 8080)})
        self.said = bytearray()
        self._is_closing = False

    def write(self, data: Any) -> None:
        assert not self._is_closing
        self.said += data

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers each request with nothing, once its body has come."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message.get("more_body"):
            break
    headers = [(b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


_CONFIG: Final = uvicorn.Config(
    _nothing, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False
)
_LOOP: Final = asyncio.new_event_loop()


def connection(data: bytes) -> None:
    """The first byte says how long the pieces are; each answer is one, and a refusal is JSON."""
    if not data:
        return
    failures: list[dict[str, Any]] = []
    _LOOP.set_exception_handler(lambda _, context: failures.append(context))
    said = _LOOP.run_until_complete(_played(data[1:], data[0] * 16 + 1))
    assert failures == []
    if said:
        assert said.startswith(b"HTTP/1.1 ")
    head, _, body = said.rpartition(b"\r\n\r\n")
    if body:
        assert head.rpartition(b"HTTP/1.1 ")[2][:1] == b"4"
        assert json.loads(body)["code"] >= 400


async def _played(data: bytes, size: int) -> bytes:
    wire = _Wire()
    one = Connection(_CONFIG, ServerState(), {}, asyncio.get_running_loop())
    one.connection_made(wire)
    for start in range(0, len(data), size):
        one.data_received(data[start : start + size])
        await asyncio.sleep(0)
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    wire.close()
    one.connection_lost(None)
    await asyncio.gather(*one.tasks)
    one._unset_deadline()
    return bytes(wire.said)
