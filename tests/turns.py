"""Which tests begin a run that several processes share: those that take longest or wait most, so
that none of them is left alone at the end, with nothing beside it to use what it leaves idle."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final, TypeVar

# The longest first. What is in one of these shares fixtures, and stays together.
LONG: Final = (
    "tests/faults/test_failover.py",
    "tests/journeys/test_conformance.py",
    "tests/clusters/test_patroni.py",
    "tests/faults/test_oracle.py",
    "tests/interleavings/test_pairs.py",
    "tests/model_based/test_conformance.py",
    "tests/faults/test_outages.py",
    "tests/journeys/test_workers.py",
    "tests/journeys/test_generated_clients.py",
)

Item = TypeVar("Item")


def dealt(items: Sequence[Item], file_of: Callable[[Item], str], workers: int) -> list[Item]:
    """All of them, for workers that are each given as many in a row: the long ones are dealt in
    turn to where those rows begin, and the others stay in their order."""
    hands: list[list[Item]] = [[] for _ in range(workers)]
    there = {file_of(item) for item in items}
    for turn, file in enumerate(file for file in LONG if file in there):
        hands[turn % workers] += [item for item in items if file_of(item) == file]
    others = (item for item in items if file_of(item) not in LONG)
    found: list[Item] = []
    for number, hand in enumerate(hands):
        room = (len(items) - len(found)) // (workers - number)
        found += [*hand, *islice(others, max(room - len(hand), 0))]
    return [*found, *others]
