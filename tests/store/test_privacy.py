"""Private folders: those of the living stay, those of the dead go."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from orderfolio.errors import CannotStart
from orderfolio.store.sqlite import private_folder

HOLDING = """
import sys, time
from pathlib import Path
from orderfolio.store.sqlite import private_folder
with private_folder(Path(sys.argv[1])) as folder:
    (folder / "orders.db").write_text("Ada")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The folder of a process that was killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        with private_folder(tmp_path):
            assert (folder / "orders.db").exists()
        process.kill()
    assert (folder / "orders.db").exists()
    return folder


def test_one_is_gone_at_the_end_and_nobody_else_s(tmp_path: Path) -> None:
    with private_folder(tmp_path) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "orders.db").touch()
        with private_folder(tmp_path) as other:
            assert other != folder
        assert (folder / "orders.db").exists()
    assert list(tmp_path.iterdir()) == []


def test_one_of_a_killed_process_goes_when_the_next_begins(
    tmp_path: Path, killed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with private_folder(tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]
    assert str(killed) in caplog.text


def test_what_may_be_somebody_else_s_stays(tmp_path: Path, killed: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    killed.rename(elsewhere)
    (tmp_path / "orderfolio-link").symlink_to(elsewhere)
    (tmp_path / "orderfolio-file").touch()
    without = tmp_path / "orderfolio-without"
    without.mkdir()
    linked = tmp_path / "orderfolio-linked"
    linked.mkdir()
    (linked / "lock").symlink_to(elsewhere / "lock")
    with private_folder(tmp_path):
        pass
    assert (elsewhere / "orders.db").exists()
    assert {one.name for one in tmp_path.iterdir()} == {
        "elsewhere",
        "orderfolio-link",
        "orderfolio-file",
        "orderfolio-without",
        "orderfolio-linked",
    }


def test_one_of_another_user_stays(
    tmp_path: Path, killed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4242)
    with private_folder(tmp_path):
        assert killed.exists()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(CannotStart, match="no folder can be made in"),
        private_folder(tmp_path / "none"),
    ):
        pass
