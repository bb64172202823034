"""Rounds of the simulation: whatever fails, and whenever, the store keeps its promises.

More of them: `make simulate`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.simulation.__main__ import tell
from tests.simulation.journals import Violation
from tests.simulation.machines import SqliteMachine
from tests.simulation.rounds import Told, play

from orderfolio.store.records import Problem

ROOT = Path(__file__).parents[2]
# By tens, which the workers of a run share.
FIRST_SEEDS = range(0, 200, 10)


@pytest.mark.parametrize("first", FIRST_SEEDS)
def test_the_store_keeps_its_promises(first: int) -> None:
    counts: Counter[str] = Counter()
    for seed in range(first, first + 10):
        counts += play(seed).counts
    # Each ten have some of everything, so that what is promised is put to the test.
    assert counts["acknowledged"] > 200
    assert min(counts[what] for what in ("failure", "power", "refused", "unknown", "read")) > 0


class TestSeeds:
    # One with failures of the disk and power cuts.
    SEED = 9

    def test_a_seed_gives_the_same_history_to_the_last_ref(self) -> None:
        one, other = play(self.SEED), play(self.SEED)
        assert one == other
        assert one.counts["power"] > 0
        assert one.counts["failure"] > 0

    def test_other_processes_give_the_same_history(self) -> None:
        script = f"from tests.simulation.rounds import play; print(play({self.SEED}).digest)"
        digests = {
            subprocess.run(
                [sys.executable, "-c", script],
                cwd=ROOT,
                env=os.environ
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONHASHSEED": seed},
                stdout=subprocess.PIPE,
                check=True,
                text=True,
            ).stdout.strip()
            for seed in ("1", "2")
        }
        assert digests == {play(self.SEED).digest}

    def test_another_seed_gives_another_history(self) -> None:
        assert play(self.SEED).digest != play(self.SEED + 1).digest

    def test_a_failure_tells_its_history_and_how_to_repeat_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lose_all(machine: SqliteMachine) -> list[Problem]:
            if machine._journal.counts["acknowledged"]:
                raise Violation("all is lost")
            return []

        monkeypatch.setattr(SqliteMachine, "problems", lose_all)
        with pytest.raises(Violation) as failure:
            play(self.SEED)
        lines = str(failure.value).splitlines()
        assert lines[-2:] == ["Violation: all is lost", "To repeat it: make simulate SEED=9"]
        assert any("acknowledged: client" in line for line in lines)


class TestTelling:
    def test_figures_are_of_all_rounds(self, capsys: pytest.CaptureFixture[str]) -> None:
        told = Told(Counter(asked=1000, acknowledged=700, power=2), "")
        assert tell(range(2), [told, told]) == 0
        assert capsys.readouterr().out == (
            "2 rounds: 2,000 writes (1,400 acknowledged, 0 refused, 0 of unknown outcome), "
            "0 reads, 0 failures of the disk, 4 power cuts; 0 rounds failed\n"
        )

    def test_rounds_that_failed_are_told_by_their_seeds(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert tell(range(7, 9), ["what happened", Told(Counter(), "")]) == 1
        out = capsys.readouterr().out
        assert out.startswith("Seed 7\nwhat happened\n")
        assert out.endswith("1 rounds failed: 7\n")
