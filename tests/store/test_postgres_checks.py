"""Each way in which rows can break is seen on PostgreSQL, too, beside a server that goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Final

import pytest
from tests.clusters import psql
from tests.operations.examples import Database
from tests.store import trails
from tests.store.test_checks import BREAKS, fill

from orderfolio.store import postgres
from orderfolio.wire.documents import SPELLING

# What is wrong with the files themselves is for PostgreSQL's own tools to say.
OF_ROWS: Final = [each for each in BREAKS if each[1] != "database"]


@pytest.fixture
def url(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A database with something of everything, in use. Every second is dense."""
    monkeypatch.setattr("orderfolio.store.tables.folds.DENSE", 1)
    with asyncio.Runner() as runner:
        store = runner.run(postgres.open_store(postgres_url, SPELLING))
        fill(Database(store, runner))
        yield postgres_url
        runner.run(store.close())


@pytest.fixture
def trailed(postgres_url: str) -> Iterator[str]:
    """One in which much was changed and deleted."""
    with asyncio.Runner() as runner:
        store = runner.run(postgres.open_store(postgres_url, SPELLING))
        trails.leave_trails(Database(store, runner))
        yield postgres_url
        runner.run(store.close())


def test_what_the_operations_leave_is_sound(url: str) -> None:
    assert asyncio.run(postgres.check(url, SPELLING)) == []


def test_what_they_leave_behind_is_sound(trailed: str) -> None:
    assert asyncio.run(postgres.check(trailed, SPELLING)) == []


@pytest.mark.parametrize(("text", "noun", "problem"), trails.BREAKS, ids=range(len(trails.BREAKS)))
def test_what_is_broken_of_what_is_left_behind_is_seen(
    trailed: str, text: str, noun: str, problem: str
) -> None:
    see(trailed, text, noun, problem)


@pytest.mark.parametrize(("text", "noun", "problem"), OF_ROWS, ids=range(len(OF_ROWS)))
def test_what_is_broken_is_seen(url: str, text: str, noun: str, problem: str) -> None:
    see(url, text, noun, problem)


def see(url: str, text: str, noun: str, problem: str) -> None:
    """Break it, and look."""
    psql.ask(url, re.sub(r"x'(\w*)'", r"'\\x\1'", text))
    seen = asyncio.run(postgres.check(url, SPELLING))
    assert any(one.noun == noun and re.fullmatch(problem, one.text) for one in seen), seen


def test_pages_of_rows_are_walked_to_the_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderfolio.store.tables.checks.ROWS_AT_ONCE", 1)
    monkeypatch.setattr("orderfolio.store.tables.tally_checks.SLICES_AT_ONCE", 1)
    assert asyncio.run(postgres.check(url, SPELLING)) == []
    psql.ask(url, "UPDATE orders SET created_at = 0")
    seen = asyncio.run(postgres.check(url, SPELLING))
    assert [problem.noun for problem in seen] == ["order"] * 3
