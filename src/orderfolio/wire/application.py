"""The API as one plain ASGI callable: what every request goes through, in its order.

Refusals come in a fixed order: credentials, address, method, answer type, size and type
of the body; what a handler refuses comes after. Whatever else goes wrong is a bug of ours,
answered with fixed text and logged with its trace.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import unquote

from orderfolio.errors import OrderfolioError
from orderfolio.model.instants import Instant
from orderfolio.operations.acting import ActingStore
from orderfolio.operations.credentials import Access
from orderfolio.operations.refusals import Tray
from orderfolio.operations.uses import Uses
from orderfolio.store import deadlines
from orderfolio.store.contract import Store
from orderfolio.store.records import Actor, By, Organisation
from orderfolio.wire import faults, idempotency, logbook, media, routes, tags
from orderfolio.wire.addresses import Addresses, Network
from orderfolio.wire.asgi import WHOLE_BODY, App, Message, Receive, Scope, Send
from orderfolio.wire.authentication import Doorkeeper
from orderfolio.wire.incoming import Disconnected, new_request_id, read_body, read_headers
from orderfolio.wire.logbook import Entry
from orderfolio.wire.rates import Rates
from orderfolio.wire.readiness import Readiness
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import CONTENT_TYPE, Answer, Header
from orderfolio.wire.turns import in_task
from orderfolio.wire.watching import Watch

_READING: Final = ("GET", "HEAD")
# How long the store may take for all that a request asks of it.
_STORE_SECONDS: Final = 4.5
_WITH_BODY: Final = ("POST", "PUT", "PATCH")
# What is open to everybody, by the name that openapi.json has for it.
_OPEN: Final = {
    "/healthz": "checkHealth",
    "/readyz": "checkReadiness",
    "/openapi.json": "describeApi",
}
_CLOSE: Final = (b"connection", b"close")
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")

_log = logging.getLogger("orderfolio.wire")


def _now() -> Instant:
    return Instant(time.time_ns() // 1000)


class Application:
    """Speaks v2.1 for one store; everything outside `/v2.1` but health and openapi.json is
    the business of `pages`. `requests_per_second` is an organisation's limit, 0 for none;
    `max_requests`, how many are under way at one time: begun, and their answers not yet.
    What clients are refused is counted in `refusals`; which client keys they use is noted in
    `uses`."""

    def __init__(
        self,
        store: Store,
        *,
        openapi: bytes,
        pages: App,
        strict: bool = False,
        public_url: str | None = None,
        trusted_proxies: Sequence[Network] = (),
        body_limit_bytes: int = 1 << 20,
        request_timeout_seconds: float = 30.0,
        requests_per_second: int = 0,
        max_requests: int = 900,
        clock: Callable[[], Instant] = _now,
        access_log: bool = True,
        refusals: Tray | None = None,
        readiness: Readiness | None = None,
        watch: Watch | None = None,
        uses: Uses | None = None,
    ) -> None:
        self._service = Service(store, strict, clock)
        self._doorkeeper = Doorkeeper(store)
        self._addresses = Addresses(public_url, trusted_proxies)
        self._body_limit_bytes = body_limit_bytes
        self._request_timeout_seconds = request_timeout_seconds
        self._rates = Rates(requests_per_second) if requests_per_second else None
        self._max_requests = max_requests
        self._under_way: set[_Exchange] = set()
        self._pages = pages
        self._refusals = Tray() if refusals is None else refusals
        self._readiness = Readiness(store) if readiness is None else readiness
        self._uses = Uses() if uses is None else uses
        self._writes_access_log = access_log
        self._watch = watch
        digest = sha256(openapi).hexdigest()[:32].encode()
        self._openapi = Answer(200, openapi, (CONTENT_TYPE, (b"etag", b'"%s"' % digest)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        exchange = _Exchange(scope, send)
        if self._watch is not None:
            self._watch.begin(exchange)
        try:
            await self._answer(exchange, receive)
        except Disconnected:
            return
        except Exception as error:
            if exchange.status:
                # Half an answer is out; the server closes the connection on what is raised.
                raise
            await exchange.send_answer(self._fault(exchange, error))
        finally:
            if self._writes_access_log and logbook.is_written():
                exchange.log(self._addresses.client(scope, exchange.headers))
            if self._watch is not None:
                self._watch.end(exchange)

    async def _answer(self, exchange: _Exchange, receive: Receive) -> None:
        if exchange.path in _OPEN:
            exchange.operation = _OPEN[exchange.path]
            await exchange.send_answer(await self._tell(exchange))
            return
        if len(self._under_way) >= self._max_requests:
            raise faults.unavailable()
        self._under_way.add(exchange)
        # Not until it was taken: a client that doesn't read would keep its place for ever.
        exchange.on_answer = self._under_way.discard
        try:
            await self._answer_asked(exchange, receive)
        finally:
            self._under_way.discard(exchange)

    async def _answer_asked(self, exchange: _Exchange, receive: Receive) -> None:
        if exchange.parts[1] == "v2.1":
            await exchange.send_answer(await self._operate(exchange, receive))
        else:
            exchange.operation = "showPage"
            exchange.scope.setdefault("state", {})["request_id"] = exchange.request_id
            await in_task()
            await self._pages(exchange.scope, receive, exchange.send_marked)

    async def _operate(self, exchange: _Exchange, receive: Receive) -> Answer:
        method = exchange.method
        deadlines.begin(_STORE_SECONDS)
        access = await self._authenticate(exchange)
        found = routes.find(exchange.parts)
        if found is None:
            raise faults.no_such_address(exchange.path)
        place, parameters = found
        handler = place.handlers.get(method)
        if handler is None:
            raise faults.method_not_allowed(method, place.allow)
        exchange.operation = place.names[method]
        if access.read_only and method not in _READING:
            raise faults.read_only()
        if not media.accepts_json(exchange.header(b"accept")):
            raise faults.not_acceptable()
        body = await self._read(exchange, receive) if method in _WITH_BODY else b""
        if method == "POST" and (key := exchange.header(b"idempotency-key")) is not None:
            idempotency.check(key)
        request = Request(
            id=exchange.request_id,
            method=method,
            path=exchange.path,
            parameters=parameters,
            query=exchange.scope["query_string"],
            headers=exchange.headers,
            base=self._addresses.base(exchange.scope, exchange.headers),
            access=access,
            body=body,
        )
        service = self._service if method in _READING else self._acting(exchange, access)
        return await handler(service, request)

    def _acting(self, exchange: _Exchange, access: Access) -> Service:
        """What handlers need to change something in the client's name."""
        by = By(
            actor=Actor.CLIENT,
            name=access.client_key,
            operation=exchange.operation,
            request_id=exchange.request_id,
        )
        shared = self._service
        return Service(ActingStore(shared.store, by), shared.strict, shared.clock)

    async def _authenticate(self, exchange: _Exchange) -> Access:
        address = self._addresses.client(exchange.scope, exchange.headers) or ""
        access = await self._doorkeeper.admit(exchange.header(b"authorization"), address)
        exchange.organisation = access.organisation
        exchange.client_key = access.client_key
        self._uses.note(access, self._service.clock())
        if self._rates is not None:
            exchange.rate = self._rates.take(access.organisation)
        return access

    async def _read(self, exchange: _Exchange, receive: Receive) -> bytes:
        is_whole = WHOLE_BODY in exchange.scope.get("extensions", ())
        began = time.monotonic()
        body = await read_body(
            receive,
            exchange.headers.get(b"content-length"),
            self._body_limit_bytes,
            None if is_whole else self._request_timeout_seconds,
        )
        if not is_whole:
            deadlines.extend(time.monotonic() - began)
        exchange.expects_to_continue = False
        encoding = exchange.headers.get(b"content-encoding", b"identity").strip().lower()
        content_type = exchange.header(b"content-type")
        if encoding not in (b"identity", b"") or not media.is_json(
            content_type, exchange.method, strict=self._service.strict
        ):
            raise faults.unsupported_media_type(strict=self._service.strict)
        return body

    async def _tell(self, exchange: _Exchange) -> Answer:
        """Health and the description of the API, open to everybody."""
        if exchange.method not in _READING:
            raise faults.method_not_allowed(exchange.method, ", ".join(_READING))
        if exchange.path == "/openapi.json":
            tag = dict(self._openapi.headers)[b"etag"]
            if tags.is_known(exchange.header(b"if-none-match"), tag):
                return Answer(304, headers=((b"etag", tag),))
            return self._openapi
        if exchange.path == "/readyz":
            await in_task()
            await self._readiness.check()
            return Answer(200, b'{"status":"ready"}', (CONTENT_TYPE,))
        return Answer(200, b'{"status":"alive"}', (CONTENT_TYPE,))

    def _fault(self, exchange: _Exchange, error: Exception) -> Answer:
        if not isinstance(error, OrderfolioError | faults.Refusal):
            _log.error(
                "An answer failed.", exc_info=error, extra={"request_id": exchange.request_id}
            )
        if exchange.organisation is not None:
            code: str = getattr(error, "code", OrderfolioError.code)
            self._refusals.count(exchange.organisation, code, exchange.operation)
        base = self._addresses.base(exchange.scope, exchange.headers)
        status, headers, body = faults.answer(error, exchange.request_id, base)
        return Answer(status, body, tuple(headers))


