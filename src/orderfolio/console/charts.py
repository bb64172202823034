"""Charts of counts: bars whose places are worked out here and drawn by a template as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

MOST_MONTHS: Final = 36
FEWEST_MONTHS: Final = 12
HEIGHT: Final = 100
_STEP: Final = 20
_WIDTH: Final = 14


class Bar(Struct, frozen=True):
    label: str
    count: int
    x: int
    y: int
    width: int
    height: int


class Chart(Struct, frozen=True):
    """`bars` in the order of time; `highest` is what the tallest of them counts."""

    bars: Sequence[Bar]
    width: int
    height: int
    highest: int


def of_counts(counts: Sequence[tuple[str, int]]) -> Chart:
    """A bar for each label; what isn't nothing is at least seen."""
    highest = max((count for _, count in counts), default=0)
    bars = []
    for position, (label, count) in enumerate(counts):
        height = max(count * HEIGHT // highest, 2) if count else 0
        x = position * _STEP + (_STEP - _WIDTH) // 2
        bars.append(Bar(label, count, x, HEIGHT - height, _WIDTH, height))
    return Chart(bars, max(len(counts), 1) * _STEP, HEIGHT, highest)


def of_months(counts: Sequence[tuple[str, int]]) -> Chart:
    """A bar for each month (`2024-01`) up to the last that counts something, those between
    that count nothing too: a year at least, and three at most."""
    if not counts:
        return of_counts(())
    known = {_number(month): count for month, count in counts}
    last = max(known)
    first = max(min(*known, last - FEWEST_MONTHS + 1), last - MOST_MONTHS + 1, 12)
    return of_counts(
        [
            (f"{number // 12:04}-{number % 12 + 1:02}", known.get(number, 0))
            for number in range(first, last + 1)
        ]
    )


def _number(month: str) -> int:
    year, _, place = month.partition("-")
    return int(year) * 12 + int(place) - 1
