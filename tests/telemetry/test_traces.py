"""Traces: which spans a request leaves behind, whose they are, and what they keep quiet."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.telemetry.readings import of, read
from tests.wire.clients import KEYS, ORDER, Client, an_application, populate

from orderfolio import assembly
from orderfolio.errors import CannotStart
from orderfolio.operations import tallies
from orderfolio.settings import load
from orderfolio.store.contract import Store
from orderfolio.store.sqlite import open_store
from orderfolio.telemetry.figures import Figures
from orderfolio.telemetry.prometheus import create_spelling
from orderfolio.telemetry.together import Together
from orderfolio.telemetry.traces import Traces
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.routes import ROUTES

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
SAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "shop=7"}
UNSAMPLED = {"traceparent": f"00-{TRACE}-{PARENT}-00"}
TEMPLATES = {route.operation_id: route.template for route in ROUTES}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def traces(exporter: InMemorySpanExporter) -> Iterator[Traces]:
    traces = Traces(SimpleSpanProcessor(exporter), TEMPLATES, "1.2.3", "sqlite")
    yield traces
    traces.close()


@pytest.fixture
def store(runner: asyncio.Runner, traces: Traces, tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "orders.db", SPELLING, observer=traces)
    runner.run(populate(store))
    try:
        yield store
    finally:
        runner.run(store.close())


@pytest.fixture
def client(runner: asyncio.Runner, store: Store, traces: Traces) -> Client:
    return Client(runner, an_application(store, watch=traces))


def requests(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]


def only(spans: Sequence[ReadableSpan]) -> ReadableSpan:
    [span] = spans
    return span


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


class TestRequests:
    def test_leave_a_span_that_bears_the_address_s_template(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        answer = client.get("/v2.1/orders/nobody")
        span = only(requests(exporter))
        assert span.name == "GET /v2.1/orders/{orderRef}"
        assert attributes(span) == {
            "http.request.method": "GET",
            "http.route": "/v2.1/orders/{orderRef}",
            "http.response.status_code": 404,
            "url.scheme": "http",
            "orderfolio.operation": "retrieveOrder",
            "orderfolio.request_id": answer.headers["x-request-id"],
        }
        assert span.status.status_code is StatusCode.UNSET
        assert span.parent is None

    def test_without_an_operation_bear_their_method(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        client.as_(None).get("/v2.1/orders")
        client.get("/healthz")
        client.get("/docs")
        client.send("ADA", "/v2.1/orders")
        assert [span.name for span in requests(exporter)] == ["GET", "GET", "GET", "_OTHER"]
        assert [attributes(span).get("orderfolio.operation") for span in requests(exporter)] == [
            None,
            "checkHealth",
            "showPage",
            None,
        ]

    def test_that_fail_on_our_side_are_errors(
        self, client: Client, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orderfolio.wire.bodies.parse", None)
        assert client.post("/v2.1/orders", ORDER).status_code == 500
        span = only(requests(exporter))
        assert span.status.status_code is StatusCode.ERROR
        assert attributes(span)["error.type"] == "500"

    def test_whose_client_went_away_say_so(
        self, runner: asyncio.Runner, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        client.leave("POST", "/v2.1/orders")
        told = attributes(only(requests(exporter)))
        assert told["error.type"] == "disconnected"
        assert "http.response.status_code" not in told

    def test_keep_quiet_what_a_client_sent(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        ref = client.order(referenceId="A-SECRET-NUMBER")
        client.contact(ref)
        client.get("/v2.1/guests?email=ada@example.com", headers={"Cookie": "SECRET"})
        client.get("/v2.1/orders/ada@example.com")
        client.get("/ada@example.com?ada")
        told = "".join(span.to_json() for span in exporter.get_finished_spans())
        for secret in ("ada@", "?ada", "SECRET", ref, *KEYS, "Basic"):
            assert secret not in told

    def test_tell_who_sends_them(self, client: Client, exporter: InMemorySpanExporter) -> None:
        client.get("/healthz")
        resource = only(requests(exporter)).resource.attributes
        assert resource["service.name"] == "orderfolio"
        assert resource["service.version"] == "1.2.3"

    def test_the_name_that_the_environment_gives_counts(
        self, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OTEL_SERVICE_NAME", "orders-north")
        traces = Traces(SimpleSpanProcessor(exporter), TEMPLATES, "1.2.3", "sqlite")
        resource = traces._provider.resource.attributes
        assert resource["service.name"] == "orders-north"
        assert resource["service.version"] == "1.2.3"
        traces.close()


class TestParents:
    def test_a_trace_that_is_named_is_gone_on_with(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        client.get("/v2.1/orders", headers=SAMPLED)
        span = only(requests(exporter))
        assert span.context is not None
        assert span.parent is not None
        assert f"{span.context.trace_id:032x}" == TRACE
        assert f"{span.parent.span_id:016x}" == PARENT
        assert span.context.trace_state.get("shop") == "7"

    def test_one_that_isn_t_recorded_stays_so(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        assert client.get("/v2.1/orders", headers=UNSAMPLED).status_code == 200
        assert exporter.get_finished_spans() == ()

    @pytest.mark.parametrize(
        "told", ["", "00", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "~" * 9000]
    )
    def test_what_names_none_begins_one(
        self, client: Client, exporter: InMemorySpanExporter, told: str
    ) -> None:
        answer = client.get("/v2.1/orders", headers={"traceparent": told})
        assert answer.status_code == 200
        assert only(requests(exporter)).parent is None

    def test_requests_at_one_time_keep_their_own(
        self, runner: asyncio.Runner, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        async def crowd() -> None:
            await asyncio.gather(
                *(
                    client._send("POST", "/v2.1/guests", b'{"guestType":"visitor"}', JSON)
                    for _ in range(20)
                )
            )

        runner.run(crowd())
        parents = {span.context.span_id for span in requests(exporter) if span.context}
        writes = [s for s in exporter.get_finished_spans() if s.name == "transact guests.create"]
        assert len(parents) == len(writes) == 20
        assert {span.parent.span_id for span in writes if span.parent} == parents


JSON = {"Content-Type": "application/json"}


class TestStore:
    def test_its_work_is_below_the_request(
        self, client: Client, exporter: InMemorySpanExporter
    ) -> None:
        client.order()
        request = only(requests(exporter))
        [write] = [s for s in exporter.get_finished_spans() if s.name.startswith("transact ")]
        assert write.name == "transact orders.create"
        assert request.context is not None
        assert write.parent is not None
        assert write.parent.span_id == request.context.span_id
        told = attributes(write)
        waited, taken = (
            told.pop(f"orderfolio.store.{name}_seconds") for name in ("wait", "database")
        )
        assert told == {"db.system.name": "sqlite"}
        assert isinstance(waited, float)
        assert isinstance(taken, float)
        assert waited >= 0
        assert taken > 0
        assert write.start_time is not None
        assert write.end_time is not None
        assert write.end_time - write.start_time == pytest.approx((waited + taken) * 1e9, abs=10)

    def test_reads_are_too(self, client: Client, exporter: InMemorySpanExporter) -> None:
        client.get("/v2.1/orders")
        names = {s.name for s in exporter.get_finished_spans()}
        assert "read orders.browse" in names

    def test_what_the_server_does_of_its_own_accord_is_in_no_trace(
        self, runner: asyncio.Runner, store: Store, exporter: InMemorySpanExporter
    ) -> None:
        runner.run(store.transact(tallies.fold, 10))
        assert exporter.get_finished_spans() == ()


class TestTogether:
    def test_figures_and_traces_are_both_told(
        self, runner: asyncio.Runner, traces: Traces, exporter: InMemorySpanExporter, tmp_path: Path
    ) -> None:
        figures = Figures()
        both = Together(figures, traces)
        store = open_store(tmp_path / "both.db", SPELLING, observer=both)
        runner.run(populate(store))
        Client(runner, an_application(store, watch=both)).order()
        runner.run(store.close())

        async def spelt() -> bytes:
            return (await create_spelling(figures, {})(""))[0]

        now = read(runner.run(spelt()).decode())
        assert of(now, "http_requests_total", operation="createOrder", status="201") == 1
        assert of(now, "store_group_size_count") > 0
        assert of(now, "store_wait_seconds_count") > 0
        assert of(now, "store_read_seconds_count") > 0
        assert figures.queue_length() == 0
        assert only(requests(exporter)).name == "POST /v2.1/orders"


def test_without_the_libraries_an_endpoint_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "orderfolio.telemetry.traces")
    for name in [name for name in sys.modules if name.split(".")[0] == "opentelemetry"]:
        monkeypatch.setitem(sys.modules, name, None)
    settings = load(
        {"otlp_endpoint": "http://127.0.0.1:4318", "database": "sqlite://", "port": 0}, {}, tmp_path
    )
    with pytest.raises(CannotStart) as caught:
        assembly.serve(settings, lambda *_: None)
    assert str(caught.value) == (
        "otlp_endpoint: traces need opentelemetry: pip install 'orderfolio[telemetry]'."
    )
