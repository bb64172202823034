"""The register of quirks: its rows are numbered without gaps, and each names tests that are
there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
ROW: Final = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", re.MULTILINE)
NAME: Final = re.compile(r"`(tests/[\w/]+\.py)::((?:Test\w+::)?test_\w+)`")


def rows() -> list[re.Match[str]]:
    """Number, what the documents say, our choice and its tests, of each row."""
    return list(ROW.finditer((ROOT / "docs" / "quirks.md").read_text()))


@cache
def found_in(path: str) -> frozenset[str]:
    """The tests of a file, a class's as `Class::test`."""
    file = ROOT / path
    found = set()
    for node in ast.parse(file.read_text()).body if file.is_file() else ():
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef)
            }
    return frozenset(found)


def quirk_tests() -> set[str]:
    """All tests of the files that exist for the register."""
    return {
        f"{path.relative_to(ROOT).as_posix()}::{name}"
        for path in (ROOT / "tests" / "wire").glob("test_quirks_*.py")
        for name in found_in(path.relative_to(ROOT).as_posix())
        if re.search(r"(^|::)test_", name)
    }


def test_rows_are_numbered_without_gaps() -> None:
    numbers = [int(row[1]) for row in rows()]
    assert len(numbers) > 100
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_line_of_a_table_is_a_row() -> None:
    lines = (ROOT / "docs" / "quirks.md").read_text().splitlines()
    heads = ("| # |", "| --")
    assert sum(line.startswith("|") and not line.startswith(heads) for line in lines) == len(rows())


def test_each_row_names_tests_and_nothing_else_in_its_last_column() -> None:
    for row in rows():
        assert NAME.sub("", row[4]).strip() == "", row[0]
        assert NAME.search(row[4]), row[0]


def test_each_test_that_is_named_is_there() -> None:
    missing = [
        f"quirk {row[1]}: {path}::{name}"
        for row in rows()
        for path, name in NAME.findall(row[4])
        if name not in found_in(path)
    ]
    assert missing == []


def test_each_test_of_a_quirk_is_named() -> None:
    named = {f"{path}::{name}" for row in rows() for path, name in NAME.findall(row[4])}
    assert quirk_tests() - named == set()
