"""Which PostgreSQL databases are opened, which are refused and in what words, and how they are
migrated."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg
import pytest
from tests.clusters import psql
from tests.clusters.postgres import Server
from tests.store.spelling import SPELLING

from orderfolio.errors import CannotStart
from orderfolio.store import postgres as engine
from orderfolio.store.migrating import Migration, migrations_of
from orderfolio.store.postgres import migrating, sessions

ROOT: Final = Path(__file__).parents[2]
NEWEST: Final = len(migrations_of("postgres"))
PASSWORD: Final = "opensesame"

# All that makes up a schema, spelt by the server itself.
SCHEMA: Final = """
    SELECT 'column', attrelid::regclass::text, attname, format_type(atttypid, atttypmod),
        attnotnull::text, coalesce(pg_get_expr(adbin, adrelid), ''), attcollation::text
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'relation', relname, relkind::text, relpersistence::text, '', '', '' FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index', tablename, indexdef, '', '', '', '' FROM pg_indexes
    WHERE schemaname = 'public'
    UNION ALL
    SELECT 'constraint', conrelid::regclass::text, pg_get_constraintdef(oid), '', '', '', ''
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'view', viewname, definition, '', '', '', '' FROM pg_views WHERE schemaname = 'public'
    UNION ALL
    SELECT 'claims', count(*)::text, count(DISTINCT shard)::text, '', '', '', '' FROM claims
    UNION ALL
    SELECT 'numbering', noun, greatest::text, '', '', '', '' FROM numbering
    UNION ALL
    SELECT 'migration', version::text, serves::text, '', '', '', '' FROM migrations
    ORDER BY 1, 2, 3, 4
"""


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"opening_{os.urandom(4).hex()}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


def opened(url: str, *, migrates: bool = False) -> bytes:
    """The key of a database that was opened and closed."""

    async def use() -> bytes:
        store = await engine.open_store(url, SPELLING, migrates=migrates)
        key = store.cursor_key()
        await store.close()
        return key

    return asyncio.run(use())


def refused(url: str) -> str:
    with pytest.raises(CannotStart) as caught:
        opened(url)
    return str(caught.value)


def migrated(url: str) -> None:
    asyncio.run(engine.migrate(url))


def begun(program: str, url: str) -> subprocess.Popen[str]:
    """A Python program, beside this one, that has `url` as its argument."""
    return subprocess.Popen(
        [sys.executable, "-c", program, url],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


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
        hosts = f"127.0.0.1:{nobodys_port()},127.0.0.1:{postgres.port}"
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
        [record] = caplog.records
        assert record.levelname == "WARNING"
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
        url = f"postgresql://a:{PASSWORD}@127.0.0.1:{nobodys_port()}/b"
        sentence = refused(url)
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


class TestMigrating:
    def test_several_at_once_agree(self, url: str) -> None:
        program = (
            "import sys; from tests.store.test_postgres_opening import opened; "
            "sys.stdin.readline(); print(opened(sys.argv[1], migrates=True).hex())"
        )
        programs = [begun(program, url) for _ in range(3)]
        for each in programs:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        assert {each.communicate()[0].strip() for each in programs} == {opened(url).hex()}
        assert [each.returncode for each in programs] == [0] * 3

    def test_who_waits_goes_on_where_another_was_killed(self, url: str) -> None:
        program = (
            "import asyncio, sys, time\n"
            "from orderfolio.store.postgres import migrate, migrating\n"
            "steps_of = migrating.steps_of\n"
            "def stuck(text):\n"
            "    yield from steps_of(text)[:7]\n"
            "    print('stuck', flush=True)\n"
            "    time.sleep(600)\n"
            "migrating.steps_of = stuck\n"
            "asyncio.run(migrate(sys.argv[1]))\n"
        )
        other = begun(program, url)
        assert other.stdout is not None
        try:
            assert other.stdout.readline() == "stuck\n"

            async def wait_for_it() -> None:
                migration = asyncio.create_task(engine.migrate(url))
                await asyncio.sleep(0.5)
                assert not migration.done()
                other.kill()
                await migration

            asyncio.run(wait_for_it())
        finally:
            other.kill()
            other.communicate()
        assert len(opened(url)) == 32

    def test_one_that_ends_after_any_step_is_taken_up_again(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = migrating.steps_of
        total = sum(len(whole(migration.text)) for migration in migrations_of("postgres"))
        done = 0

        class Ended(Exception):
            pass

        def cut(text: str) -> Iterator[str]:
            nonlocal done
            for step in whole(text):
                if done == limit:
                    raise Ended
                done += 1
                yield step

        monkeypatch.setattr(migrating, "steps_of", cut)
        # What was recorded as applied isn't run again, and leaves no step to stop after.
        for limit in range(1, total):  # noqa: B007 - read in `cut`
            done = 0
            with suppress(Ended):
                migrated(url)
        monkeypatch.setattr(migrating, "steps_of", whole)
        migrated(url)
        with fresh(postgres) as other:
            assert psql.ask(url, SCHEMA) == psql.ask(other, SCHEMA)

    def test_one_version_at_a_time_makes_what_all_at_once_make(
        self, postgres: Server, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        all_of_them = migrations_of("postgres")
        for count in range(1, len(all_of_them) + 1):
            monkeypatch.setattr(migrating, "migrations_of", until(all_of_them, count))
            migrated(url)
            assert psql.ask(url, "SELECT max(version) FROM migrations") == str(count)
            if count == 1:
                psql.ask(url, "INSERT INTO organisations VALUES (7, 'kept', 0)")
        assert psql.ask(url, "SELECT name FROM organisations") == "kept"
        with fresh(postgres) as other:
            assert psql.ask(url, SCHEMA) == psql.ask(other, SCHEMA)

    def test_a_step_that_fails_is_told_and_nothing_is_recorded(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nonsense = Migration(1, "nonsense", "INSERT INTO nowhere VALUES (1);")
        monkeypatch.setattr(migrating, "migrations_of", lambda _: (nonsense,))
        with pytest.raises(CannotStart) as caught:
            migrated(url)
        assert str(caught.value) == (
            'the database can\'t be migrated: relation "nowhere" does not exist'
        )
        assert psql.ask(url, "SELECT max(version) FROM migrations") == "0"

    def test_each_says_whom_it_serves(self) -> None:
        assert migrating.serves(Migration(5, "strict", "SELECT 1;")) == 5
        assert migrating.serves(Migration(5, "kind", "-- serves: 3\nSELECT 1;")) == 3
        for migration in migrations_of("postgres"):
            assert 1 <= migrating.serves(migration) <= migration.version

    def test_steps_are_statements(self) -> None:
        assert migrating.steps_of("-- Why;\nA\n  (b);\n\nC;\n") == ["A\n  (b)", "C"]


def until(migrations: Sequence[Migration], count: int) -> Callable[[str], Any]:
    return lambda _: tuple(migrations[:count])


@contextmanager
def fresh(server: Server) -> Iterator[str]:
    """A database that was migrated at once."""
    url = server.create_database("fresh")
    try:
        migrated(url)
        yield url
    finally:
        server.drop_database("fresh")


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


def nobodys_port() -> int:
    """One that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
