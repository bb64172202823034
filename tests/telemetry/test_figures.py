"""Figures: what is counted of requests and of the store, and how Prometheus reads it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.registry import Collector
from tests.telemetry.readings import Reading, of, read
from tests.wire.clients import KEYS, ORDER, Client, an_application, populate

from orderfolio.store.contract import Store, Transaction
from orderfolio.store.sqlite import open_store
from orderfolio.telemetry import prometheus
from orderfolio.telemetry.figures import REQUEST_SECONDS, Figures, Histogram
from orderfolio.telemetry.prometheus import create_spelling
from orderfolio.wire import routes, server
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.figures import create_figures

BUILD = {"version": "1.2.3", "database": "sqlite"}


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def store(runner: asyncio.Runner, figures: Figures, tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "orders.db", SPELLING, observer=figures)
    runner.run(populate(store))
    try:
        yield store
    finally:
        runner.run(store.close())


@pytest.fixture
def client(runner: asyncio.Runner, store: Store, figures: Figures) -> Client:
    return Client(runner, an_application(store, watch=figures))


async def spelt(figures: Figures, accept: str = "") -> tuple[bytes, str]:
    return await create_spelling(figures, BUILD)(accept)


def taken(figures: Figures, accept: str = "") -> str:
    return asyncio.run(spelt(figures, accept))[0].decode()


def reading(figures: Figures) -> Reading:
    return read(taken(figures))


class TestRequests:
    def test_are_counted_by_operation_and_status(self, client: Client, figures: Figures) -> None:
        ref = client.order()
        client.get(f"/v2.1/orders/{ref}")
        client.send("HEAD", f"/v2.1/orders/{ref}")
        client.get("/v2.1/orders/nobody")
        client.post("/v2.1/orders", {})
        client.get("/healthz")
        client.get("/readyz")
        client.get("/openapi.json")
        client.get("/docs")
        client.as_(None).get("/v2.1/orders")
        client.get("/v2.1/nowhere")
        found = {
            (dict(labels)["operation"], dict(labels)["status"]): value
            for (name, labels), value in reading(figures).items()
            if name == "orderfolio_http_requests_total"
        }
        assert found == {
            ("createOrder", "201"): 1,
            ("createOrder", "400"): 1,
            ("retrieveOrder", "200"): 2,
            ("retrieveOrder", "404"): 1,
            ("checkHealth", "200"): 1,
            ("checkReadiness", "200"): 1,
            ("describeApi", "200"): 1,
            ("showPage", "404"): 1,
            ("none", "401"): 1,
            ("none", "404"): 1,
        }

    def test_durations_are_those_of_an_operation_whatever_its_status(
        self, client: Client, figures: Figures
    ) -> None:
        client.order()
        client.post("/v2.1/orders", {})
        now = reading(figures)
        name = "http_request_duration_seconds"
        assert of(now, f"{name}_count", operation="createOrder") == 2
        assert of(now, f"{name}_bucket", operation="createOrder", le="+Inf") == 2
        assert of(now, f"{name}_bucket", operation="createOrder", le="10.0") == 2
        assert 0 < of(now, f"{name}_sum", operation="createOrder") < 10

    def test_those_under_way_are_told(
        self, client: Client, figures: Figures, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        find = routes.find

        def look(parts: list[str]) -> object:
            seen.append(figures.copy().in_flight)
            return find(parts)

        monkeypatch.setattr(routes, "find", look)
        client.get("/v2.1/orders")
        assert seen == [1]
        assert of(reading(figures), "http_requests_in_flight") == 0

    def test_a_client_that_went_away_has_no_status(
        self, runner: asyncio.Runner, client: Client, figures: Figures
    ) -> None:
        client.leave("POST", "/v2.1/orders")
        now = reading(figures)
        assert of(now, "http_requests_total", operation="createOrder", status="none") == 1
        assert of(now, "http_requests_in_flight") == 0

    def test_what_never_was_one_is_counted_apart(self, figures: Figures) -> None:
        async def run() -> None:
            stop = asyncio.Event()
            port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(
                server.serve(
                    create_figures(create_spelling(figures, BUILD)),
                    "127.0.0.1",
                    0,
                    on_listening=port.set_result,
                    on_refused=figures.refuse,
                    stop=stop,
                )
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", await port)
            writer.write(b"nonsense\r\n\r\n")
            await reader.read()
            writer.close()
            stop.set()
            await serving

        asyncio.run(run())
        assert of(reading(figures), "http_refused_total", status="400") == 1

    def test_no_label_holds_what_a_client_sent(self, client: Client, figures: Figures) -> None:
        ref = client.order(referenceId="A-SECRET-NUMBER")
        client.get("/v2.1/guests?email=ada@example.com")
        client.get("/v2.1/orders/ada@example.com")
        client.get("/ada@example.com")
        client.send("ADA", "/v2.1/orders")
        text = taken(figures)
        for secret in ("ada", "ADA", "SECRET", ref, *KEYS):
            assert secret not in text


class TestStore:
    def test_groups_waits_and_reads_are_told(self, client: Client, figures: Figures) -> None:
        before = reading(figures)
        client.order()
        client.get("/v2.1/orders")
        after = reading(figures)

        def grown(name: str) -> float:
            return of(after, name) - of(before, name)

        assert grown("store_group_size_count") == 1
        assert grown("store_group_size_sum") == 1
        assert grown("store_group_seconds_count") == 1
        assert grown("store_group_seconds_sum") > 0
        assert grown("store_wait_seconds_count") == 1
        assert grown("store_read_seconds_count") >= 2
        assert grown("store_read_seconds_sum") > 0

    def test_the_queue_is_looked_at_when_somebody_asks(
        self, runner: asyncio.Runner, store: Store, figures: Figures
    ) -> None:
        assert of(reading(figures), "store_queue_length") == 0
        figures.follow_queue(lambda: 7)
        assert of(reading(figures), "store_queue_length") == 7

    def test_one_that_fails_is_counted_as_well(
        self, runner: asyncio.Runner, store: Store, figures: Figures
    ) -> None:
        async def fail(_tx: Transaction) -> None:
            raise KeyError

        before = figures.reads
        with pytest.raises(KeyError):
            runner.run(store.read(fail))
        assert figures.reads == before + 1


class TestHistogram:
    def test_a_bound_belongs_to_what_is_at_most_that(self) -> None:
        found = Histogram((1, 2))
        for value in (0.5, 1, 1.5, 2, 3):
            found.add(value)
        assert found.counts == [2, 2, 1]
        assert found.total == 8

    def test_bounds_ascend_from_below_a_millisecond_to_seconds(self) -> None:
        assert list(REQUEST_SECONDS) == sorted(set(REQUEST_SECONDS))
        assert REQUEST_SECONDS[0] < 0.001
        assert REQUEST_SECONDS[-1] > 1


class TestSpelling:
    def test_tells_what_runs_and_how_the_process_fares(self, figures: Figures) -> None:
        now = reading(figures)
        assert of(now, "build_info", **BUILD) == 1
        assert now["process_resident_memory_bytes", frozenset()] > 1_000_000
        assert now["process_open_fds", frozenset()] > 0

    @pytest.mark.parametrize(
        ("accept", "content_type"),
        [
            ("", "text/plain; version=0.0.4; charset=utf-8"),
            ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
            ("text/plain;version=nine", "text/plain; version=0.0.4; charset=utf-8"),
            (
                "application/openmetrics-text;version=1.0.0",
                "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
            ),
        ],
    )
    def test_is_that_which_a_reader_asks_for(
        self, figures: Figures, accept: str, content_type: str
    ) -> None:
        text, told = asyncio.run(spelt(figures, accept))
        assert told == content_type
        assert (b"# EOF" in text) == told.startswith("application/openmetrics-text")

    @pytest.mark.parametrize("accept", ["text/plain;version=", ";;,,=", "\xff", "a/b;version=-1"])
    def test_an_accept_header_that_is_odd_harms_nobody(self, figures: Figures, accept: str) -> None:
        assert b"orderfolio_build_info" in asyncio.run(spelt(figures, accept))[0]

    def test_doesn_t_hold_up_the_loop_and_is_of_one_moment(
        self, figures: Figures, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun, went_on = threading.Event(), threading.Event()

        def encode(moment: Collector) -> bytes:
            begun.set()
            assert went_on.wait(10)
            return generate_latest(moment)

        monkeypatch.setattr(prometheus, "choose_encoder", lambda _: (encode, "text/plain"))

        async def run() -> Reading:
            asking = asyncio.create_task(spelt(figures))
            await asyncio.to_thread(begun.wait)
            figures.refuse(400)
            went_on.set()
            return read((await asking)[0].decode())

        assert ("orderfolio_http_refused_total", frozenset({("status", "400")})) not in asyncio.run(
            run()
        )


class TestAddress:
    @pytest.fixture
    def page(self, figures: Figures) -> httpx.AsyncClient:
        application = create_figures(create_spelling(figures, BUILD))
        transport = httpx.ASGITransport(application)
        return httpx.AsyncClient(transport=transport, base_url="http://api.test")

    def test_is_metrics_and_nothing_else(
        self, runner: asyncio.Runner, page: httpx.AsyncClient
    ) -> None:
        assert runner.run(page.get("/metrics")).status_code == 200
        assert runner.run(page.get("/v2.1/orders")).status_code == 404
        assert runner.run(page.get("/")).text == "The figures are at /metrics.\n"

    def test_is_read_only(self, runner: asyncio.Runner, page: httpx.AsyncClient) -> None:
        refused = runner.run(page.post("/metrics"))
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")

    def test_head_has_no_body(self, runner: asyncio.Runner, page: httpx.AsyncClient) -> None:
        answer = runner.run(page.head("/metrics"))
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 1000

    def test_the_api_s_own_port_has_no_figures(self, client: Client) -> None:
        assert client.get("/metrics").status_code == 404


class TestPort:
    def test_ends_with_its_body_and_a_kept_connection_doesn_t_hold_it(
        self, figures: Figures
    ) -> None:
        async def run() -> None:
            pages = create_figures(create_spelling(figures, BUILD))
            async with httpx.AsyncClient() as reader:
                async with server.serve_beside(pages, "127.0.0.1", 0) as port:
                    url = f"http://127.0.0.1:{port}/metrics"
                    assert (await reader.get(url)).status_code == 200
                with pytest.raises(httpx.TransportError):
                    await reader.get(url)

        asyncio.run(asyncio.wait_for(run(), 10))

    def test_orders_are_not_served_there(self, figures: Figures) -> None:
        async def run() -> int:
            pages = create_figures(create_spelling(figures, BUILD))
            async with server.serve_beside(pages, "127.0.0.1", 0) as port, httpx.AsyncClient() as c:
                answer = await c.post(f"http://127.0.0.1:{port}/v2.1/orders", json=ORDER, auth=KEYS)
                return answer.status_code

        assert asyncio.run(run()) == 404
