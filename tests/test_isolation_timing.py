"""The command that asks whether time tells refs of others from refs of nobody."""

from __future__ import annotations

import pytest

from bench.isolation import Verdict, main


@pytest.mark.parametrize(
    ("others", "holds"), [(100, True), (104.9, True), (95.1, True), (105.1, False), (94.9, False)]
)
def test_medians_may_differ_by_five_in_a_hundred(others: float, holds: bool) -> None:
    assert Verdict("orders", 2, 100, others).holds is holds


def test_it_asks_for_every_noun(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--calls", "20"])
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [
        ["orders", "20"],
        ["items", "20"],
        ["contacts", "20"],
        ["guests", "20"],
        ["extensions", "20"],
    ]
