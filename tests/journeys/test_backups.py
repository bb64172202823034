"""A server under load, backed up, and put back from the copy."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event, Thread
from typing import Self

import apsw
import httpx
from tests.journeys.conftest import API_TOKEN, CLIENT_KEY
from tests.journeys.programs import Served, run, serving

CALLERS = 3
ROUNDS = 3
CREDENTIALS = {"ORDERFOLIO_CLIENT_KEY": CLIENT_KEY, "ORDERFOLIO_API_TOKEN": API_TOKEN}


def an_order(reference_id: str) -> dict[str, object]:
    return {
        "referenceId": reference_id,
        "orderedAt": "2024-01-01T16:17:16Z",
        "currencyCode": "EUR",
        "price": 100.1,
    }


class Load:
    """Callers that create orders until told to stop, and what they were answered."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._stopped = Event()
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self._threads = [Thread(target=self._call, args=(name,)) for name in range(CALLERS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _call(self, caller: int) -> None:
        number = 0
        while not self._stopped.is_set():
            reference_id = f"{caller}-{number}"
            answer = self._client.post("/v2.1/orders", json=an_order(reference_id))
            if answer.status_code == httpx.codes.CREATED:
                self.acknowledged.append(reference_id)
            else:
                self.refused.append(answer.status_code)
            number += 1


def references(path: Path) -> set[str]:
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert database.pragma("integrity_check") == "ok"
        return {text for (text,) in database.execute("SELECT reference_id FROM orders")}
    finally:
        database.close()


def called(served: Served) -> httpx.Client:
    return httpx.Client(base_url=served.url, auth=(CLIENT_KEY, API_TOKEN))


def is_served(client: httpx.Client, reference_id: str) -> bool:
    return bool(client.get("/v2.1/orders", params={"referenceId": reference_id}).json()["items"])


def test_a_backup_holds_what_was_answered_before_it_and_can_be_served(tmp_path: Path) -> None:
    with serving(tmp_path, **CREDENTIALS) as served, called(served) as client:
        with Load(client) as load:
            for number in range(ROUNDS):
                while len(load.acknowledged) < 50 * (number + 1):
                    assert not load.refused
                    time.sleep(0.01)
                before = set(load.acknowledged)
                run(tmp_path, "backup", f"{number}.db", "--json").json()
                assert before <= references(tmp_path / f"{number}.db")
                # Nobody waited for it: writing went on all the while.
                assert len(load.acknowledged) > len(before)
        assert not load.refused
        assert run(tmp_path, "check", "--json").json()["sound"]
        assert "is in use" in run(tmp_path, "restore", "0.db", "--force").refusal()
        assert served.stop() == 0
    run(tmp_path, "restore", "0.db", "--force", "--json").json()
    with serving(tmp_path, **CREDENTIALS) as served, called(served) as client:
        held = references(tmp_path / "0.db")
        later = set(load.acknowledged) - held
        assert is_served(client, min(held))
        assert not is_served(client, min(later))
