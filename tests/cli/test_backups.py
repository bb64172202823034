"""What `backup` and `restore` say, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orderfolio.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an empty database in it."""
    monkeypatch.chdir(tmp_path)
    run("migrate")
    return tmp_path


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_both_tell_programs_what_became_of_the_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run("backup", "b.db", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "database": str(folder / "orderfolio.db"),
        "backup": str(folder / "b.db"),
        "bytes": (folder / "b.db").stat().st_size,
    }
    assert run("restore", "b.db", "--json", "--force") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"database": str(folder / "orderfolio.db"), "kept": answer["kept"]}
    assert Path(answer["kept"]).exists()
    assert run("restore", "b.db", "--json", "--database", "sqlite:///new/other.db") == 0
    assert json.loads(capsys.readouterr().out)["kept"] is None
    assert (folder / "new" / "other.db").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backup", "orderfolio.db", "--force"), "is the database itself"),
        (("backup", "nowhere/b.db"), "No such file or directory"),
        (("restore", "nowhere.db"), "There is no file nowhere.db"),
        (("backup", "b.db", "--database", "sqlite:///none.db"), "There is no database none.db"),
    ],
)
def test_a_refusal_is_one_sentence_and_exit_code_2(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    sentence: str,
) -> None:
    capsys.readouterr()
    assert run(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1
