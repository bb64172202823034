"""A load that lasts: whether a server needs more memory the longer it serves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from statistics import median
from typing import Final

from bench import loads
from bench.processes import Server
from bench.rows import Pair, Row

# Memory is compared by sixths of the load: the last beside the second, when all caches are full.
_SIXTHS: Final = 6
_SAMPLES: Final = 120
_MOST_GROWTH: Final = 1.05


def rows(pair: Pair, minutes: float) -> list[Row]:
    """Orders read at random, pages from anywhere and 500 new orders a second, all at once."""
    seconds = minutes * 60
    with ExitStack() as ends:
        clients = [
            ends.enter_context(loads.start(pair.large.port, seconds, work, connections))
            for work, connections in (
                (("fetch", str(pair.table.refs)), 32),
                (("browse", str(pair.table.orders - 100)), 4),
                (loads.trickle(), loads.TRICKLING),
            )
        ]
        samples = [*_samples(pair.large, seconds)]
        done = sum(loads.finish(client).requests for client in clients)
    return [growth(samples, f"memory after {minutes:g} minutes of load, {done:,} requests")]


def growth(samples: Sequence[float], work: str) -> Row:
    """The last sixth of samples in MB beside the second."""
    length = max(1, len(samples) // _SIXTHS)
    last, second = median(samples[-length:]), median(samples[length:][:length])
    return Row(
        work=f"{work}, beside the second sixth of it",
        value=last,
        limit=second,
        unit="MB",
        result=last / second,
        goal=_MOST_GROWTH,
    )


def _samples(server: Server, seconds: float) -> Iterator[float]:
    """What it holds, again and again for so long."""
    apart = seconds / (_SAMPLES + 1)
    for _ in range(_SAMPLES):
        time.sleep(apart)
        yield server.resident_mb()
