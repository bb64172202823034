"""Which PostgreSQL databases are opened, and which are refused and in what words."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from tests.clusters import psql
from tests.clusters.ports import free_port
from tests.clusters.postgres import Server
from tests.journeys.tools import leave_out
from tests.store.openings import bare, migrated, opened

from orderfolio.errors import CannotStart
from orderfolio.store.migrating import migrations_of
from orderfolio.store.postgres import sessions

ROOT: Final = Path(__file__).parents[2]
NEWEST: Final = len(migrations_of("postgres"))
PASSWORD: Final = "opensesame"


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with bare(postgres) as url:
        yield url


def refused(url: str) -> str:
    with pytest.raises(CannotStart) as caught:
        opened(url)
    return str(caught.value)


class TestOpening:
    def test_an_empty_one_is_refused_with_what_to_do(self, url: str) -> None:
        assert refused(url) == (
            f"the database is empty; orderfolio migrate, or serve --migrate, brings it to {NEWEST}"
        )
        assert psql.ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == "0"

    def test_it_is_migrated_where_that_is_asked_for(self, url: str) -> None:
        key = opened(url, migrates=True)
        assert len(key) == 32
        assert opened(url) == key

    def test_an_older_schema_is_refused_with_what_to_do(self, url: str) -> None:
        migrated(url)
        psql.ask(url, f"DELETE FROM migrations WHERE version = {NEWEST}")
        assert refused(url) == (
            f"the database has version {NEWEST - 1}; orderfolio migrate, or serve --migrate, "
            f"brings it to {NEWEST}"
        )

    @pytest.mark.parametrize("migrates", [False, True])
    def test_a_newer_schema_that_serves_this_program_is_used(
        self, url: str, migrates: bool
    ) -> None:
        migrated(url)
        psql.ask(url, f"INSERT INTO migrations (version, serves) VALUES (9000, {NEWEST})")
        assert len(opened(url, migrates=migrates)) == 32

    @pytest.mark.parametrize("migrates", [False, True])
    def test_a_newer_schema_that_does_not_is_refused(self, url: str, migrates: bool) -> None:
        migrated(url)
        psql.ask(url, f"INSERT INTO migrations (version, serves) VALUES (9000, {NEWEST + 1})")
        with pytest.raises(CannotStart) as caught:
            opened(url, migrates=migrates)
        assert str(caught.value) == (
            "the database has version 9000, made by a newer program; "
            f"this one knows versions up to {NEWEST}"
        )

    def test_a_socket_is_as_good_as_a_port(self, postgres: Server, url: str) -> None:
        migrated(url)
        name = url.rsplit("/", 1)[1]
        folder = f"host={postgres.folder.path}&port={postgres.port}&user=postgres"
        assert opened(f"postgresql:///{name}?{folder}") == opened(url)

    def test_of_several_hosts_the_one_that_writes_is_found(
        self, postgres: Server, url: str
    ) -> None:
        migrated(url)
        name = url.rsplit("/", 1)[1]
        hosts = f"127.0.0.1:{free_port()},127.0.0.1:{postgres.port}"
        several = f"postgresql://postgres@{hosts}/{name}?target_session_attrs=read-write"
        assert opened(several) == opened(url)


class TestRefusals:
    def test_an_old_server(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        old = asyncpg.types.ServerVersion(14, 9, 0, "final", 0)
        monkeypatch.setattr(asyncpg.Connection, "get_server_version", lambda _: old)
        assert refused(url) == "the database runs PostgreSQL 14; orderfolio needs 15 or later"

    def test_one_that_does_not_sync(self, postgres: Server, url: str) -> None:
        migrated(url)
        with changed(postgres, "fsync", "off"):
            assert refused(url) == (
                "the database runs with fsync = off, and would lose acknowledged orders in a "
                "power cut; turn it on in postgresql.conf"
            )
        assert opened(url)

    def test_one_that_may_tear_pages_is_warned_about(
        self, postgres: Server, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        migrated(url)
        with changed(postgres, "full_page_writes", "off"):
            assert opened(url)
        [record] = [record for record in caplog.records if record.levelname == "WARNING"]
        assert record.message.startswith("the database runs with full_page_writes = off: ")

    def test_one_that_acknowledges_early_is_told_not_to(self, url: str) -> None:
        migrated(url)
        name = url.rsplit("/", 1)[1]
        psql.ask(url, f"ALTER DATABASE {name} SET synchronous_commit = off")

        async def setting() -> object:
            connection = await sessions.connect(url)
            try:
                return await connection.fetchval("SHOW synchronous_commit")
            finally:
                connection.terminate()

        assert psql.ask(url, "SHOW synchronous_commit") == "off"
        assert asyncio.run(setting()) == "on"

    def test_another_encoding(self, postgres: Server) -> None:
        postgres.sql(
            "postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'"
        )
        try:
            assert refused(postgres.url("latin")) == (
                "the database is encoded in LATIN1; orderfolio needs UTF8"
            )
        finally:
            postgres.drop_database("latin")

    def test_another_password(self, postgres: Server, url: str) -> None:
        with locked(postgres):
            wrong = f"postgresql://locked:{PASSWORD}-@127.0.0.1:{postgres.port}/postgres"
            assert refused(wrong) == (
                'the database can\'t be reached: password authentication failed for user "locked"'
            )
            right = wrong.replace(f"{PASSWORD}-", PASSWORD)
            assert refused(right).startswith("the database is empty; ")

    def test_a_database_that_is_not_there(self, postgres: Server) -> None:
        assert refused(postgres.url("nowhere")) == (
            'the database can\'t be reached: database "nowhere" does not exist'
        )

    def test_a_port_where_nobody_is(self) -> None:
        url = f"postgresql://a:{PASSWORD}@127.0.0.1:{free_port()}/b"
        sentence = refused(url)
        assert sentence.startswith("the database can't be reached: ")
        assert PASSWORD not in sentence

    def test_a_host_that_nobody_knows(self) -> None:
        sentence = refused(f"postgresql://a:{PASSWORD}@nowhere.invalid/b")
        assert sentence.startswith("the database can't be reached: ")
        assert PASSWORD not in sentence

    def test_a_server_that_never_answers(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            began = time.monotonic()
            url = f"postgresql://a:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/b"
            assert refused(url) == "the database can't be reached: it doesn't answer"
            assert time.monotonic() - began < 3 * sessions.CONNECT_SECONDS

    @pytest.mark.parametrize(
        ("rest", "words"),
        [
            ("host:port/c", "look at its port"),
            ("host:1:2/c", "look at its port"),
            ("host/c?sslmode=perhaps", "`sslmode` parameter must be one of: "),
        ],
    )
    def test_an_address_that_means_nothing(self, rest: str, words: str) -> None:
        sentence = refused(f"postgresql://a:{PASSWORD}@{rest}")
        assert sentence.startswith(f"the database's address can't be understood: {words}")
        assert PASSWORD not in sentence

    def test_a_server_that_only_reads(self, url: str) -> None:
        migrated(url)
        name = url.rsplit("/", 1)[1]
        psql.ask(url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        assert refused(url) == (
            "the database can only be read there: name the server that writes, or all of them"
        )

    def test_a_database_that_has_lost_its_ledger(self, url: str) -> None:
        migrated(url)
        psql.ask(url, "DROP TABLE migrations")
        assert refused(url).startswith("the database is empty; ")
        assert len(opened(url, migrates=True)) == 32


class TestPoolers:
    @pytest.mark.parametrize("mode", ["session", "transaction"])
    @pytest.mark.parametrize("ignored", ["extra_float_digits", ",".join(sessions.SETTINGS)])
    def test_are_refused(self, postgres: Server, url: str, mode: str, ignored: str) -> None:
        migrated(url)
        with pooled(postgres, mode, ignored) as port:
            assert refused(url.replace(f":{postgres.port}/", f":{port}/")) == (
                "a connection pooler, such as PgBouncer, stands before the database; orderfolio "
                "keeps few connections and prepares its statements on them: give it the address "
                "of PostgreSQL itself"
            )
        assert opened(url)


@contextmanager
def changed(server: Server, name: str, value: str) -> Iterator[None]:
    """A setting of the server, for a moment."""
    server.set(name, value)
    try:
        yield
    finally:
        server.set(name, None)


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """A user who must show a password."""
    rules = server.folder.path / "data" / "pg_hba.conf"
    before = rules.read_text("utf-8")
    server.sql("postgres", f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'")
    rules.write_text(f"host all locked 127.0.0.1/32 scram-sha-256\n{before}", "utf-8")
    # A change of a setting waits until the server has read its files again.
    server.set("log_min_messages", "warning")
    try:
        yield
    finally:
        rules.write_text(before, "utf-8")
        server.sql("postgres", "DROP ROLE locked")
        server.set("log_min_messages", None)


@contextmanager
def pooled(server: Server, mode: str, ignored: str) -> Iterator[int]:
    """The port of a PgBouncer before the server, which takes these settings without heed."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        leave_out("There is no pgbouncer here to refuse.")
    port = free_port()
    folder = server.folder.path / f"pooler-{port}"
    server.folder.make(folder.name)
    (folder / "users").write_text('"postgres" ""\n', "utf-8")
    (folder / "settings").write_text(
        f"[databases]\n* = host=127.0.0.1 port={server.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {folder}/users\npool_mode = {mode}\n"
        f"ignore_startup_parameters = {ignored}\n",
        "utf-8",
    )
    with (folder / "log").open("wb") as log:
        pooler = server.folder.spawn(program, folder / "settings", log=log)
    try:
        wait_for(port)
        yield port
    finally:
        pooler.kill()
        pooler.wait()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)
        else:
            return
