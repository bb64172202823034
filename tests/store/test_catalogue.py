"""The schema and the statements keep the rules of a cluster, and of long tables."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import pytest
from tests.store.spelling import SPELLING

from orderfolio.store.sqlite import files, open_store
from orderfolio.store.statements import Statement, named

UNSHARDED: Final = {
    "credentials",
    "deletions",
    "numbering",
    "organisations",
    "refusals",
    "rules",
    "settings",
    "sqlite_schema",
    "sqlite_stat1",
    "sqlite_stat4",
    "tally_nodes",
    "tally_parts",
    "traces",
    "users",
}

# What is asked of all shards at once: lists, searches, and work in the background.
ACROSS_SHARDS: Final = {
    "audit_delete_older",
    "audit_edge",
    "audit_orders_of_receipt",
    "audit_page",
    "audit_page_about",
    "audit_receipt",
    "checks_deletions",
    "checks_guests_between",
    "checks_guests_of_type_between",
    "checks_orders_between",
    "checks_strays",
    "checks_traces",
    "checks_unfolded_between",
    "guests_count",
    "guests_found",
    "guests_moments",
    "guests_of_first_name_count",
    "guests_of_first_name_page",
    "guests_of_first_name_page_descending",
    "guests_of_last_name_count",
    "guests_of_last_name_page",
    "guests_of_last_name_page_descending",
    "guests_of_type_count",
    "guests_of_type_moments",
    "guests_of_type_page",
    "guests_of_type_page_descending",
    "guests_of_type_page_descending_joined",
    "guests_of_type_page_joined",
    "guests_page",
    "guests_page_descending",
    "guests_page_descending_joined",
    "guests_page_joined",
    "kept_answer_guests_delete",
    "kept_answer_guests_delete_older",
    "kept_answers_forget_guest",
    "kept_answers_forget_itself",
    "kept_answers_forget_order",
    "kept_answers_tell_of_guest",
    "orders_between_count",
    "orders_count",
    "orders_moments",
    "orders_of_guest_by_ordered_at_count",
    "orders_of_guest_count",
    "orders_of_part_page",
    "orders_of_part_page_descending",
    "orders_page",
    "orders_page_descending",
    "orders_page_descending_joined",
    "orders_page_joined",
    "orders_parts_count",
    "organisations_delete_audit",
    "organisations_delete_kept_answer_guests",
    "organisations_delete_kept_answers",
    "organisations_delete_tallies",
    "organisations_guests",
    "organisations_left",
    "organisations_orders",
    "refs_greatest",
    "tallies_between",
    "tallies_parts",
    "tallies_total",
    "tallies_walk",
}

# What looks at the whole of an organisation because that is what is wanted; refs_greatest
# reads one end of an index.
WHOLE_ORGANISATION: Final = {
    "credentials_all",
    "guests_count",
    "orders_count",
    "orders_parts_count",
    "organisations_delete_audit",
    "organisations_delete_credentials",
    "organisations_delete_kept_answer_guests",
    "organisations_delete_kept_answers",
    "organisations_delete_refusals",
    "organisations_delete_tallies",
    "organisations_delete_tally_nodes",
    "organisations_delete_tally_parts",
    "organisations_delete_users",
    "organisations_guests",
    "organisations_orders",
    "refs_greatest",
    "rules_all",
    "rules_clear",
    "users_all",
}

# What looks through whole tables, because nobody waits for it.
WHOLE_TABLES: Final = {"checks_open", "checks_strays", "settings_forget_endings"}

# Tables that are always small, and rows made on the way.
SCANNED: Final = {
    "CONSTANT",
    "carray",
    "deletions",
    "known",
    "organisations",
    "tallies",
    "traces",
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[apsw.Connection]:
    """A file of the embedded engine, opened beside it."""
    with asyncio.Runner() as runner:
        runner.run(open_store(tmp_path / "orders.db", SPELLING).close())
    connection = files.open_reader(tmp_path / "orders.db", None)
    try:
        yield connection
    finally:
        connection.close()


def _tables(database: apsw.Connection) -> list[str]:
    rows = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return [name for (name,) in rows if name not in UNSHARDED]


def _plan(database: apsw.Connection, statement: Statement) -> list[str]:
    names = set(re.findall(r":(\w+)", statement.text))
    explained = database.execute(
        f"EXPLAIN QUERY PLAN {statement.text}", dict.fromkeys(names) if names else None
    )
    return [str(row[3]) for row in explained]


class TestSchema:
    def test_every_unique_key_holds_the_shard_behind_the_ref(
        self, database: apsw.Connection
    ) -> None:
        keys = 0
        for table in _tables(database):
            for _, index, is_unique, *_ in database.execute(f"PRAGMA index_list({table})"):
                columns = [row[2] for row in database.execute(f"PRAGMA index_info({index})")]
                if is_unique:
                    keys += 1
                    assert "shard" in columns[1:], (table, columns)
        assert keys == len(_tables(database)) >= 9

    def test_a_shard_is_never_missing(self, database: apsw.Connection) -> None:
        for table in _tables(database):
            columns = {row[1]: row[2:4] for row in database.execute(f"PRAGMA table_info({table})")}
            assert columns["shard"] == ("INTEGER", 1), table

    def test_nothing_happens_behind_the_statements(self, database: apsw.Connection) -> None:
        rows = database.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
        assert {kind for kind, *_ in rows} == {"table", "index", "view"}
        for _, name, text in rows:
            assert not re.search(r"AUTOINCREMENT|REFERENCES|GENERATED", str(text)), name

    def test_every_key_is_known_to_the_planner(self, database: apsw.Connection) -> None:
        told = set(database.execute("SELECT tbl, idx FROM sqlite_stat1"))
        for table in _tables(database):
            for _, index, _, origin, _ in database.execute(f"PRAGMA index_list({table})"):
                is_the_table = origin == "pk" and (table, table) in told
                assert is_the_table or (table, index) in told, index


class TestStatements:
    def test_plans_do_not_depend_on_what_is_bound(self, database: apsw.Connection) -> None:
        assert database.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1

    @pytest.mark.parametrize("name", named())
    def test_hot_ones_name_the_shard(self, name: str) -> None:
        text = named()[name].text
        touches = re.findall(r"(?:FROM|JOIN|INTO|UPDATE)\s+(?:visible_|hidden_)?(\w+)", text)
        sharded = {table for table in touches if table not in UNSHARDED | {"SET"}}
        names_the_shard = re.search(r"\bshard\b", text) is not None
        assert names_the_shard or not sharded or name in ACROSS_SHARDS

    def test_exceptions_are_of_statements_that_are_there(self) -> None:
        assert set(named()) >= ACROSS_SHARDS | WHOLE_ORGANISATION | WHOLE_TABLES

    @pytest.mark.parametrize("name", named())
    def test_none_changes_a_shard(self, name: str) -> None:
        text = named()[name].text
        changed = re.search(r"\bSET\b(.*?)(\bWHERE\b|$)", text, re.DOTALL)
        assert changed is None or not re.search(r"\bshard\s*=", changed[1])

    @pytest.mark.parametrize("name", named())
    def test_none_looks_at_more_than_it_asks_for(
        self, database: apsw.Connection, name: str
    ) -> None:
        statement = named()[name]
        for step in _plan(database, statement):
            scan = re.match(r"SCAN (\w+)", step)
            # A subquery that was given a name is as long as what it found.
            if scan is not None and f") AS {scan[1]}" not in statement.text:
                assert scan[1] in SCANNED or name in WHOLE_TABLES, step
            if step.endswith("(organisation=?)") and "SEARCH deletions" not in step:
                assert name in WHOLE_ORGANISATION, step
