"""Statements by name, and lists as tables of values."""

from __future__ import annotations

import asyncio

import apsw
import pytest

from orderfolio.store import statements
from orderfolio.store.connections import Value
from orderfolio.store.sqlite.connections import SqliteConnection
from orderfolio.store.statements import Statement

ONE = """-- What stands in this file.

-- name: orders_find
-- The order itself.
SELECT 1
WHERE :ref IS NOT NULL;

-- name: orders_list
-- Some orders.
SELECT value FROM carray(:refs) UNION SELECT value FROM carray(:others);
"""


def test_statements_are_known_by_name() -> None:
    assert statements.collect([("orders.sql", ONE)]) == {
        "orders_find": Statement("SELECT 1\nWHERE :ref IS NOT NULL", ()),
        "orders_list": Statement(
            "SELECT value FROM carray(:refs) UNION SELECT value FROM carray(:others)",
            ("refs", "others"),
        ),
    }


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match=r"items.sql: the name orders_find is taken"):
        statements.collect([("orders.sql", ONE), ("items.sql", ONE)])


@pytest.mark.parametrize("text", ["SELECT 1;\n" + ONE, "-- name: nothing\n-- To do nothing.\n"])
def test_what_has_no_name_or_nothing_under_it_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"orders.sql"):
        statements.collect([("orders.sql", text)])


def test_a_page_of_documents_is_found_in_one_piece_too() -> None:
    page = "SELECT ref, version, document AS document\nFROM orders WHERE ref > :after"
    found = {
        "orders_page": Statement(page, ()),
        "orders_count": Statement("SELECT count(*) FROM orders", ()),
        "tallies_total": Statement("SELECT 0, 7", ()),
    }
    joined = statements.joined(found)
    assert list(joined) == ["orders_page_joined"]
    database = apsw.Connection(":memory:")
    database.execute("CREATE TABLE orders (ref, version, document)")
    text = joined["orders_page_joined"].text
    assert database.execute(text, {"after": b""}).fetchall() == [(0, 7, None, None)]
    rows = [(b"\0\xff", 1, b'{"a":"\x1f\xc3\xa9"}'), (b"\x80\0", 2, b"{}")]
    database.executemany("INSERT INTO orders VALUES (?, ?, ?)", rows)
    assert database.execute(page, {"after": b""}).fetchall() == rows
    expected = [(0, 7, b"\0\xff\x80\0", b'{"a":"\x1f\xc3\xa9"},{}')]
    assert database.execute(text, {"after": b""}).fetchall() == expected


def test_the_statements_of_the_package_are_read() -> None:
    assert "settings_find" in statements.named()


@pytest.mark.parametrize(
    "values", [[], [b"\0\1", b""], ["a", "é", ""], (b"x" * 16,)], ids=["empty", "b", "s", "tuple"]
)
def test_a_list_is_a_table_of_its_values(
    values: list[bytes] | list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = statements.collect(
        [("one.sql", "-- name: list\n-- All.\nSELECT value, :other FROM carray(:values)")]
    )
    monkeypatch.setattr(statements, "named", lambda: found)
    connection = SqliteConnection(apsw.Connection(""))
    rows = asyncio.run(connection.rows("list", {"values": values, "other": 1}))
    assert rows == [(value, 1) for value in values]


def test_text_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Statement("SELECT value FROM carray(:values)", ("values",))
    monkeypatch.setattr(statements, "named", lambda: {"list": listed})
    connection = SqliteConnection(apsw.Connection(""))
    with pytest.raises(TypeError, match="not a list"):
        asyncio.run(connection.rows("list", {"values": "abc"}))


@pytest.mark.parametrize(
    ("text", "values", "row"),
    [
        ("SELECT 7", {}, (7,)),
        ("SELECT :one", {"one": 1}, (1,)),
        ("SELECT :other, :one, :other", {"one": 1, "other": "a", "more": b""}, ("a", 1, "a")),
    ],
)
def test_what_has_a_name_is_bound_wherever_the_name_stands(
    text: str, values: dict[str, Value], row: tuple[Value, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "named", lambda: {"told": Statement(text, ())})
    connection = SqliteConnection(apsw.Connection(""))
    assert asyncio.run(connection.rows("told", values)) == [row]


def test_a_value_that_is_missing_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "named", lambda: {"told": Statement("SELECT :one", ())})
    connection = SqliteConnection(apsw.Connection(""))
    with pytest.raises(KeyError):
        asyncio.run(connection.rows("told", {}))