class _Exchange:
    """A request and its answer, from the first byte to the line in the log."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.headers = read_headers(scope["headers"])
        raw = scope.get("raw_path") or scope["path"].encode()
        # The vendor's server addresses end in a slash, and its paths begin with one.
        raw = raw[1:] if raw.startswith(b"//v2.1/") else raw
        self.path = raw.decode("latin-1")
        self.parts = self.path.split("/") if raw.startswith(b"/") else ["", self.path]
        if b"%" in raw:
            self.parts = [unquote(part) for part in self.parts]
        sent = self.headers.get(b"x-request-id")
        self._id = sent if sent and _REQUEST_ID.fullmatch(sent) else new_request_id()
        self.organisation: Organisation | None = None
        self.client_key: str | None = None
        self.operation = ""
        self.rate: tuple[Header, ...] = ()
        # Told of the exchange when its answer begins.
        self.on_answer: Callable[[_Exchange], None] | None = None
        self.expects_to_continue = b"expect" in self.headers
        self.status = 0
        self._bytes = 0
        self._send = send
        self.began = time.perf_counter()

    @property
    def request_id(self) -> str:
        return self._id.decode()

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    async def send_answer(self, answer: Answer) -> None:
        headers: list[Header] = [*answer.headers, *self.rate, (b"x-request-id", self._id)]
        if answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(answer.body)))
        if self.expects_to_continue or answer.status == 408:
            # Whether the rest of the body still comes, nobody can tell.
            headers.append(_CLOSE)
        body = b"" if self.method == "HEAD" else answer.body
        self.status, self._bytes = answer.status, len(body)
        self._begin_answer()
        await self._send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": body})

    async def send_marked(self, message: Message) -> None:
        """What another application answers, with the request's id on it."""
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._id)]
            self.status = message["status"]
            self._begin_answer()
        else:
            self._bytes += len(message.get("body", b""))
        await self._send(message)

    def _begin_answer(self) -> None:
        if self.on_answer is not None:
            self.on_answer(self)

    def log(self, client: str | None) -> None:
        logbook.write(
            Entry(
                at=time.time(),
                request_id=self.request_id,
                client=client,
                status=self.status,
                bytes=self._bytes,
                method=self.method,
                path=self.path,
                duration_ms=round((time.perf_counter() - self.began) * 1000, 2),
                client_key=self.client_key,
            )
        )
