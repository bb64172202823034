"""Traces: a span for each request and for each piece of work of the store, by OpenTelemetry.

Spans hold templates of addresses and names of operations, and nothing that a client sent: no
path, no query, no header but the trace that it goes on with. The request's id leads from a
span to the line in the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from threading import Thread
from time import time_ns
from typing import Any, Final

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from orderfolio.wire.watching import Exchange

# What else there is would be a name that a client chose.
_METHODS: Final = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)
CLOSE_SECONDS: Final = 3.0

_NOWHERE: Final = Context()
_propagator: Final = TraceContextTextMapPropagator()
_log = logging.getLogger(__name__)


def exporting(endpoint: str) -> SpanProcessor:
    """What sends spans to an OTLP receiver, in batches and on a thread of its own. `endpoint`
    is its base address."""
    return BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces"))


class Traces:
    """Begins and ends spans, and hands them to `processor`.

    `templates` has the address of each operation, `version` is the program's, and `system`
    names the database. What `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` and
    `OTEL_TRACES_SAMPLER` say counts.
    """

    def __init__(
        self, processor: SpanProcessor, templates: Mapping[str, str], version: str, system: str
    ) -> None:
        own = Resource.create({"service.name": "orderfolio", "service.version": version})
        self._provider = TracerProvider(
            resource=own.merge(OTELResourceDetector().detect()), shutdown_on_exit=False
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("orderfolio", version)
        self._templates = templates
        self._system = system
        self._open: ContextVar[tuple[Span, Token[Context]]] = ContextVar("open")

    def close(self) -> None:
        """Send what is left, and give it up after `CLOSE_SECONDS`: left to itself, the library
        would wait for half a minute for a receiver that accepts and doesn't answer."""
        closing = Thread(target=self._provider.shutdown, name="orderfolio-traces", daemon=True)
        closing.start()
        closing.join(CLOSE_SECONDS)
        if closing.is_alive():
            _log.warning("the last traces could not be sent in time")

    def begin(self, exchange: Exchange) -> None:
        """Go on with the trace that the request names, or begin one."""
        method = exchange.method if exchange.method in _METHODS else "_OTHER"
        span = self._tracer.start_span(
            method,
            context=_told(exchange.headers),
            kind=SpanKind.SERVER,
            attributes={
                "http.request.method": method,
                "url.scheme": exchange.scope["scheme"],
                "orderfolio.request_id": exchange.request_id,
            },
        )
        self._open.set((span, context.attach(trace.set_span_in_context(span))))

    def end(self, exchange: Exchange) -> None:
        span, token = self._open.get()
        context.detach(token)
        if exchange.operation:
            span.set_attribute("orderfolio.operation", exchange.operation)
        template = self._templates.get(exchange.operation)
        if template is not None:
            span.update_name(f"{exchange.method} {template}")
            span.set_attribute("http.route", template)
        if exchange.status:
            span.set_attribute("http.response.status_code", exchange.status)
        else:
            span.set_attribute("error.type", "disconnected")
        if exchange.status >= 500:
            span.set_attribute("error.type", str(exchange.status))
            span.set_status(StatusCode.ERROR)
        span.end()

    # What a store tells its observer.

    def follow_queue(self, length: Callable[[], int]) -> None:
        """A length at one moment is no part of a trace."""

    def observe_group(self, size: int, seconds: float) -> None:
        """A group belongs to many traces; its writes are told one by one."""

    def observe_write(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        self._add("transact", operation, waited_seconds, database_seconds)

    def observe_read(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        self._add("read", operation, waited_seconds, database_seconds)

    def _add(
        self,
        kind: str,
        operation: Callable[..., Any],
        waited_seconds: float,
        database_seconds: float,
    ) -> None:
        # What the server does of its own accord is nobody's trace.
        if not trace.get_current_span().is_recording():
            return
        ended = time_ns()
        span = self._tracer.start_span(
            f"{kind} {_name(operation)}",
            start_time=ended - int((waited_seconds + database_seconds) * 1e9),
            attributes={
                "db.system.name": self._system,
                "orderfolio.store.wait_seconds": waited_seconds,
                "orderfolio.store.database_seconds": database_seconds,
            },
        )
        span.end(ended)


def _told(headers: Mapping[bytes, bytes]) -> Context:
    """Where the request says that it belongs, by W3C's headers."""
    if b"traceparent" not in headers:
        return _NOWHERE
    carrier = {
        name: headers[name.encode()].decode("latin-1")
        for name in ("traceparent", "tracestate")
        if name.encode() in headers
    }
    return _propagator.extract(carrier, _NOWHERE)


def _name(operation: Callable[..., Any]) -> str:
    """Such as `people.create`."""
    name = getattr(operation, "__name__", type(operation).__name__)
    return f"{operation.__module__.rpartition('.')[2]}.{name}"
