"""The server as a process: its start, its log, its end, and what a kill leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import apsw
import httpx
import pytest
from tests.journeys.programs import (
    START_SECONDS,
    STOP_SECONDS,
    Served,
    begun_order,
    run,
    serving,
)
from tests.journeys.tools import need

KEYS: Final = ("demo", "a-token-that-this-test-chose")
CONFIGURED: Final = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
ORDER: Final = {
    "referenceId": "ORDER-1001",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.10,
}
# What a server has acknowledged at least when it is killed.
LEAST: Final = 30


def client(served: Served, keys: tuple[str, str] = KEYS) -> httpx.Client:
    return httpx.Client(base_url=served.url, auth=keys)


class TestFirstStart:
    def test_its_credentials_and_its_curl_work_and_are_not_shown_again(
        self, tmp_path: Path
    ) -> None:
        with serving(tmp_path) as served:
            token = served.credentials[1]
            with client(served, served.credentials) as api:
                assert api.post("/v2.1/orders", json=ORDER).status_code == 201
            shell(served)
            assert served.stop() == 0
            assert token not in served.log
        with serving(tmp_path) as again:
            assert token not in again.output
            assert "API token" not in again.output
            with client(again, served.credentials) as api:
                assert len(api.get("/v2.1/orders").json()["items"]) == 1
            assert again.stop() == 0
            assert token not in again.log

    def test_it_tells_where_it_is(self, tmp_path: Path) -> None:
        with serving(tmp_path) as served:
            lines = served.output.splitlines()
            assert lines[1:3] == [
                f"  data           {tmp_path}/orderfolio.db",
                f"  documentation  {served.url}/docs",
            ]
            assert served.url.startswith("http://127.0.0.1:")


def shell(served: Served) -> None:
    """Run the `curl` of the banner as it stands."""
    need("curl", "run the command of the banner")
    [line] = [line for line in served.output.splitlines() if line.startswith("  curl ")]
    done = subprocess.run(
        ["sh", "-c", f"{line} --silent --show-error --fail"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["items"]) == 1


class TestConfiguredCredentials:
    def test_they_open_from_the_first_start_on(self, tmp_path: Path) -> None:
        with serving(tmp_path, **CONFIGURED) as served:
            with client(served) as api:
                assert api.get("/v2.1/orders").status_code == 200
            assert "client key     demo" in served.output
            assert served.stop() == 0
            assert KEYS[1] not in served.output + served.log

    def test_a_token_that_was_changed_takes_the_place_of_the_old(self, tmp_path: Path) -> None:
        with serving(tmp_path, **CONFIGURED) as served:
            assert served.stop() == 0
        with serving(tmp_path, **CONFIGURED | {"ORDERFOLIO_API_TOKEN": "another"}) as served:
            with client(served) as api:
                assert api.get("/v2.1/orders").status_code == 401
            with client(served, ("demo", "another")) as api:
                assert api.get("/v2.1/orders").status_code == 200


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("beside")


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with serving(folder, **CONFIGURED) as served:
        yield served


class TestCommandsBesideIt:
    """Commands on the file of a running server take effect at once."""

    def status(self, served: Served, made: dict[str, Any], method: str = "GET") -> int:
        with client(served, (made["clientKey"], made["apiToken"])) as api:
            return api.request(method, "/v2.1/orders", json=ORDER).status_code

    def test_a_rotated_token_ends_the_old_one(self, folder: Path, served: Served) -> None:
        old = run(folder, "credentials", "create", "--json").json()
        assert self.status(served, old) == 200
        new = run(folder, "credentials", "rotate", old["clientKey"], "--json").json()
        assert self.status(served, old) == 401
        assert self.status(served, new) == 200
        assert not {old["apiToken"], new["apiToken"]} & set(served.log.split())

    def test_a_revoked_key_opens_nothing(self, folder: Path, served: Served) -> None:
        made = run(folder, "credentials", "create", "--json").json()
        assert self.status(served, made) == 200
        run(folder, "credentials", "revoke", made["clientKey"], "--json").json()
        assert self.status(served, made) == 401

    def test_a_reader_may_only_read(self, folder: Path, served: Served) -> None:
        made = run(folder, "credentials", "create", "--read-only", "--json").json()
        assert self.status(served, made) == 200
        assert self.status(served, made, "POST") == 403

    def test_a_new_organisation_is_sealed_and_a_removed_one_is_gone(
        self, folder: Path, served: Served
    ) -> None:
        run(folder, "organisations", "create", "pier", "--json").json()
        made = run(folder, "credentials", "create", "--organisation", "pier", "--json").json()
        with client(served, (made["clientKey"], made["apiToken"])) as pier, client(served) as api:
            ref = pier.post("/v2.1/orders", json=ORDER).json()["ref"]
            assert api.get(f"/v2.1/orders/{ref}").status_code == 404
            removed = run(folder, "organisations", "remove", "pier", "--yes", "--json").json()
            assert removed == {"name": "pier", "deleted": 1}
            assert pier.get(f"/v2.1/orders/{ref}").status_code == 401

    def test_a_rule_is_used_from_now_on(self, folder: Path, served: Served) -> None:
        run(folder, "rules", "add", "Passport", "passport", "--json").json()
        person = {"identifiers": [{"provider": "passport", "id": "X1"}]}
        with client(served) as api:
            order = api.post("/v2.1/orders", json=ORDER).json()
            contact = api.post(f"/v2.1/orders/{order['ref']}/contacts", json=person).json()
        assert contact["guest"]["href"].startswith(f"{served.url}/v2.1/guests/")


class TestHealth:
    def test_it_is_open_to_everybody(self, tmp_path: Path) -> None:
        with serving(tmp_path) as served:
            for path, status in (("/healthz", "alive"), ("/readyz", "ready")):
                answer = httpx.get(served.url + path)
                assert (answer.status_code, answer.json()) == (200, {"status": status})


class TestFigures:
    def test_they_are_on_a_port_of_their_own_where_they_are_asked_for(self, tmp_path: Path) -> None:
        with serving(tmp_path, "--metrics-port", "0", **CONFIGURED) as served:
            found = re.search(r"figures are at port (\d+) of 127\.0\.0\.1", served.log)
            assert found is not None, served.log
            with client(served) as api:
                assert api.post("/v2.1/orders", json=ORDER).status_code == 201
                assert api.get("/metrics").status_code == 404
            text = httpx.get(f"http://127.0.0.1:{found[1]}/metrics").text
            counted = 'orderfolio_http_requests_total{operation="createOrder",status="201"} 1.0'
            assert counted in text.splitlines()
            assert served.stop() == 0
            assert "Traceback" not in served.log

    def test_a_port_that_is_taken_is_one_sentence(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            arguments = ("--port", "0", "--metrics-port", str(port))
            refused = run(tmp_path, "serve", *arguments).refusal()
        assert refused == f"Port {port} of 127.0.0.1 can't be listened on: Address already in use."


class TestLogs:
    def test_each_line_is_an_object_that_keeps_secrets(self, tmp_path: Path) -> None:
        with serving(tmp_path, "--log-format", "json", **CONFIGURED) as served:
            with client(served) as api:
                api.get(
                    "/v2.1/guests",
                    params={"email": "ada@example.com"},
                    headers={"X-Request-Id": "seen-in-the-log"},
                )
                api.post("/v2.1/orders", content=b"{")
            httpx.get(f"{served.url}/docs")
            httpx.get(f"{served.url}/v2.1/orders", auth=("nobody", "wrong-token"))
            assert served.stop() == 0
            lines = [json.loads(line) for line in served.log.splitlines()]
            sent = b64encode(":".join(KEYS).encode()).decode()
            for secret in (*KEYS[1:], sent, "wrong-token", "Basic ", "ada@", "email="):
                assert secret not in served.log
        asked = [line for line in lines if line["logger"] == "orderfolio.access"]
        seen = [(line["method"], line["path"], line["status"]) for line in asked]
        assert [row for row in seen if row[1] != "/readyz"] == [
            ("GET", "/v2.1/guests", 200),
            ("POST", "/v2.1/orders", 400),
            ("GET", "/docs", 200),
            ("GET", "/v2.1/orders", 401),
        ]
        [line] = [line for line in asked if line["path"] == "/v2.1/guests"]
        assert line["request_id"] == "seen-in-the-log"
        assert set(line) == {
            *("time", "level", "logger", "request_id", "client", "client_key"),
            *("method", "path", "status", "duration_ms", "bytes"),
        }
        assert all(line["request_id"] for line in asked)

    def test_no_line_is_written_where_none_is_wanted(self, tmp_path: Path) -> None:
        with serving(tmp_path, "--no-access-log", "--log-level", "warning") as served:
            httpx.get(f"{served.url}/v2.1/orders")
            assert served.stop() == 0
            assert served.log == ""


def opened(pid: int) -> Iterator[Path]:
    """What a process has open, but for what it closes meanwhile."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            yield link.readlink()


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_what_was_accepted_is_finished(self, tmp_path: Path, number: signal.Signals) -> None:
        body = json.dumps(ORDER).encode()
        with serving(tmp_path, **CONFIGURED) as served:
            with begun_order(served, KEYS, len(body)) as slow:
                served.process.send_signal(number)
                time.sleep(0.5)
                assert served.process.poll() is None
                slow.sendall(body)
                answer = slow.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 201 ")
            assert served.process.wait(STOP_SECONDS) == 0
            assert "Traceback" not in served.log
        with serving(tmp_path, **CONFIGURED) as served, client(served) as api:
            assert len(api.get("/v2.1/orders").json()["items"]) == 1

    def test_nobody_new_is_served_and_a_kept_connection_doesn_t_hold_it(
        self, tmp_path: Path
    ) -> None:
        with serving(tmp_path, **CONFIGURED) as served, client(served) as api:
            assert api.get("/v2.1/orders").status_code == 200
            began = time.monotonic()
            assert served.stop() == 0
            assert time.monotonic() - began < 5
            with pytest.raises(httpx.TransportError):
                api.get("/v2.1/orders")

    def test_balancers_are_told_before_the_port_closes_and_a_second_signal_ends_it(
        self, tmp_path: Path
    ) -> None:
        with serving(tmp_path, "--drain-seconds", "600") as served:
            served.process.send_signal(signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while httpx.get(f"{served.url}/readyz").is_success and time.monotonic() < deadline:
                time.sleep(0.02)
            assert httpx.get(f"{served.url}/readyz").status_code == 503
            assert httpx.get(f"{served.url}/healthz").status_code == 200
            assert served.stop() == 0

    def test_when_a_key_was_last_used_is_kept_at_the_end(self, tmp_path: Path) -> None:
        with serving(tmp_path, **CONFIGURED) as served:
            with client(served) as api:
                api.get("/v2.1/orders")
                # The first use is written meanwhile; the next would be in a minute.
                time.sleep(2)
                began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                api.get("/v2.1/orders")
            assert served.stop() == 0
        [row] = run(tmp_path, "credentials", "list", "--json").json()
        assert row["lastUsedAt"] >= began

    def test_a_private_database_leaves_nothing_behind(self, tmp_path: Path) -> None:
        place = Path("/dev/shm" if os.access("/dev/shm", os.W_OK) else tmp_path)
        with serving(tmp_path, "--database", "sqlite://", TMPDIR=str(tmp_path)) as served:
            with client(served, served.credentials) as api:
                assert api.post("/v2.1/orders", json=ORDER).status_code == 201
            [folder] = {
                path.parent for path in opened(served.process.pid) if "orderfolio-" in str(path)
            }
            assert folder.parent == place
            assert served.stop() == 0
        assert not folder.exists()
        assert list(tmp_path.glob("*.db*")) == []


async def flood(url: str, acknowledged: list[str], begun: asyncio.Event, least: int) -> None:
    """Post orders until the server is gone; the refs of those that were answered. It has
    `begun` when there are that many."""

    async def post(client: httpx.AsyncClient, worker: int) -> None:
        number = 0
        while True:
            number += 1
            body = {**ORDER, "referenceId": f"W{worker}-{number}"}
            try:
                answer = await client.post("/v2.1/orders", json=body)
            except httpx.TransportError:
                return
            assert answer.status_code == 201
            acknowledged.append(answer.json()["ref"])
            if len(acknowledged) >= least:
                begun.set()

    async with httpx.AsyncClient(base_url=url, auth=KEYS, timeout=START_SECONDS) as client:
        await asyncio.gather(*(post(client, worker) for worker in range(16)))


class TestKilling:
    def test_every_acknowledged_order_is_there_after_a_kill(self, tmp_path: Path) -> None:
        acknowledged: list[str] = []

        async def load(served: Served) -> None:
            begun = asyncio.Event()
            least = len(acknowledged) + LEAST
            flooding = asyncio.create_task(flood(served.url, acknowledged, begun, least))
            async with asyncio.timeout(START_SECONDS):
                await begun.wait()
            await asyncio.sleep(0.5)
            served.process.kill()
            await flooding

        for _ in range(2):
            with serving(tmp_path, "--no-access-log", **CONFIGURED) as served:
                asyncio.run(load(served))
                assert served.process.wait(STOP_SECONDS) == -signal.SIGKILL
        with serving(tmp_path, **CONFIGURED) as served, client(served) as api:
            there: set[str] = set()
            address = f"{served.url}/v2.1/orders?limit=100"
            while address:
                page = api.get(address).json()
                there |= {item["ref"] for item in page["items"]}
                address = page.get("next", {}).get("href")
            assert set(acknowledged) <= there
            assert served.stop() == 0
        assert_sound(tmp_path / "orderfolio.db")


def assert_sound(path: Path) -> None:
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert database.pragma("integrity_check") == "ok"
    finally:
        database.close()


class TestTwoOnOneFile:
    def test_they_wait_for_each_other_and_keep_every_promise(self, tmp_path: Path) -> None:
        """It isn't what docs/settings.md advises, yet it does no harm."""

        async def post(served: Served) -> list[str]:
            async with httpx.AsyncClient(base_url=served.url, auth=KEYS, timeout=30) as api:
                bodies = [{**ORDER, "referenceId": f"R{number}"} for number in range(60)]
                sent = await asyncio.gather(*(api.post("/v2.1/orders", json=b) for b in bodies))
                assert {answer.status_code for answer in sent} == {201}
                return [answer.json()["ref"] for answer in sent]

        async def both(one: Served, two: Served) -> tuple[list[str], list[str]]:
            return await asyncio.gather(post(one), post(two))

        with serving(tmp_path, **CONFIGURED) as one, serving(tmp_path, **CONFIGURED) as two:
            # Each order was posted to both: it is one order, in the eyes of both.
            refs, same = asyncio.run(both(one, two))
            assert refs == same
            assert len(set(refs)) == 60
            for served in (one, two):
                with client(served) as api:
                    page = api.get("/v2.1/orders?limit=100").json()
                    assert {item["ref"] for item in page["items"]} == set(refs)
            assert one.stop() == 0
            with client(two) as api:
                assert api.delete(f"/v2.1/orders/{refs[0]}").status_code == 204
            assert two.stop() == 0
        assert_sound(tmp_path / "orderfolio.db")


def test_a_refused_start_is_a_sentence_and_an_exit_code(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = run(tmp_path, "serve", "--port", str(port)).refusal()
        assert refused == f"Port {port} of 127.0.0.1 can't be listened on: Address already in use."
    assert run(tmp_path, "serve", ORDERFOLIO_PROT="1").refusal() == (
        "ORDERFOLIO_PROT: no setting is called that; the nearest is ORDERFOLIO_PORT."
    )


def test_a_token_that_is_easily_guessed_is_for_this_machine_only(tmp_path: Path) -> None:
    easy = CONFIGURED | {"ORDERFOLIO_API_TOKEN": "secret"}
    for host in ("0.0.0.0", "::", "192.0.2.1"):
        refused = run(tmp_path, "serve", "--port", "0", "--host", host, **easy).refusal()
        assert refused.startswith(
            f"The server would be reachable on {host} with an api_token that has fewer than 16 "
        )
        assert "secret" not in refused
    assert not (tmp_path / "orderfolio.db").exists()
    with serving(tmp_path, "--host", "localhost", **easy) as served:
        assert served.stop() == 0
    with serving(tmp_path, "--host", "0.0.0.0", **CONFIGURED) as served:
        assert served.stop() == 0
