"""The program while PostgreSQL is away: what clients, balancers and whoever runs it are told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from tests.faults.callers import ANSWER_SECONDS, BACK_SECONDS
from tests.faults.conftest import Place
from tests.faults.outages import OUTAGES
from tests.faults.shops import CONFIGURED
from tests.faults.writers import KEYS, ORDER
from tests.journeys.programs import Served, run, serving

KINDS = ["stopped", "paused", "full", "read-only", "locked"]
# Who waits for a lock keeps nobody else from anything.
READY = {"locked"}
# Each lane may lose a connection of its own, but the database goes away once.
LINES = 3


@contextmanager
def served_from(place: Place, folder: Path) -> Iterator[tuple[Served, httpx.Client]]:
    with (
        # One process: what is looked for in its log is said by each.
        serving(
            folder,
            "--no-access-log",
            "--workers=1",
            ORDERFOLIO_DATABASE=place.url,
            **CONFIGURED,
        ) as served,
        httpx.Client(base_url=served.url, auth=KEYS, timeout=2 * ANSWER_SECONDS) as client,
    ):
        yield served, client


def post(client: httpx.Client, number: int) -> httpx.Response:
    began = monotonic()
    answer = client.post("/v2.1/orders", json={**ORDER, "referenceId": f"R-{number}"})
    assert monotonic() - began < ANSWER_SECONDS
    return answer


def wait_until_ready(client: httpx.Client) -> None:
    until = monotonic() + BACK_SECONDS
    while client.get("/readyz").status_code != 200:
        assert monotonic() < until
        sleep(0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_an_outage_is_told_in_time_and_ends_by_itself(
    place: Place, tmp_path: Path, kind: str
) -> None:
    with served_from(place, tmp_path) as (served, client):
        assert post(client, 1).status_code == 201
        with OUTAGES[kind](place):
            answer = post(client, 2)
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert answer.json() == {
                "status": 503,
                "code": 503,
                "message": "The service is unavailable. Nothing was written.",
                "developerMessage": "Repeat the request after the seconds in Retry-After.",
                "moreInfoUrl": f"{served.url}/errors#unavailable",
            }
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").status_code == (200 if kind in READY else 503)
        wait_until_ready(client)
        assert post(client, 3).status_code == 201
        told = [line for line in served.log.splitlines() if "orderfolio.store" in line]
        assert len(told) <= 2 * LINES, told
        assert served.stop() == 0, served.log
    assert place.references() == ["R-1", "R-3"]


def test_it_stops_when_it_is_told_to_though_the_database_hangs(
    place: Place, tmp_path: Path
) -> None:
    with served_from(place, tmp_path) as (served, client), OUTAGES["paused"](place):
        assert post(client, 1).status_code == 503
        assert served.stop() == 0, served.log


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("stopped", "can't be reached"),
        ("paused", "can't be reached: it doesn't answer"),
        ("read-only", "can only be read there: name the server that writes"),
    ],
)
def test_it_does_not_start_without_a_database_that_writes(
    place: Place, tmp_path: Path, kind: str, why: str
) -> None:
    with OUTAGES[kind](place):
        refusal = run(tmp_path, "serve", "--port", "0", ORDERFOLIO_DATABASE=place.url).refusal()
    assert f"atabase {why}" in refusal
