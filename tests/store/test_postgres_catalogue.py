"""PostgreSQL's catalogue and plans keep the rules of a cluster, and of long tables."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
import pytest
from tests.clusters.postgres import Server
from tests.store.test_catalogue import (
    SCANNED,
    UNSHARDED,
    WHOLE_ORGANISATION,
    WHOLE_TABLES,
)

from orderfolio.store import postgres, statements
from orderfolio.store.connections import Value
from orderfolio.store.migrating import migrations_of
from orderfolio.store.postgres import sessions
from orderfolio.store.postgres.spelling import spelt

Result = TypeVar("Result")

SMALL: Final = UNSHARDED | {"incarnations", "migrations"}
"""What has no shard, or no more than one row."""

ROWS: Final = 3_000

# A row of each kind, of one organisation in three; refs and other bytes differ in each.
FILL: Final = {
    "bigint": "g % 100000",
    "text": "'v' || g % 500",
    "bytea": "decode(lpad(to_hex(g), 32, '0'), 'hex')",
    "organisation": "g % 3",
    "client_key": "'v' || g",
    "name": "'v' || g",
    "part": "'v' || g",
    "role": "CASE g % 2 WHEN 0 THEN 'contact' ELSE 'consumer' END",
}

# What sorts a few rows: those of one batch, of one reference within the time in which orders
# match, one an organisation and noun, the slices of a walk, the parts of a list, a month, or a
# second that is divided.
SORTING: Final = {
    "audit_delete_older",
    "guests_moments",
    "guests_of_type_moments",
    "kept_answers_delete_older",
    "orders_moments",
    "orders_nearest",
    "refs_greatest",
    "refusals_most",
    "tallies_parts",
    "tallies_take",
    "tallies_walk",
}

# What looks for the other contacts of an order by their role as long as the planner doesn't
# know how many there are. It is asked when a guest is deleted.
UNTIL_KNOWN: Final = {
    "deletions_consumers",
    "deletions_preview_contacts",
    "deletions_preview_orders",
}

# What alone picks no few rows of a long table.
FEW: Final = {
    "given",
    "given_organisation",
    "given_role",
    "organisation",
    "role",
    "contact",
    "text",
}

FORBIDDEN: Final = re.compile(
    r"\b(SERIALIZABLE|LISTEN|NOTIFY|nextval|currval|pg_\w*advisory\w*|(BIG)?SERIAL|TRIGGER)\b",
    re.IGNORECASE,
)


class Catalogue:
    """A database with all of our tables, asked over a connection that is set up as ours are."""

    def __init__(self, url: str) -> None:
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection = self.do(sessions.connect(url))

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self._runner.run(work)

    def run(self, text: str) -> None:
        self.do(self._connection.execute(text))

    def rows(self, text: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self.do(self._connection.fetch(text))]

    def types(self, text: str) -> list[str]:
        """Those of the parameters."""
        prepared = self.do(self._connection.prepare(text))
        return [parameter.name for parameter in prepared.get_parameters()]

    def plan(self, text: str) -> list[Mapping[str, Any]]:
        """The steps of the plan that does for any values."""
        values = ", ".join(["NULL"] * len(self.types(text)))
        self.run(f"PREPARE asked AS {text}")
        try:
            asked = f"asked({values})" if values else "asked"
            ((plan,),) = self.rows(f"EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE {asked}")
        finally:
            self.run("DEALLOCATE asked")
        return list(_steps(json.loads(plan)[0]["Plan"]))

    def fill(self) -> None:
        """Every table with a fair number of rows, those that are always small with a few; the
        planner isn't told yet."""
        columns: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind, _ in self.rows(COLUMNS):
            columns.setdefault(table, []).append((column, kind))
        for table, its in columns.items():
            if table not in {"claims", "incarnations", "migrations", "numbering"}:
                names = ", ".join(name for name, _ in its)
                values = ", ".join(FILL.get(name, FILL[kind]) for name, kind in its)
                count = 3 if table in {"deletions", "organisations"} else ROWS
                self.run(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
                self.run(
                    f"INSERT INTO {table} ({names})"
                    f" SELECT {values} FROM generate_series(1, {count}) AS g"
                )

    def close(self) -> None:
        self._connection.terminate()
        self._runner.close()


COLUMNS: Final = """
    SELECT relname, attname, format_type(atttypid, NULL), attnotnull
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
        AND NOT attisdropped
    ORDER BY relname, attnum
"""
UNIQUE_KEYS: Final = """
    SELECT tables.relname, keys.relname, array(
        SELECT attname FROM unnest(indkey) WITH ORDINALITY AS key (attnum, n)
        JOIN pg_attribute ON attrelid = indrelid AND pg_attribute.attnum = key.attnum
        ORDER BY n
    )
    FROM pg_index
    JOIN pg_class AS keys ON keys.oid = indexrelid
    JOIN pg_class AS tables ON tables.oid = indrelid
    WHERE tables.relnamespace = 'public'::regnamespace AND indisunique
"""
# What there is beside tables of plain columns, indexes and views; all of these find nothing.
ABSENT: Final = {
    "sequences and other relations": """
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('r', 'i', 'v')
    """,
    "identity and generated columns": """
        SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND (attidentity <> '' OR attgenerated <> '')
    """,
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "event triggers": "SELECT evtname FROM pg_event_trigger",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "foreign keys, checks and exclusions": """
        SELECT conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('p', 'u')
    """,
    "rules": "SELECT rulename FROM pg_rules WHERE schemaname = 'public'",
    "policies": "SELECT polname FROM pg_policy",
    "extensions": "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'",
    "text that a locale compares": """
        SELECT relname, attname FROM pg_attribute
        JOIN pg_class ON pg_class.oid = attrelid
        JOIN pg_collation ON pg_collation.oid = attcollation
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i') AND collname <> 'C'
    """,
}


def _steps(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _steps(part)


@pytest.fixture(scope="module")
def young(postgres: Server) -> Iterator[Catalogue]:
    """Of a database that grew a moment ago, so that the planner has no figures of it yet."""
    with _catalogue(postgres, "young") as catalogue:
        yield catalogue


@pytest.fixture(scope="module")
def known(postgres: Server) -> Iterator[Catalogue]:
    """Of a database that the planner has looked through."""
    with _catalogue(postgres, "known") as catalogue:
        catalogue.run("ANALYZE")
        yield catalogue


@contextmanager
def _catalogue(server: Server, name: str) -> Iterator[Catalogue]:
    with _database(server, name) as url:
        catalogue = Catalogue(url)
        try:
            catalogue.fill()
            yield catalogue
        finally:
            catalogue.close()


@contextmanager
def _database(server: Server, name: str) -> Iterator[str]:
    url = server.create_database(name)
    asyncio.run(postgres.migrate(url))
    yield url
    server.drop_database(name)


class TestSchema:
    def test_a_shard_is_never_missing(self, known: Catalogue) -> None:
        shards = {
            table: (kind, never_null)
            for table, column, kind, never_null in known.rows(COLUMNS)
            if column == "shard"
        }
        assert set(shards.values()) == {("bigint", True)}
        tables = {table for table, *_ in known.rows(COLUMNS)}
        assert tables - set(shards) == (UNSHARDED & tables) | {"migrations"}
        assert len(shards) >= 12

    def test_every_unique_key_holds_the_shard(self, known: Catalogue) -> None:
        keys = [key for key in known.rows(UNIQUE_KEYS) if key[0] not in SMALL]
        for table, key, columns in keys:
            assert "shard" in columns, key
            assert columns[0] == "organisation" or table in {"claims", "consumed"}, key
        tables = {table for table, *_ in known.rows(COLUMNS)} - SMALL
        assert {table for table, *_ in keys} == tables

    @pytest.mark.parametrize("what", ABSENT)
    def test_the_database_itself_does_nothing(self, known: Catalogue, what: str) -> None:
        assert known.rows(ABSENT[what]) == []

    def test_a_violation_would_be_seen(self, known: Catalogue) -> None:
        known.run("BEGIN")
        try:
            known.run("""
                CREATE TABLE wrong (
                    ref bigint GENERATED BY DEFAULT AS IDENTITY CHECK (ref > 0), name text
                );
                CREATE FUNCTION wrong() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';
                CREATE TRIGGER wrong BEFORE INSERT ON wrong EXECUTE FUNCTION wrong();
                CREATE RULE wrong AS ON DELETE TO wrong DO INSTEAD NOTHING;
                CREATE POLICY wrong ON wrong;
            """)
            seen = {what for what, text in ABSENT.items() if known.rows(text)}
        finally:
            known.run("ROLLBACK")
        assert seen == set(ABSENT) - {"event triggers", "extensions"}


class TestStatements:
    @pytest.mark.parametrize("name", statements.named("postgres"))
    def test_hot_ones_of_this_engine_name_the_shard(self, name: str) -> None:
        text = statements.named("postgres")[name].text
        assert re.search(r"\bshard\b", text) or " FROM " not in text

    @pytest.mark.parametrize("name", [name for name, one in spelt().items() if one.holds])
    def test_what_is_held_is_held_on_one_shard(self, name: str) -> None:
        text = spelt()[name].one
        tables = set(re.findall(r"(?:FROM|JOIN)\s+(\w+)", text))
        assert "shard = $" in text or tables <= SMALL

    def test_no_migration_and_no_statement_asks_for_what_a_cluster_forbids(self) -> None:
        texts = [one.text for one in migrations_of("postgres")]
        texts += [one.one for one in spelt().values()]
        folder = Path(postgres.__path__[0])
        texts += [path.read_text("utf-8") for path in folder.glob("*.py")]
        for text in texts:
            assert not FORBIDDEN.search(text)

    @pytest.mark.parametrize("name", spelt())
    def test_none_looks_at_more_than_it_asks_for(
        self, young: Catalogue, known: Catalogue, name: str
    ) -> None:
        spelling = spelt()[name]
        texts = [spelling.one]
        if spelling.many is not None:
            texts.append(spelling.many_given(known.types(spelling.one)))
        for text in texts:
            for catalogue in (young, known):
                if catalogue is young and name in UNTIL_KNOWN:
                    continue
                for step in catalogue.plan(text):
                    assert not _looks_at_too_much(name, step), step

    def test_none_sorts_more_than_a_few_rows(self, young: Catalogue, known: Catalogue) -> None:
        sorting = {
            name
            for name, spelling in spelt().items()
            for catalogue in (young, known)
            for step in catalogue.plan(spelling.one)
            if "Sort" in step["Node Type"]
        }
        assert sorting == SORTING


class TestPlans:
    @pytest.mark.parametrize("kind", ["READ COMMITTED", "REPEATABLE READ READ ONLY"])
    def test_those_made_over_an_empty_table_do_not_stay(
        self, postgres: Server, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        with _database(postgres, "growing") as url:
            catalogue = Catalogue(url)
            session = catalogue.do(sessions.open_session(url))
            key: dict[str, Value] = {"organisation": 1, "scope": b"", "shard": 1}

            def plan() -> Mapping[str, Any]:
                """What is kept for the statement."""
                catalogue.do(session.begin(kind))
                catalogue.do(session.fetch("kept_answers_find", key))
                name = session._prepared["kept_answers_find"].get_name()
                asked = f'EXPLAIN (FORMAT JSON) EXECUTE "{name}"(NULL, NULL, NULL)'
                plan = catalogue.do(session._connection.fetchval(asked))
                catalogue.do(session.execute("ROLLBACK"))
                return next(_steps(json.loads(plan)[0]["Plan"]))

            plan()
            catalogue.fill()
            monkeypatch.setattr(session, "_opened_at", session._opened_at - 60)
            try:
                assert "scope" in plan()["Index Cond"]
            finally:
                session.terminate()
                catalogue.close()


def _looks_at_too_much(name: str, step: Mapping[str, Any]) -> bool:
    table = step.get("Relation Name", "")
    if table in SMALL | SCANNED or name in WHOLE_TABLES:
        return False
    match step["Node Type"]:
        case "Seq Scan" | "Bitmap Heap Scan":
            return True
        case "Index Scan" | "Index Only Scan":
            columns = set(re.findall(r"\b([a-z_]+)\b", step.get("Index Cond", "")))
            return not columns - FEW and name not in WHOLE_ORGANISATION
        case _:
            return False
