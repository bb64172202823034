"""In which order tests are dealt to the processes that share a run."""

from __future__ import annotations

from pathlib import Path

from tests.turns import LONG, dealt

ROOT = Path(__file__).parents[1]


def named(*names: str) -> list[tuple[str, int]]:
    return [(name, number) for number, name in enumerate(names)]


def order(names: list[tuple[str, int]], workers: int) -> list[int]:
    return [number for _, number in dealt(names, lambda item: item[0], workers)]


def test_each_worker_begins_with_long_ones_and_goes_on_in_order() -> None:
    first, second, third, fourth = LONG[:4]
    names = named("a", "b", third, "c", "d", second, first, first, "e", "f", "g", fourth)
    assert order(names, 3) == [6, 7, 11, 0, 5, 1, 3, 4, 2, 8, 9, 10]


def test_nothing_is_lost_where_a_worker_s_long_ones_are_more_than_its_share() -> None:
    assert order(named("a", *(4 * [LONG[0]]), "b"), 3) == [1, 2, 3, 4, 0, 5]


def test_without_long_ones_the_order_stays() -> None:
    assert order(named("a", "b", "c", "d"), 3) == [0, 1, 2, 3]


def test_long_ones_are_there() -> None:
    assert [name for name in LONG if not (ROOT / name).is_file()] == []
