"""Plays as many rounds as wanted: `make simulate`."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.journals import Violation
from tests.simulation.rounds import Told, play

# Of rounds that fail, so many are told whole; the others by their seeds.
SHOWN = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1000, help="how many")
    parser.add_argument("--workers", type=int, default=1, help="processes that play them")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.seeds)
    with ProcessPoolExecutor(asked.workers) as pool:
        return tell(seeds, pool.map(attempt, seeds, chunksize=5))


def attempt(seed: int) -> Told | str:
    """What a round came to, or in words why it failed."""
    try:
        return play(seed)
    except Violation as violation:
        return str(violation)


def tell(seeds: Iterable[int], outcomes: Iterable[Told | str]) -> int:
    counts: Counter[str] = Counter()
    rounds = 0
    failed = []
    for seed, outcome in zip(seeds, outcomes, strict=True):
        rounds += 1
        if isinstance(outcome, Told):
            counts += outcome.counts
            continue
        failed.append(seed)
        if len(failed) <= SHOWN:
            sys.stdout.write(f"Seed {seed}\n{outcome}\n\n")
    sys.stdout.write(
        f"{rounds:,} rounds: {counts['asked']:,} writes ({counts['acknowledged']:,} acknowledged, "
        f"{counts['refused']:,} refused, {counts['unknown']:,} of unknown outcome), "
        f"{counts['read']:,} reads, {counts['failure']:,} failures of the disk, "
        f"{counts['power']:,} power cuts; {len(failed)} rounds failed"
        f"{': ' if failed else ''}{', '.join(map(str, failed))}\n"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
