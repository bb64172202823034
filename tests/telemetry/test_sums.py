"""Figures of several processes, as they travel and as they are added up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

from tests.telemetry.readings import Reading, of, read

from orderfolio.telemetry import sums
from orderfolio.telemetry.figures import REQUEST_SECONDS, Figures, Histogram
from orderfolio.telemetry.prometheus import Spell, create_spelling, create_summary


def counted(number: int) -> Figures:
    """Figures of which none is like another."""
    figures = Figures()
    figures.in_flight = number
    for operation, status in (("createOrder", 201), ("", 401), ("listOrders", 0)):
        histogram = figures.requests[operation, status] = Histogram(REQUEST_SECONDS)
        for _ in range(number):
            histogram.add(0.001 * number)
    for _ in range(number):
        figures.refuse(400 + number)
        figures.observe_group(number, 0.5)
        figures.observe_write(counted, 0.25, 0.0)
        figures.observe_read(counted, 0.25, 0.5)
    figures.follow_queue(lambda: 10 * number)
    return figures


def spelt(spell: Spell) -> str:
    async def ask() -> str:
        return (await spell(""))[0].decode()

    return asyncio.run(ask())


def reading(figures: Figures) -> Reading:
    text = spelt(create_spelling(figures, {}))
    return {key: value for key, value in read(text).items() if key[0].startswith("orderfolio_")}


def test_what_is_read_is_what_was_spelt() -> None:
    for figures in (counted(3), Figures()):
        assert reading(sums.read(sums.spell(figures))) == reading(figures)


def test_a_sum_has_what_each_has() -> None:
    one, other, total = counted(2), counted(3), sums.add_up((counted(2), counted(3)))
    every = reading(one).keys() | reading(other).keys()
    assert reading(total).keys() == every
    for key in every - {("orderfolio_build_info", frozenset())}:
        assert reading(total)[key] == reading(one).get(key, 0) + reading(other).get(key, 0), key


def test_a_sum_leaves_what_it_was_made_of_alone() -> None:
    one, before = counted(2), reading(counted(2))
    sums.add_up((one, one))
    assert reading(one) == before


def test_of_one_that_is_gone_counts_stay_and_nothing_waits() -> None:
    found, before = reading(sums.outlived(counted(2))), reading(counted(2))
    changed = {
        ("orderfolio_http_requests_in_flight", frozenset[tuple[str, str]]()): 0,
        ("orderfolio_store_queue_length", frozenset[tuple[str, str]]()): 0,
    }
    assert found == before | changed


def test_processes_are_told_apart_and_one_that_is_gone_is_left_out() -> None:
    async def look() -> Figures:
        return counted(2)

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ids = {"1": os.getpid(), "2": os.getppid(), "3": gone.pid}
    text = spelt(create_summary(look, lambda: ids, {"version": "1"}))
    found = read(text)
    assert of(found, "build_info", version="1") == 1
    assert of(found, "store_queue_length") == 20
    seen = [dict(labels)["worker"] for name, labels in found if name == "process_cpu_seconds_total"]
    assert seen == ["1", "2"]
    assert text.count("# TYPE process_cpu_seconds_total ") == 1
