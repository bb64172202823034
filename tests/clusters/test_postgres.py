"""The throwaway server keeps what it was told to keep, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clusters import binaries, caretaker, psql
from tests.clusters.postgres import Server

GONE_SECONDS = 20

# Says where its server works, then waits for its own end.
OWNER = """
import signal, sys, time
from tests.clusters.postgres import Server
# What a shell starts in the background ignores Ctrl-C, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
server = Server()
server.start()
print(server.folder.path, flush=True)
time.sleep(float(sys.argv[1]))
"""


# Whoever asks for `postgres` without a use for it is left out where there can be no server.


@pytest.fixture(scope="module")
def own(postgres: Server) -> Iterator[Server]:
    """A server that may be ended: no other test is on it."""
    with Server() as server:
        yield server


@pytest.fixture
def server(own: Server) -> Server:
    own.start()
    return own


def segments() -> set[int]:
    """The System V shared memory of this machine."""
    lines = Path("/proc/sysvipc/shm").read_text("ascii").splitlines()[1:]
    return {int(line.split()[1]) for line in lines}


def segment(folder: Path) -> int:
    """That of the server in `folder`."""
    return int((folder / "data" / "postmaster.pid").read_text("ascii").splitlines()[6].split()[1])


def is_gone(folder: Path) -> bool:
    deadline = time.monotonic() + GONE_SECONDS
    while time.monotonic() < deadline:
        if not folder.exists() and not caretaker.working_in(folder):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where programs are looked for, with none in it."""
    monkeypatch.setattr(binaries, "DEBIAN", tmp_path)
    monkeypatch.setattr(binaries, "WHEEL", "none_of_this_name")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def install(folder: Path, version: str) -> Path:
    """Programs that know their version and nothing else."""
    folder.mkdir(parents=True)
    for program in binaries.NEEDED:
        (folder / program).write_text(f"#!/bin/sh\necho '(PostgreSQL) {version}.3'\n")
        (folder / program).chmod(0o755)
    return folder


