"""Traces on their way to a receiver: a server as a process, and OTLP over HTTP."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Final

import httpx
import pytest
from tests.journeys.programs import serving
from tests.telemetry.receivers import attributes, receiving

KEYS: Final = ("demo", "a-token-that-this-test-chose")
CONFIGURED: Final = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
TRACE: Final = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT: Final = "00f067aa0ba902b7"
ORDER: Final = {
    "referenceId": "ORDER-1001",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.10,
}


def test_they_arrive_with_what_is_below_them_and_without_secrets(tmp_path: Path) -> None:
    with receiving() as receiver:
        variables = {**CONFIGURED, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}
        with serving(tmp_path, "--database", "sqlite://", **variables) as served:
            with httpx.Client(base_url=served.url, auth=KEYS) as api:
                told = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
                assert api.post("/v2.1/orders", json=ORDER, headers=told).status_code == 201
                api.get("/v2.1/guests", params={"email": "ada@example.com"})
            # What is left is sent at the end.
            assert served.stop() == 0
            assert "Traceback" not in served.log
    assert set(receiver.paths) == {"/v1/traces"}
    assert receiver.resource()["service.name"] == "orderfolio"
    spans = {span.name: span for span in receiver.spans()}
    request, write = spans["POST /v2.1/orders"], spans["transact orders.create"]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert (write.trace_id.hex(), write.parent_span_id) == (TRACE, request.span_id)
    assert attributes(request)["http.response.status_code"] == 201
    assert attributes(write)["orderfolio.store.database_seconds"] > 0
    sent = b"".join(receiver.raw)
    for secret in (*KEYS, "ORDER-1001", "ada@", "email", "Basic"):
        assert secret.encode() not in sent


@pytest.mark.parametrize("backlog", [None, 5], ids=["away", "silent"])
def test_a_receiver_that_does_not_answer_holds_nobody_up(
    tmp_path: Path, backlog: int | None
) -> None:
    with socket.socket() as receiver:
        receiver.bind(("127.0.0.1", 0))
        if backlog is not None:
            receiver.listen(backlog)
        endpoint = f"http://127.0.0.1:{receiver.getsockname()[1]}"
        with serving(tmp_path, "--otlp-endpoint", endpoint, **CONFIGURED) as served:
            with httpx.Client(base_url=served.url, auth=KEYS) as api:
                assert api.post("/v2.1/orders", json=ORDER).status_code == 201
            began = time.monotonic()
            assert served.stop() == 0
            assert time.monotonic() - began < 10
            assert "traces are sent to 127.0.0.1" in served.log
            assert "the last traces could not be sent in time" in served.log
