"""How a PostgreSQL database is brought to the program's version, by one or by several at once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clusters import psql
from tests.clusters.postgres import Server
from tests.store.openings import bare, migrated, opened

from orderfolio.errors import CannotStart
from orderfolio.store import postgres as engine
from orderfolio.store.migrating import Migration, migrations_of
from orderfolio.store.postgres import migrating

ROOT: Final = Path(__file__).parents[2]

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
    with bare(postgres) as url:
        yield url


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


class TestMigrating:
    def test_several_at_once_agree(self, url: str) -> None:
        program = (
            "import sys; from tests.store.openings import opened; "
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
    with bare(server) as url:
        migrated(url)
        yield url