class TestPrograms:
    def test_of_an_older_server_are_passed_over(self, bare: Path) -> None:
        for version in ("9", "14", "15", "16"):
            install(bare / version / "bin", version)
        (bare / "16" / "bin" / "psql").unlink()
        assert binaries.find() == bare / "15" / "bin"

    def test_of_a_wheel_are_taken_where_no_server_is_installed(
        self, bare: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(binaries, "WHEEL", "wheel_of_servers")
        monkeypatch.syspath_prepend(bare / "packages")
        package = bare / "packages" / "wheel_of_servers"
        shipped = install(package / "pginstall18" / "bin", "18")
        (package / "__init__.py").touch()
        assert binaries.find() == shipped
        installed = install(bare / "15" / "bin", "15")
        assert binaries.find() == installed

    def test_that_are_missing_are_told_of_in_a_sentence(self, bare: Path) -> None:
        with pytest.raises(binaries.Missing, match="There is no PostgreSQL 15 or later here"):
            binaries.find()


class TestServer:
    def test_answers_in_utf_8_and_keeps_what_it_acknowledges(self, server: Server) -> None:
        assert server.sql("postgres", "SHOW server_encoding") == "UTF8"
        for promise in ("fsync", "full_page_writes", "synchronous_commit"):
            assert server.sql("postgres", f"SHOW {promise}") == "on"

    def test_says_why_it_refuses(self, server: Server) -> None:
        with pytest.raises(psql.Refused, match='relation "nothing" does not exist'):
            server.sql("postgres", "SELECT * FROM nothing")

    def test_is_started_once(self, server: Server) -> None:
        began = server.sql("postgres", "SELECT pg_postmaster_start_time()")
        server.start()
        assert server.sql("postgres", "SELECT pg_postmaster_start_time()") == began

    @pytest.mark.parametrize("mode", ["fast", "immediate"])
    def test_that_was_stopped_starts_with_all_it_had(self, server: Server, mode: str) -> None:
        database = f"stopped_{mode}"
        server.create_database(database)
        server.sql(database, "CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)")
        server.stop("fast" if mode == "fast" else "immediate")
        with pytest.raises(psql.Refused, match="Connection refused"):
            server.sql(database, "SELECT 1")
        server.start()
        assert server.sql(database, "SELECT number FROM kept") == "7"

    def test_that_was_killed_starts_at_once_with_all_it_had(self, server: Server) -> None:
        server.create_database("killed")
        server.sql("killed", "CREATE TABLE kept (number int)")
        for number in range(3):
            server.sql("killed", f"INSERT INTO kept VALUES ({number})")
            server.kill()
            assert not server.is_running
            server.start()
        assert server.sql("killed", "SELECT count(*) FROM kept") == "3"

    def test_that_is_paused_takes_connections_and_answers_nobody(self, server: Server) -> None:
        server.pause()
        try:
            # The shortest wait that the client knows.
            with pytest.raises(psql.Refused, match="timeout expired"):
                psql.ask(server.url("postgres") + "?connect_timeout=2", "SELECT 1")
        finally:
            server.resume()
        assert server.sql("postgres", "SELECT 1") == "1"

    def test_that_can_not_start_says_why(self, postgres: Server) -> None:
        with Server() as server:
            (server.folder.path / "data" / "global" / "pg_control").unlink()
            with pytest.raises(RuntimeError, match="pg_control"):
                server.start()


class TestDatabases:
    def test_are_copied_from_a_template(self, postgres: Server) -> None:
        postgres.create_database("pattern")
        postgres.sql("pattern", "CREATE TABLE drawn (number int); INSERT INTO drawn VALUES (1)")
        url = postgres.create_database('a "copy"', template="pattern")
        assert psql.ask(url, "SELECT number FROM drawn") == "1"
        postgres.drop_database('a "copy"')
        postgres.drop_database("pattern")

    def test_are_dropped_with_whoever_is_connected(self, postgres: Server) -> None:
        url = postgres.create_database("visited")
        visitor = subprocess.Popen(
            [binaries.find() / "psql", "--no-psqlrc", "--dbname", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with visitor:
            here = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'visited'"
            while postgres.sql("postgres", here) != "1":
                time.sleep(0.01)
            postgres.drop_database("visited")
            postgres.drop_database("visited")
        with pytest.raises(psql.Refused, match="does not exist"):
            postgres.sql("visited", "SELECT 1")


class TestSettings:
    def test_hold_when_they_are_set_and_are_taken_back(self, postgres: Server) -> None:
        before = postgres.sql("postgres", "SHOW work_mem")
        postgres.set("work_mem", "5MB")
        assert postgres.sql("postgres", "SHOW work_mem") == "5MB"
        postgres.set("work_mem", None)
        assert postgres.sql("postgres", "SHOW work_mem") == before


class TestWhatIsLeftBehind:
    @pytest.mark.parametrize("end", ["close", "kill", "pause"])
    def test_is_nothing_after_its_close(self, postgres: Server, end: str) -> None:
        with Server() as server:
            server.start()
            folder = server.folder.path
            memory = segment(folder)
            assert memory in segments()
            if end == "kill":
                server.kill()
            elif end == "pause":
                server.pause()
        assert not folder.exists()
        assert caretaker.working_in(folder) == []
        assert memory not in segments()

    @pytest.mark.parametrize(
        "number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, None], ids=str
    )
    def test_is_nothing_after_the_end_of_its_process(
        self, postgres: Server, number: signal.Signals | None
    ) -> None:
        seconds = "0" if number is None else "60"
        with subprocess.Popen(
            [sys.executable, "-c", OWNER, seconds],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as owner:
            assert owner.stdout is not None
            folder = Path(owner.stdout.readline().strip())
            if number is not None:
                assert caretaker.working_in(folder)
                owner.send_signal(number)
        assert is_gone(folder)
