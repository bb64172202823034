"""Several processes behind one address: what clients see of it, whatever happens to them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest
import trustme
from tests.clusters.postgres import Server
from tests.journeys.programs import (
    HERE,
    STOP_SECONDS,
    Served,
    begun_order,
    environment,
    run,
    serving,
)
from tests.telemetry.readings import Reading, of, read

KEYS: Final = ("demo", "a-token-that-this-test-chose")
CONFIGURED: Final = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
ORDER: Final = {"orderedAt": "2024-01-01T16:17:16Z", "currencyCode": "EUR", "price": 100.10}
WAIT_SECONDS: Final = 30
# Enough for a machine that is busy with other things.
SILENCE_SECONDS: Final = 8
# The program, but that a worker that hangs is noticed earlier.
ALERT: Final = (
    sys.executable,
    "-c",
    f"""
from orderfolio.cli import main
from orderfolio.crews import patience

patience.SILENCE_SECONDS = {SILENCE_SECONDS}
main()
""",
)


@pytest.fixture
def options(postgres_url: str) -> tuple[str, ...]:
    return ("--database", postgres_url, "--workers", "2", "--log-format", "json")


@pytest.fixture
def served(tmp_path: Path, options: tuple[str, ...]) -> Iterator[Served]:
    with serving(tmp_path, *options, "--metrics-port", "0", **CONFIGURED) as served:
        yield served


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def workers(served: Served) -> list[int]:
    """The processes that serve, the oldest first."""
    number = served.process.pid
    return [
        int(word) for word in Path(f"/proc/{number}/task/{number}/children").read_text().split()
    ]


def is_replaced(served: Served, gone: int) -> bool:
    """Whether it has left the list, where who ended stays until it is asked for, and two serve."""
    now = workers(served)
    return len(now) == 2 and gone not in now


def are_gone(processes: list[int]) -> bool:
    return not any(is_running(number) for number in processes)


def is_running(number: int) -> bool:
    """Whether it has anything to run: whoever inherits one that ended may never ask for it."""
    try:
        told = Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] not in {"Z", "X"}


def ask(served: Served, number: int = 1) -> None:
    """So many requests, each on a connection of its own."""
    for _ in range(number):
        answer = httpx.get(f"{served.url}/v2.1/orders", auth=KEYS, timeout=WAIT_SECONDS)
        assert answer.status_code == 200


def answered(served: Served) -> list[int]:
    """Which workers answered requests for orders, one after the other."""
    # The last one may be half written.
    lines = [json.loads(line) for line in served.log.split("\n")[:-1]]
    return [line["worker"] for line in lines if line.get("path") == "/v2.1/orders"]


def messages(served: Served, beginning: str) -> list[str]:
    """What the log tells besides requests, where it begins with that."""
    lines = (json.loads(line).get("message", "") for line in served.log.splitlines())
    return [line for line in lines if line.startswith(beginning)]


def send(connection: HTTPConnection) -> None:
    """A request, on a connection that stays."""
    credentials = b64encode(":".join(KEYS).encode()).decode()
    connection.request("GET", "/v2.1/orders", headers={"Authorization": f"Basic {credentials}"})


@contextmanager
def stopped(number: int) -> Iterator[None]:
    """A process that does nothing until the body ends, as one that hangs."""
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGCONT)


def figures(served: Served) -> Reading:
    found = re.search(r"figures are at port (\d+) of 127\.0\.0\.1", served.log)
    assert found is not None, served.log
    return read(httpx.get(f"http://127.0.0.1:{found[1]}/metrics").text)


def asked(served: Served) -> float:
    return of(figures(served), "http_requests_total", operation="listOrders", status="200")


def is_listening(url: str) -> bool:
    address = urlsplit(url)
    try:
        with socket.create_connection((address.hostname, address.port), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


class TestServing:
    def test_each_of_them_answers_and_all_have_the_same_orders(self, served: Served) -> None:
        with httpx.Client(base_url=served.url, auth=KEYS) as api:
            created = [
                api.post("/v2.1/orders", json={**ORDER, "referenceId": f"R-{number}"}).json()["ref"]
                for number in range(5)
            ]

        def both_have() -> bool:
            page = httpx.get(f"{served.url}/v2.1/orders", auth=KEYS).json()
            assert {item["ref"] for item in page["items"]} == set(created)
            return set(answered(served)[5:]) == {1, 2}

        wait_until(both_have)
        assert served.stop() == 0, served.log
        assert "Traceback" not in served.log

    def test_what_they_count_is_added_up(self, served: Served) -> None:
        ask(served, 20)
        assert asked(served) == 20
        now = figures(served)
        for worker in ("1", "2"):
            labels = frozenset({("worker", worker)})
            assert now["process_resident_memory_bytes", labels] > 1_000_000
            assert now["process_cpu_seconds_total", labels] > 0
        assert of(now, "store_read_seconds_count") >= 20

    def test_as_many_as_there_are_cores_is_the_default(
        self, tmp_path: Path, postgres_url: str
    ) -> None:
        wanted = min(len(os.sched_getaffinity(0)), 8)
        with serving(tmp_path, "--database", postgres_url, **CONFIGURED) as served:
            assert len(workers(served)) == (wanted if wanted > 1 else 0)
            assert served.stop() == 0

    def test_nothing_secret_is_in_the_list_of_processes(self, served: Served) -> None:
        for number in workers(served):
            line = Path(f"/proc/{number}/cmdline").read_text()
            assert KEYS[1] not in line
            assert "postgresql" not in line

    def test_each_speaks_https_where_there_is_a_certificate(
        self, tmp_path: Path, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        private = ("--tls-certificate", "server.pem", "--tls-key", "server.pem")
        with serving(tmp_path, *options, *private, **CONFIGURED) as served:
            assert served.url.startswith("https://")

            def both_answered() -> bool:
                ask(served)
                return set(answered(served)) == {1, 2}

            wait_until(both_answered)
            assert served.stop() == 0


class TestFirstStart:
    def test_credentials_are_made_and_shown_once(
        self, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        with serving(tmp_path, *options) as served:
            key, token = served.credentials
            assert served.output.count("serves http") == 1
            assert served.output.count("API token") == 1
            for _ in range(6):
                answer = httpx.get(f"{served.url}/v2.1/orders", auth=(key, token))
                assert answer.status_code == 200
            assert served.stop() == 0
            assert token not in served.log
        with serving(tmp_path, *options) as again:
            assert "API token" not in again.output
            assert again.stop() == 0

    def test_the_schema_is_made_once(self, tmp_path: Path, postgres: Server) -> None:
        url = postgres.create_database("unborn")
        try:
            with serving(
                tmp_path, "--database", url, "--workers", "2", "--migrate", **CONFIGURED
            ) as served:
                ask(served)
                assert served.log.count("migrating the database to version 1:") == 1
                assert served.stop() == 0
        finally:
            postgres.drop_database("unborn")


class TestRefusals:
    def test_a_port_that_is_taken(self, tmp_path: Path, options: tuple[str, ...]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused = run(tmp_path, "serve", *options, "--port", str(port)).refusal()
        assert refused == f"Port {port} of 127.0.0.1 can't be listened on: Address already in use."

    def test_a_port_for_figures_that_is_taken(
        self, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            ports = ("--port", "0", "--metrics-port", port)
            refused = run(tmp_path, "serve", *options, *ports, **CONFIGURED).refusal()
        assert refused == f"Port {port} of 127.0.0.1 can't be listened on: Address already in use."

    def test_a_database_that_is_not_there(self, tmp_path: Path, postgres: Server) -> None:
        url = postgres.url("nowhere")
        refused = run(tmp_path, "serve", "--port", "0", "--database", url, "--workers", "2")
        assert "nowhere" in refused.refusal()

    def test_a_schema_that_is_not_there(self, tmp_path: Path, postgres: Server) -> None:
        url = postgres.url("postgres")
        refused = run(tmp_path, "serve", "--port", "0", "--database", url, "--workers", "2")
        assert "orderfolio migrate" in refused.refusal()


class TestOneThatDies:
    def test_is_replaced_while_others_answer(self, served: Served) -> None:
        ask(served, 10)
        killed, other = workers(served)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: are_gone([killed]))
        ask(served, 20)
        wait_until(lambda: is_replaced(served, killed))
        assert other in workers(served)
        told = [line for line in served.log.splitlines() if "takes its place" in line]
        assert len(told) == 1
        assert json.loads(told[0])["message"] == (
            "worker 1 ended: it was ended by SIGKILL; another takes its place in 0.2 s"
        )
        before = len(answered(served))

        def new_one_answers() -> bool:
            ask(served)
            return 1 in answered(served)[before:]

        wait_until(new_one_answers)
        assert served.stop() == 0
        assert "Traceback" not in served.log

    def test_what_it_had_counted_stays_counted(self, served: Served) -> None:
        ask(served, 10)
        assert asked(served) == 10
        os.kill(workers(served)[0], signal.SIGKILL)
        wait_until(lambda: "takes its place" in served.log)
        ask(served, 10)
        assert asked(served) == 20

    def test_leaves_the_house_to_another(
        self, served: Served, postgres: Server, postgres_url: str
    ) -> None:
        def is_folded() -> bool:
            return postgres.sql("orderfolio", "SELECT count(*) FROM tallies") == "0"

        def create(name: str) -> None:
            body = {**ORDER, "referenceId": name}
            # One that has just taken another's place may have to begin first.
            url = f"{served.url}/v2.1/orders"
            assert httpx.post(url, json=body, auth=KEYS, timeout=WAIT_SECONDS).is_success

        create("ONE")
        wait_until(is_folded)
        first, second = workers(served)
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: is_replaced(served, first))
        create("TWO")
        wait_until(is_folded)
        os.kill(second, signal.SIGKILL)
        wait_until(lambda: is_replaced(served, second))
        create("THREE")
        wait_until(is_folded)


class TestOneThatHangs:
    @pytest.fixture
    def served(self, tmp_path: Path, options: tuple[str, ...]) -> Iterator[Served]:
        with serving(tmp_path, *options, program=ALERT, **CONFIGURED) as served:
            yield served

    def test_is_replaced_while_others_answer(self, served: Served) -> None:
        address = urlsplit(served.url).netloc
        with closing(HTTPConnection(address, timeout=2 * WAIT_SECONDS)) as connection:
            send(connection)
            connection.getresponse().read()
            wait_until(lambda: len(answered(served)) == 1)
            [number] = answered(served)
            processes = workers(served)
            hung = processes.pop(number - 1)
            with stopped(hung):
                send(connection)
                ask(served, 5)
                # Nobody waits for ever: who is with it is cut off, and may ask again.
                with pytest.raises(ConnectionResetError):
                    connection.getresponse()
                wait_until(lambda: is_replaced(served, hung))
        assert workers(served)[0] == processes[0]
        ask(served, 5)
        assert messages(served, f"worker {number} ") == [
            f"worker {number} is killed: nothing was heard of it for {SILENCE_SECONDS} s",
            f"worker {number} ended: it was ended by SIGKILL; another takes its place in 0.2 s",
        ]
        assert served.stop() == 0
        assert "Traceback" not in served.log

    def test_does_not_hold_up_the_end(self, served: Served) -> None:
        processes = workers(served)
        with stopped(processes[0]):
            began = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(WAIT_SECONDS) == 0
            assert time.monotonic() - began > SILENCE_SECONDS - 2
            assert are_gone(processes)
        assert messages(served, "worker 1 ") == [
            f"worker 1 is killed: nothing was heard of it for {SILENCE_SECONDS} s"
        ]
        assert not is_listening(served.url)

    def test_is_not_whoever_served_while_the_one_that_leads_was_stopped(
        self, served: Served
    ) -> None:
        processes = workers(served)
        with stopped(served.process.pid):
            time.sleep(SILENCE_SECONDS + 2)
            ask(served, 5)
        time.sleep(2)
        assert workers(served) == processes
        assert messages(served, "worker ") == []
        assert served.stop() == 0


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_what_was_accepted_is_finished(self, served: Served, number: signal.Signals) -> None:
        processes = workers(served)
        body = json.dumps({**ORDER, "referenceId": "SLOW"}).encode()
        slow = [begun_order(served, KEYS, len(body)) for _ in range(6)]
        served.process.send_signal(number)
        wait_until(lambda: not is_listening(served.url))
        assert served.process.poll() is None
        answers = []
        for one in slow:
            one.sendall(body)
            answers.append(one.makefile("rb").read())
            one.close()
        assert {answer[:12] for answer in answers} == {b"HTTP/1.1 201"}
        assert served.process.wait(STOP_SECONDS) == 0
        assert are_gone(processes)
        assert "Traceback" not in served.log

    def test_balancers_are_told_by_all_whoever_got_the_signal(
        self, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        with serving(tmp_path, *options, "--drain-seconds", "600", **CONFIGURED) as served:
            # As a service manager does, or a terminal: each process gets it, and it counts once.
            for number in (*workers(served), served.process.pid):
                os.kill(number, signal.SIGTERM)
            wait_until(lambda: httpx.get(f"{served.url}/readyz").status_code == 503)
            for _ in range(10):
                assert httpx.get(f"{served.url}/healthz").status_code == 200
            wait_until(
                lambda: {httpx.get(f"{served.url}/readyz").status_code for _ in range(6)} == {503}
            )
            assert served.stop() == 0

    def test_one_that_dies_meanwhile_is_not_replaced(
        self, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        with serving(tmp_path, *options, "--drain-seconds", "600", **CONFIGURED) as served:
            served.process.send_signal(signal.SIGTERM)
            wait_until(lambda: httpx.get(f"{served.url}/readyz").status_code == 503)
            os.kill(workers(served)[0], signal.SIGKILL)
            wait_until(lambda: len(workers(served)) == 1)
            time.sleep(1)
            assert len(workers(served)) == 1
            ask(served)
            assert served.stop() == 0
            assert "takes its place" not in served.log

    def test_a_signal_before_it_serves_ends_it(
        self, tmp_path: Path, options: tuple[str, ...]
    ) -> None:
        process = subprocess.Popen(
            [*HERE, "serve", "--port", "0", *options],
            cwd=tmp_path,
            env=environment(CONFIGURED),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        place = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        wait_until(lambda: len(place.read_text().split()) == 2)
        begun = [int(word) for word in place.read_text().split()]
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=STOP_SECONDS)
        assert process.returncode == 0, log
        assert are_gone(begun)
        assert b"Traceback" not in log

    def test_workers_end_with_one_that_leads_and_was_killed(self, served: Served) -> None:
        processes = workers(served)
        served.process.kill()
        served.process.wait()
        wait_until(lambda: are_gone(processes))
        assert not is_listening(served.url)
