"""The server's protocol and its exchanges, as they are but for what they cost.

The server's own looks at every header of an answer with regular expressions, takes an address
apart by a parser of its own and sets a timer for each request. It sends a head and a body one
by one: two calls of the system and two packets for what fits into one.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from orderfolio.wire.asgi import WHOLE_BODY, Message, Scope
from orderfolio.wire.idling import Idling
from orderfolio.wire.turns import Turns

_ASGI: Final = {"version": "3.0", "spec_version": "2.3"}
_WHOLE: Final[dict[str, dict[object, object]]] = {WHOLE_BODY: {}}


class Protocol(HttpToolsProtocol):
    """The server's, without what nobody here uses: WebSockets, paths below a root, a limit on
    requests, an access log, state of a lifespan. `turns` are those of the loop that it serves
    in, set by the server that makes the class its protocol."""

    turns: Turns

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._idling = Idling(self.loop, self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._idling.close()

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        previous: RequestResponseCycle | None = self.cycle
        version = self.parser.get_http_version()
        self.cycle = Cycle(
            scope=self._scope(version),  # type: ignore[arg-type]
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=version != "1.0" and self.parser.should_keep_alive(),
            on_response=self.on_response_complete,
        )
        self.cycle.turns = self.turns
        if previous is None or previous.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            # Answers leave in the order of requests.
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.cycle.scope["extensions"] = _WHOLE

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idling.begin()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.turns.begin(cycle.run_asgi(app), self.tasks)

    def _unset_keepalive_if_required(self) -> None:
        self._idling.end()

    def _scope(self, version: str) -> Scope:
        path, query = split(self.url)
        text = path.decode("ascii")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": version,
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": "",
            "method": self.parser.get_method().decode("ascii"),
            "path": unquote(text) if "%" in text else text,
            "raw_path": path,
            "query_string": query,
            "headers": self.headers,
        }


class Cycle(RequestResponseCycle):
    """The server's, but that an answer's head waits for the beginning of its body, and its end
    for those of the others that are begun in the same turn."""

    turns: Turns
    _head: bytes = b""

    async def send(self, message: Any) -> None:
        """Raises RuntimeError for an answer that breaks its own word on its length, has a
        header with a line break, or goes on behind its end."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if self.response_complete:
            raise RuntimeError("an answer went on behind its end")
        if self.response_started:
            self._send_body(message)
        else:
            self._begin(message)

    def _begin(self, message: Message) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        status = message["status"]
        headers = (*self.default_headers, *message.get("headers", ()))
        lines = [STATUS_LINE[status]]
        is_closing = False
        for name, value in headers:
            if name == b"content-length":
                self.expected_content_length = int(value)
                self.chunked_encoding = False
            elif name == b"connection":
                is_closing = is_closing or b"close" in value.lower()
            lines += (name, b": ", value, b"\r\n")
        head = b"".join(lines)
        if not head.count(b"\n") == head.count(b"\r") == len(headers) + 1:
            raise RuntimeError("a header has a line break in it")
        if is_closing:
            self.keep_alive = False
        elif not self.keep_alive:
            head += b"connection: close\r\n"
        has_body = self.scope["method"] != "HEAD" and status not in (204, 304)
        if self.chunked_encoding is None and has_body:
            self.chunked_encoding = True
            head += b"transfer-encoding: chunked\r\n"
        self._head = head + b"\r\n"

    def _send_body(self, message: Message) -> None:
        body, more_body = message.get("body", b""), message.get("more_body", False)
        if self.scope["method"] == "HEAD":
            body, self.expected_content_length = b"", 0
        elif self.chunked_encoding:
            last = b"" if more_body else b"0\r\n\r\n"
            body = b"%x\r\n%b\r\n%b" % (len(body), body, last) if body else last
        else:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0 or (self.expected_content_length and not more_body):
                raise RuntimeError("a body is longer or shorter than its head says")
        head, self._head = self._head, b""
        if more_body or not self.keep_alive:
            self.transport.write(head + body)
        else:
            self.turns.write(self.transport, head + body)
        if not more_body:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()


def split(target: bytes) -> tuple[bytes, bytes]:
    """Path and query of what a request names. Raises ValueError or HttpParserError where it
    names no path."""
    path, _, query = target.partition(b"?")
    if path.startswith(b"/") and b"#" not in target:
        return path, query
    # In the form for proxies, or with a fragment, which has no business here.
    parsed = httptools.parse_url(target)
    if not parsed.path:
        raise ValueError(target)
    return parsed.path, parsed.query or b""
