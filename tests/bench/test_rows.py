"""What is made of measurements: medians, ratios, verdicts, and the table that is printed."""

from __future__ import annotations

import pytest

from bench import lasting, reports, rounds, rows
from bench.loads import Starved
from bench.postgres import plans
from bench.reports import Report
from bench.rounds import Sample
from bench.rows import Row


def a_row(result: float, goal: float | None, *, at_least: bool = False) -> Row:
    return Row(
        work="GET one order: CPU",
        value=1234.5,
        limit=10.0,
        unit="µs",
        result=result,
        goal=goal,
        at_least=at_least,
    )


def a_sample(per_second: float) -> Sample:
    return Sample(
        cpu_us=1.0,
        database_cpu_us=0.5,
        p50_us=1.0,
        p99_us=1.0,
        per_second=per_second,
        per_commit=1.0,
    )


class Noted:
    """A load that notes when it is applied, and is as fast as the number of its round."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name = name
        self._notes = notes

    def apply(self, number: int, seconds: float) -> Sample:
        self._notes.append(f"{self._name} {number} {seconds:g}")
        return a_sample(float(number))


class Busy:
    """A load of which nothing is answered for the first few times."""

    def __init__(self, loads_lost: int) -> None:
        self._loads_lost = loads_lost
        self.applied = 0

    def apply(self, number: int, seconds: float) -> Sample:
        self.applied += 1
        if self.applied <= self._loads_lost:
            raise Starved
        return a_sample(float(number))


class TestVerdicts:
    @pytest.mark.parametrize(
        ("result", "goal", "at_least", "verdict"),
        [
            (2.0, 2.0, False, True),
            (2.1, 2.0, False, False),
            (0.8, 0.8, True, True),
            (0.7, 0.8, True, False),
            (0.7, None, True, None),
        ],
    )
    def test_a_goal_is_met_by_what_reaches_it(
        self, result: float, goal: float | None, at_least: bool, verdict: bool | None
    ) -> None:
        assert a_row(result, goal, at_least=at_least).is_met is verdict

    def test_memory_is_flat_where_the_end_is_as_the_beginning(self) -> None:
        # Caches fill in the first sixth, which counts for nothing.
        samples = [40.0, 80.0, 100.0, 100.0, *[101.0] * 6, 104.0, 104.0]
        row = lasting.growth(samples, "memory")
        assert (row.limit, row.value, row.result, row.is_met) == (100.0, 104.0, 1.04, True)

    def test_memory_that_grows_is_not_flat(self) -> None:
        assert lasting.growth([float(number) for number in range(100, 220)], "").is_met is False

    def test_the_goal_is_that_of_as_many_workers_as_pay(self) -> None:
        samples = {
            "limit": [a_sample(100.0)] * 3,
            "get by 1": [a_sample(50.0)] * 3,
            "get by 2": [a_sample(90.0)] * 3,
        }
        one, two = plans.rates("GET", samples, "get", 0.8)
        assert (one.result, one.goal) == (0.5, None)
        assert (two.result, two.goal, two.is_met) == (0.9, 0.8, True)


class TestRounds:
    def test_loads_are_applied_in_turns_after_one_for_warmth(self) -> None:
        notes: list[str] = []
        cases = {name: Noted(name, notes) for name in ("limit", "ours")}
        samples = rounds.measure(cases, 2, 3)
        assert notes == ["limit 0 1", "ours 0 1", "limit 1 3", "ours 1 3", "limit 2 3", "ours 2 3"]
        assert [sample.per_second for sample in samples["ours"]] == [1.0, 2.0]

    def test_a_load_that_came_to_nothing_is_applied_again(self) -> None:
        busy = Busy(loads_lost=2)
        [sample] = rounds.measure({"ours": busy}, 1, 3)["ours"]
        assert (busy.applied, sample.per_second) == (4, 1.0)

    def test_a_load_that_comes_to_nothing_again_and_again_ends_the_run(self) -> None:
        with pytest.raises(Starved):
            rounds.measure({"ours": Busy(loads_lost=3)}, 1, 3)

    def test_a_ratio_is_the_median_of_those_of_the_rounds(self) -> None:
        ours = [a_sample(rate) for rate in (10.0, 100.0, 30.0)]
        limits = [a_sample(rate) for rate in (10.0, 10.0, 10.0)]
        assert rounds.ratio(ours, limits, lambda sample: sample.per_second) == 3.0


class TestReports:
    def test_rows_are_a_table_in_markdown(self) -> None:
        found = [a_row(2.5, 2.0), a_row(0.9, 0.8, at_least=True), a_row(1.0, None)]
        assert reports.table(found).splitlines() == [
            "| work               | orderfolio | limit   | result | goal         |        |",
            "| ------------------ | ---------- | ------- | ------ | ------------ | ------ |",
            "| GET one order: CPU | 1,234.5 µs | 10.0 µs | 2.50   | at most 2    | missed |",
            "| GET one order: CPU | 1,234.5 µs | 10.0 µs | 0.90   | at least 0.8 | met    |",
            "| GET one order: CPU | 1,234.5 µs | 10.0 µs | 1.00   |              |        |",
        ]

    def test_a_run_has_a_table_for_each_section(self) -> None:
        report = Report(
            began_at="2026-11-23T17:00:00Z",
            command="python -m bench",
            load=0.25,
            machine={"processor": "One", "cores": "2", "memory": "8.0 GB", "system": "Linux"},
            versions={"python": "3.11.7", "sqlite": "3.54.1", "wrk": "4.1.0"},
            orders=1_000_000,
            rounds=5,
            seconds=2,
            sync_us=1234.5,
            sections={"SQLite": [a_row(2.5, 2.0)], "PostgreSQL": [a_row(1.5, 2.0)]},
        )
        told, sqlite, first, postgres, second = reports.markdown(report).split("\n\n")
        assert told.replace("\n", " ") == (
            "`python -m bench`, 2026-11-23, One, 2 cores with a load of 0.2 by others, 8.0 GB, "
            "Python 3.11.7, SQLite 3.54.1, wrk 4.1.0. 1,000,000 orders, medians of 5 rounds of "
            "2 seconds. A sync of the disk took 1,234 µs."
        )
        assert (sqlite, postgres) == ("### SQLite", "### PostgreSQL")
        assert first.endswith("| missed |")
        assert second.endswith("| met |")
        assert rows.missed(report.sections) == 1
