"""A server's house is moved to the other engine and back: its clients notice nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
from tests.clusters.postgres import Server
from tests.journeys.conftest import API_TOKEN, CLIENT_KEY
from tests.journeys.programs import Served, run, serving

DATABASE: Final = "postgres_moved"
# What clients call the server by, wherever it runs.
HOST: Final = "orders.example.com"
PUBLIC_URL: Final = f"http://{HOST}"
FILE: Final = "sqlite:///orderfolio.db"
SETTINGS: Final = {"ORDERFOLIO_CLIENT_KEY": CLIENT_KEY, "ORDERFOLIO_API_TOKEN": API_TOKEN}
# Where a client begins to look; the rest is found by its links.
ENTRANCES: Final = (
    "/v2.1/orders?limit=2",
    "/v2.1/orders?limit=2&offset=1&expand=true",
    "/v2.1/orders?referenceId=R-1",
    "/v2.1/guests?limit=2&expand=true",
    "/v2.1/guests?email=ada@example.com",
)


def an_order(number: int) -> dict[str, Any]:
    return {
        "referenceId": f"R-{number}",
        "orderedAt": "2024-01-01T16:17:16.123Z",
        "currencyCode": "EUR",
        "price": 100.10,
        "channel": "WEB",
    }


class Answer(NamedTuple):
    status: int
    tag: str | None
    body: bytes


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """A database of PostgreSQL without any table."""
    postgres.drop_database(DATABASE)
    yield postgres.create_database(DATABASE)
    postgres.drop_database(DATABASE)


def called(served: Served) -> httpx.Client:
    headers = {"Host": HOST}
    return httpx.Client(base_url=served.url, auth=(CLIENT_KEY, API_TOKEN), headers=headers)


def sent(client: httpx.Client, path: str, body: Mapping[str, Any], key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer


def fill(client: httpx.Client) -> None:
    for number in range(4):
        made = sent(client, "/v2.1/orders", an_order(number), f"key-{number}").json()
        order = f"/v2.1/orders/{made['ref']}"
        item = {
            "type": "BOOK",
            "name": "Ärger 注文 🛒",
            "price": 1e-7,
            "currencyCode": "EUR",
            "status": "PURCHASED",
        }
        item_ref = sent(client, f"{order}/orderItems", item).json()["ref"]
        ada = {"firstName": "Ada", "emails": ["ada@example.com" if number < 3 else "b@b.example"]}
        sent(client, f"{order}/contacts", ada)
        sent(client, f"{order}/consumers", {"lastName": "O'Hara", "phoneNumbers": ["+1 2"]})
        sent(client, f"{order}/extensions/ext", {"gift": True, "note": '"\\\n'})
        sent(client, f"/v2.1/orderItems/{item_ref}/extensions/ext", {"weight": 12345678901234})
    gone = client.get("/v2.1/guests?email=b@b.example").json()["items"][0]["href"]
    assert client.delete(gone.removeprefix(PUBLIC_URL)).is_success


def asked(client: httpx.Client, path: str) -> Answer:
    answer = client.get(path)
    return Answer(answer.status_code, answer.headers.get("ETag"), answer.content)


def explored(client: httpx.Client) -> dict[str, Answer]:
    """What every address answers that the links lead to."""
    found: dict[str, Answer] = {}
    waiting = list(ENTRANCES)
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found[path] = asked(client, path)
        links = re.findall(rf'"href":"{PUBLIC_URL}(/[^"]*)"', found[path].body.decode())
        waiting += [link.replace("\\u0026", "&") for link in links]
    return found


def test_every_address_answers_as_before_at_the_new_place_and_back(
    tmp_path: Path, database: str
) -> None:
    with serving(tmp_path, "--database", FILE, **SETTINGS) as served, called(served) as client:
        fill(client)
        before = explored(client)
        first = sent(client, "/v2.1/orders", an_order(1), "key-1").content
        assert "is in use" in run(tmp_path, "copy", "--from", FILE, "--to", database).refusal()
        assert served.stop() == 0
    kinds = {re.sub(r"[0-9a-f-]{36}", "…", path).split("?")[0] for path in before}
    assert len(kinds) >= 15, sorted(kinds)
    assert any("after=" in path for path in before), sorted(before)
    assert {answer.status for answer in before.values()} == {httpx.codes.OK}

    back = "sqlite:///back.db"
    for source, target in ((FILE, database), (database, back)):
        run(tmp_path, "copy", "--from", source, "--to", target, "--json").json()
        assert run(tmp_path, "check", "--database", target, "--json").json()["sound"]
        with serving(tmp_path, "--database", target, **SETTINGS) as served, called(served) as again:
            assert {path: asked(again, path) for path in before} == before
            # The first answer is kept: no second order is made, nor the first one changed.
            assert sent(again, "/v2.1/orders", an_order(1), "key-1").content == first
            assert {path: asked(again, path) for path in before} == before
            assert served.stop() == 0
