"""Rounds: loads applied in turns, so that what else the machine does hurts all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from statistics import median
from typing import Final, Protocol

from msgspec import Struct

from bench import loads
from bench.loads import Seen, Starved
from bench.processes import Server

# wrk counts what was answered; what is still under way then, the server should end alone.
PAUSE_SECONDS: Final = 0.2

# So many times a load may be applied until something of it is answered.
_ATTEMPTS: Final = 3

Figure = Callable[["Sample"], float]


class Load(Protocol):
    def apply(self, number: int, seconds: float) -> Sample:
        """Apply it once, in the round of this number. Raises Starved."""


class Case(Struct, frozen=True, kw_only=True):
    """A load of wrk's that is to be measured. `work` is told the number of the round."""

    server: Server
    work: Callable[[int], tuple[str, ...]]
    connections: int = loads.CONNECTIONS
    writes_beside: bool = False

    def apply(self, number: int, seconds: float) -> Sample:
        server = self.server
        cpu, theirs, commits = (
            server.cpu_seconds(),
            server.database_cpu_seconds(),
            server.commits(),
        )
        seen = self._load(number, seconds)
        time.sleep(PAUSE_SECONDS)
        cpu, theirs = server.cpu_seconds() - cpu, server.database_cpu_seconds() - theirs
        return Sample(
            cpu_us=(cpu + theirs) / seen.requests * 1e6,
            database_cpu_us=theirs / seen.requests * 1e6,
            p50_us=seen.p50_us,
            p99_us=seen.p99_us,
            per_second=seen.requests / seen.seconds,
            per_commit=seen.requests / max(server.commits() - commits, 1),
        )

    def _load(self, number: int, seconds: float) -> Seen:
        work = self.work(number)
        if not self.writes_beside:
            return loads.apply(self.server.port, seconds, work, self.connections)
        port, trickle = self.server.port, loads.trickle()
        with loads.start(port, seconds, trickle, loads.TRICKLING) as beside:
            seen = loads.apply(port, seconds, work, self.connections)
            loads.finish(beside)
        return seen


class Sample(Struct, frozen=True, kw_only=True):
    """What one load cost in one round. `database_cpu_us` is the part of `cpu_us` that the
    database took in processes of its own."""

    cpu_us: float
    database_cpu_us: float
    p50_us: float
    p99_us: float
    per_second: float
    per_commit: float


Samples = Mapping[str, Sequence[Sample]]


def measure(cases: Mapping[str, Load], rounds: int, seconds: float) -> Samples:
    """Each case once a round, in their order; before the first round once for warmth."""
    samples: dict[str, list[Sample]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            sample = _sample(case, number, seconds if number else 1)
            if number:
                samples[name].append(sample)
    return samples


def _sample(case: Load, number: int, seconds: float) -> Sample:
    for _ in range(_ATTEMPTS - 1):
        with suppress(Starved):
            return case.apply(number, seconds)
    return case.apply(number, seconds)


def rate(sample: Sample) -> float:
    return sample.per_second


def middle(samples: Sequence[Sample], figure: Figure) -> float:
    return median(map(figure, samples))


def ratio(samples: Sequence[Sample], limits: Sequence[Sample], figure: Figure) -> float:
    """How many times the limit: the median of the rounds' own ratios."""
    return median(
        figure(sample) / figure(limit) for sample, limit in zip(samples, limits, strict=True)
    )
