"""Two servers, each a process of its own, on one PostgreSQL database."""

from __future__ import annotations

from pathlib import Path

import httpx
from tests.clusters.postgres import Server as Postgres
from tests.journeys.programs import serving

KEYS = ("shop", "a-token-that-only-these-tests-know")
PASSWORD = "opensesame"
ORDER = {
    "referenceId": "B56E3AA9",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.5,
}


def test_what_one_acknowledges_the_other_has(postgres: Postgres, tmp_path: Path) -> None:
    postgres.drop_database("shared")
    url = postgres.create_database("shared").replace("postgres@", f"postgres:{PASSWORD}@")
    told = {
        "ORDERFOLIO_DATABASE": url,
        "ORDERFOLIO_CLIENT_KEY": KEYS[0],
        "ORDERFOLIO_API_TOKEN": KEYS[1],
    }
    # The first makes the tables, the second finds them.
    with (
        serving(tmp_path, "--migrate", **told) as one,
        serving(tmp_path, "--migrate", **told) as other,
        httpx.Client(auth=KEYS) as client,
    ):
        made = client.post(f"{one.url}/v2.1/orders", json=ORDER)
        assert made.status_code == 201
        ref = made.json()["ref"]
        seen = client.get(f"{other.url}/v2.1/orders/{ref}")
        assert (seen.status_code, seen.headers["etag"]) == (200, made.headers["etag"])
        again = client.post(f"{other.url}/v2.1/orders", json={**ORDER, "price": 7})
        assert again.json()["ref"] == ref
        assert client.get(f"{one.url}/v2.1/orders/{ref}").json()["price"] == 7
        for served in (one, other):
            assert "postgresql://127.0.0.1" in served.output
            assert PASSWORD not in served.output + served.log
            assert served.stop() == 0, served.log
