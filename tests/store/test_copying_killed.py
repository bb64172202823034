"""A copy that is killed, or told to stop, at any moment: run again, it loses nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.clusters.postgres import Server
from tests.store import houses

from orderfolio.errors import CannotStart

ROOT: Final = Path(__file__).parents[2]
KILLS: Final = int(os.environ.get("ORDERFOLIO_TESTS_COPY_KILLS", "4"))
TARGET: Final = "postgres_killed"
# A batch takes a few milliseconds.
MOST_SECONDS: Final = 0.01
CHANCE: Final = random.Random(1815)


@pytest.fixture
def server(postgres: Server) -> Iterator[str]:
    """A database of PostgreSQL without any table."""
    postgres.drop_database(TARGET)
    yield postgres.create_database(TARGET)
    postgres.drop_database(TARGET)


def url(where: Path | str) -> str:
    return f"sqlite:///{where}" if isinstance(where, Path) else where


def started(source: Path | str, target: Path | str, *sabotage: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.copied", url(source), url(target), *sabotage],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(
    source: Path | str, target: Path | str, steps: int, number: signal.Signals
) -> tuple[int, str]:
    """Its exit code and its last words, where it is sent this after so many steps, on the way
    to the next one."""
    with started(source, target) as copy:
        assert copy.stdin is not None
        assert copy.stdout is not None
        for _ in range(steps):
            assert copy.stdout.readline() == b"copying\n"
            copy.stdin.write(b"\n")
            copy.stdin.flush()
        time.sleep(CHANCE.uniform(0, MOST_SECONDS))
        copy.send_signal(number)
        _, error = copy.communicate()
    return copy.returncode, error.decode()


def finished(source: Path | str, target: Path | str) -> Any:
    with started(source, target) as copy:
        output, error = copy.communicate()
    assert (copy.returncode, error) == (0, b"")
    return json.loads(output.splitlines()[-1])


def is_half(where: Path | str) -> bool:
    try:
        houses.served(where)
    except CannotStart:
        return True
    return False


@pytest.fixture(params=["to a server", "to a file"])
def move(
    request: pytest.FixtureRequest, tmp_path: Path, server: str
) -> tuple[Path | str, Path | str]:
    """Where from, and where to."""
    path, second = tmp_path / "source.db", tmp_path / "second.db"
    houses.served(path, range(9 * max(KILLS, 4)))
    if request.param == "to a server":
        return path, server
    houses.copied(path, server)
    return server, second


def test_a_killed_copy_goes_on(move: tuple[Path | str, Path | str]) -> None:
    source, target = move
    before = houses.contents(source)
    for kill in range(KILLS):
        code, _ = ended(source, target, 3 + kill % 4 * 5, signal.SIGKILL)
        assert code == -signal.SIGKILL
        assert is_half(target)
    tables = finished(source, target)["tables"]
    assert houses.contents(target) == before == houses.contents(source)
    assert {row["table"]: row["rows"] for row in tables} == {
        name: len(rows) for name, rows in before.items()
    }
    assert houses.problems(target) == []


def test_ctrl_c_ends_it_with_a_word(move: tuple[Path | str, Path | str]) -> None:
    source, target = move
    code, error = ended(source, target, 4, signal.SIGINT)
    assert (code, error) == (2, "Stopped; what was copied stays, run it again to go on.\n")
    assert is_half(target)
    finished(source, target)
    assert houses.contents(target) == houses.contents(source)


def test_a_copy_that_says_so_before_it_is_committed_is_seen(
    move: tuple[Path | str, Path | str],
) -> None:
    source, target = move
    with started(source, target, "hasty") as copy:
        output, _ = copy.communicate()
    assert output.endswith(b'{"tables":\n')
    assert is_half(target)
