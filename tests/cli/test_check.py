"""What `check` says of a database, and its three ways to end."""

from __future__ import annotations

import json
from pathlib import Path

import apsw
import pytest
from tests.cli.test_backups import run

PROBLEM = "its organisation isn't there"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty database in the current folder."""
    monkeypatch.chdir(tmp_path)
    run("migrate")
    return tmp_path / "orderfolio.db"


def broken(path: Path) -> None:
    database = apsw.Connection(str(path))
    database.execute("INSERT INTO credentials VALUES ('k', 9, x'00', 0, 0)")
    database.close()


def test_a_sound_one_ends_with_0(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("check") == 0
    assert capsys.readouterr().out == f"The database {path} is sound.\n"
    assert run("check", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "database": str(path),
        "sound": True,
        "problems": [],
    }


def test_a_broken_one_ends_with_1_and_a_line_a_problem(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken(path)
    capsys.readouterr()
    assert run("check") == 1
    assert capsys.readouterr().out == f"organisation 9, credential: {PROBLEM}\n"
    assert run("check", "--json") == 1
    assert json.loads(capsys.readouterr().out) == {
        "database": str(path),
        "sound": False,
        "problems": [{"organisation": 9, "noun": "credential", "ref": None, "problem": PROBLEM}],
    }


def test_one_that_cannot_be_checked_ends_with_2(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text("referenceId,orderedAt\n")
    capsys.readouterr()
    assert run("check") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"The database {path} isn't an SQLite file.\n"
