"""Connections: what happens before a request is one, and what a client may make us wait for.

The server's own protocol answers what isn't HTTP in plain text, has no bound on a head and
no deadline for one. Bodies are read, with bounds of their own, by the application.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from orderfolio.wire import faults, logbook
from orderfolio.wire.addresses import own
from orderfolio.wire.faults import Refusal
from orderfolio.wire.incoming import new_request_id
from orderfolio.wire.logbook import Entry
from orderfolio.wire.protocols import Protocol

ADDRESS_LIMIT_BYTES: Final = 16 << 10
HEADERS_LIMIT: Final = 100
LINGER_SECONDS: Final = 1.0


class Connection(Protocol):
    """One connection of a client, with bounds.

    One timer serves all that a client can be slow with here: a request's head, and the rest
    of a body that was answered before it had come. `head_timeout_seconds` is set by the
    server that makes the class its protocol, and so are `max_connections`,
    `headers_limit_bytes` and `on_refused`, which is told the status of each refusal here.
    """

    head_timeout_seconds: float = 30.0
    max_connections: int = 900
    headers_limit_bytes: int = 32 << 10
    on_refused: Callable[[int], None] | None = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._deadline: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        self._refusal: Refusal | None = None
        self._closed_to_input = False
        self._in_head = False
        self._in_body = False
        self._head_bytes = 0
        self._headers_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            # While it is told so it takes the place of no other.
            self.connections.discard(self)
            self._refuse(faults.unavailable())
        else:
            self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_deadline()
        if self._running is not None and not self._running.response_complete:
            # The server tells the newest request only, which may be waiting behind this one.
            self._running.disconnected = True
            self._running.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._closed_to_input:
            return
        self._unset_keepalive_if_required()
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here; the request itself is answered as it stands.
            self._stop_reading()
            self._close_after_answers()
        except httptools.HttpParserError:
            self._refuse(self._refusal or faults.not_http())
        else:
            self._check_progress()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._in_body = True, False
        self._head_bytes = self._headers_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > ADDRESS_LIMIT_BYTES:
            self._give_up(faults.address_too_long(ADDRESS_LIMIT_BYTES))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._headers_bytes += len(name) + len(value) + 4
        if self._headers_bytes > self.headers_limit_bytes or len(self.headers) > HEADERS_LIMIT:
            self._give_up(faults.headers_too_large(self.headers_limit_bytes))

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._unset_deadline()
        super().on_headers_complete()
        self._in_body = True

    def on_message_complete(self) -> None:
        self._in_body = False
        self._unset_deadline()
        super().on_message_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._idling.begin()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Callable[..., Any]) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _give_up(self, refusal: Refusal) -> None:
        # The parser ends, and reports an error of its own, when a callback of it raises.
        self._refusal = refusal
        raise ValueError(refusal)

    def _check_progress(self) -> None:
        """Bound and time what is under way and has nobody else who waits for it."""
        if self._in_head:
            # A header that never ends is reported only once it has ended.
            if self._head_bytes > ADDRESS_LIMIT_BYTES + self.headers_limit_bytes:
                self._refuse(faults.headers_too_large(self.headers_limit_bytes))
            else:
                self._set_deadline()
        elif self._is_idle():
            self._set_deadline()

    def _is_idle(self) -> bool:
        """Whether nothing is being answered: what comes is the rest of an answered body, or
        line ends between requests."""
        return self._running is None or self._running.response_complete

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_timeout_seconds, self._give_up_waiting)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up_waiting(self) -> None:
        self._deadline = None
        if self._in_head:
            self._refuse(faults.too_slow())
        else:
            self._stop_reading()
            self.transport.close()

    def _refuse(self, refusal: Refusal) -> None:
        """Answer what can't become a request, after what was asked before it, and close."""
        self._stop_reading()
        if self._in_body and self.cycle is self._running and not self.cycle.response_started:
            # Its body broke off in the middle; who waits for the rest is told.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self._write_last(refusal)
        elif self._is_idle():
            self._write_last(refusal)
        else:
            self._close_after_answers()

    def _stop_reading(self) -> None:
        self._closed_to_input = True
        self._unset_deadline()

    def _close_after_answers(self) -> None:
        """Close once all complete requests are answered; drop one that never was complete."""
        if self._in_body and self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last is None or last.response_complete:
            self.transport.close()
        else:
            last.keep_alive = False

    def _write_last(self, refusal: Refusal) -> None:
        """Answer and close, but pass over what still comes for a moment: who closes on unread
        bytes resets the connection, and the client may never see the answer."""
        self._write(refusal)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _write(self, refusal: Refusal) -> None:
        scheme = self.scheme or "http"
        base = b"%s://%s" % (scheme.encode(), own(scheme, self.server))
        request_id = new_request_id()
        status, headers, body = faults.answer(refusal, request_id.decode(), base)
        lines = [STATUS_LINE[status]]
        for name, value in (
            *self.server_state.default_headers,
            *headers,
            (b"content-length", b"%d" % len(body)),
            (b"x-request-id", request_id),
            (b"connection", b"close"),
        ):
            lines += (name, b": ", value, b"\r\n")
        self.transport.write(b"".join((*lines, b"\r\n", body)))
        if self.on_refused is not None:
            self.on_refused(status)
        if logbook.is_written():
            logbook.write(
                Entry(
                    at=time.time(),
                    request_id=request_id.decode(),
                    client=self.client[0] if self.client else None,
                    status=status,
                    bytes=len(body),
                )
            )
