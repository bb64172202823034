"""What was answered is there, whenever the program is killed or the power goes.

Each oracle is shown to see what it must: a disk that isn't synced, a hasty answer.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.store import killed, pairs
from tests.store.disks import Disk, mounted
from tests.store.spelling import SPELLING

from orderfolio.store.sqlite import files, open_store, writer

ROOT = Path(__file__).parents[2]
# More of each by the environment: docs/durability.md says how.
KILLS = int(os.environ.get("ORDERFOLIO_TESTS_KILLS", "5"))
SEEDS = range(int(os.environ.get("ORDERFOLIO_TESTS_POWER_SEEDS", "1")))
CUTS = 50
WRITES = 1000
CALLERS = 8


class TestKilling:
    def test_every_answered_write_survives(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.db"
        acknowledged: set[int] = set()
        for start in range(KILLS):
            acknowledged |= _write_until_killed(path, start * 1_000_000)
            lost, torn = pairs.lost_and_torn(path, acknowledged)
            assert (lost, torn) == (set(), set())
        assert len(acknowledged) > KILLS * killed.CALLERS
        told(f"{KILLS} kills, {len(acknowledged)} answered writes: none lost, none torn")

    def test_a_hasty_answer_is_seen(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.db"
        # A kill may come where nothing was answered too soon.
        for start in range(max(KILLS, 50)):
            acknowledged = _write_until_killed(path, start * 1_000_000, "sabotage")
            lost, _ = pairs.lost_and_torn(path, acknowledged)
            if lost:
                return
        pytest.fail("writes answered before COMMIT were never missed")


class TestPowerCuts:
    @pytest.mark.parametrize("seed", SEEDS)
    @pytest.mark.parametrize("kept", [0.0, 0.5, 1.0])
    def test_every_answered_write_survives(self, power: Power, kept: float, seed: int) -> None:
        assert power.lost_by_cuts(kept, seed) == 0

    @pytest.mark.parametrize("level", ["OFF", "NORMAL"])
    def test_a_disk_that_is_not_synced_is_seen(
        self, power: Power, level: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pragmas = tuple(
            re.sub("^synchronous = .*", f"synchronous = {level}", pragma)
            for pragma in files.WRITER_PRAGMAS
        )
        assert pragmas != files.WRITER_PRAGMAS
        monkeypatch.setattr(files, "WRITER_PRAGMAS", pragmas)
        assert power.lost_by_cuts(0.0) > 0

    def test_a_hasty_answer_is_seen(self, power: Power, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer.Writer, "_run_each", writer.Writer._run_each)
        killed.answer_before_commit()
        assert power.lost_by_cuts(0.0) > 0


class Power:
    """A database that loses its power at many moments of one run, each time to another
    folder, where it is opened again."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk()
        self._folder = folder
        self._acknowledged: set[int] = set()
        self._cuts: list[tuple[Path, set[int]]] = []

    def lost_by_cuts(self, kept: float, seed: int = 0) -> int:
        """How many answered writes the cuts cost, where unsynced sectors are kept with this
        probability. Nothing is ever torn, though it be lost."""
        self._write_and_cut(kept, random.Random(seed))
        assert len(self._cuts) >= CUTS // 2
        assert any(acknowledged for _, acknowledged in self._cuts)
        losses = [pairs.lost_and_torn(path, acknowledged) for path, acknowledged in self._cuts]
        assert all(not torn for _, torn in losses) or any(lost for lost, _ in losses)
        answered = sum(len(acknowledged) for _, acknowledged in self._cuts)
        lost = sum(len(lost) for lost, _ in losses)
        told(f"{len(self._cuts)} power cuts, {answered} answered writes looked for: {lost} lost")
        return lost

    def _write_and_cut(self, kept: float, chance: random.Random) -> None:
        disk = self.disk

        def cut_now_and_then() -> None:
            if len(self._cuts) == CUTS or chance.random() > 0.02:
                return
            # Answers that were sent must arrive, to count as such.
            time.sleep(0.01)
            acknowledged = set(self._acknowledged)
            folder = self._folder / f"cut{len(self._cuts)}"
            folder.mkdir()
            disk.cut(folder, chance, kept)
            self._cuts.append((folder / "orders.db", acknowledged))

        async def write(vfs: str) -> None:
            store = open_store(self._folder / "orders.db", SPELLING, vfs=vfs)
            disk.on_event = cut_now_and_then
            await pairs.write_all(store, range(WRITES), CALLERS, self._acknowledged.add)
            await store.close()

        with mounted(disk) as vfs:
            asyncio.run(write(vfs))


@pytest.fixture
def power(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Power:
    # Many checkpoints, so that the power goes in the middle of some; and several commits to
    # each, since a checkpoint syncs the log, whatever commits do.
    monkeypatch.setattr(writer, "IDLE_PAGES", 200)
    monkeypatch.setattr(writer, "BUSY_PAGES", 600)
    power = Power(tmp_path)
    sync_folder = files.sync_folder

    def sync_both(folder: Path) -> None:
        sync_folder(folder)
        power.disk.sync_folder()

    monkeypatch.setattr(files, "sync_folder", sync_both)
    return power


def told(figures: str) -> None:
    """Shown with `pytest -rP`."""
    sys.stdout.write(f"{figures}\n")


def _write_until_killed(path: Path, first: int, *sabotage: str) -> set[int]:
    """The numbers that were answered."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.killed", str(path), str(first), *sabotage],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
    ) as program:
        assert program.stdout is not None
        # More than may be under way at once, so that some were answered and others followed.
        begun = b"".join(program.stdout.readline() for _ in range(killed.CALLERS + 1))
        time.sleep(random.uniform(0.0, 0.3))
        program.kill()
        said = begun + program.stdout.read()
    # The last line may be cut off: that one was never said.
    return {int(line) for line in said.split(b"\n")[:-1]}
