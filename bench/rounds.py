"""Rounds: loads applied in turns, so that what else the machine does hurts all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Final

from msgspec import Struct

from bench import loads
from bench.processes import Server

# wrk counts what was answered; what is still under way then, the server should end alone.
_PAUSE_SECONDS: Final = 0.2

Figure = Callable[["Sample"], float]


class Case(Struct, frozen=True, kw_only=True):
    """A load that is to be measured. `work` is told the number of the round."""

    server: Server
    work: Callable[[int], tuple[str, ...]]
    connections: int = loads.CONNECTIONS
    writes_beside: bool = False


class Sample(Struct, frozen=True):
    """What one load cost in one round."""

    cpu_us: float
    p50_us: float
    p99_us: float
    per_second: float
    per_commit: float


Samples = Mapping[str, Sequence[Sample]]


def measure(cases: Mapping[str, Case], rounds: int, seconds: float) -> Samples:
    """Each case once a round, in their order; before the first round once for warmth."""
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            sample = _apply(case, number, seconds if number else 1)
            if number:
                samples[name].append(sample)
    return samples


def middle(samples: Sequence[Sample], figure: Figure) -> float:
    return median(map(figure, samples))


def ratio(samples: Sequence[Sample], limits: Sequence[Sample], figure: Figure) -> float:
    """How many times the limit: the median of the rounds' own ratios."""
    return median(
        figure(sample) / figure(limit) for sample, limit in zip(samples, limits, strict=True)
    )


def _apply(case: Case, number: int, seconds: float) -> Sample:
    server = case.server
    cpu, commits = server.cpu_seconds(), server.commits()
    if case.writes_beside:
        # 500 a second: each of 50 connections rests for 100 ms.
        trickle = ("trickle", f"beside-{time.time_ns()}-", "100")
        with loads.start(server.port, seconds, trickle, 50) as beside:
            seen = loads.apply(server.port, seconds, case.work(number), case.connections)
            loads.finish(beside)
    else:
        seen = loads.apply(server.port, seconds, case.work(number), case.connections)
    time.sleep(_PAUSE_SECONDS)
    return Sample(
        cpu_us=(server.cpu_seconds() - cpu) / seen.requests * 1e6,
        p50_us=seen.p50_us,
        p99_us=seen.p99_us,
        per_second=seen.requests / seen.seconds,
        per_commit=seen.requests / max(server.commits() - commits, 1),
    )
