"""The rows of PostgreSQL: rates beside pgbench's on the same server, and CPU with its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

from msgspec import Struct

from bench import lasting, pages, processes, rounds, rows
from bench.postgres.databases import Stored
from bench.postgres.pgbench import Beside
from bench.processes import Server
from bench.rounds import Case, Figure, Load, Sample, Samples
from bench.rows import Pair, Row, Sections
from bench.runs import Run

# As many as are tried: more don't pay where there are two cores.
WORKERS: Final = (1, 2)

_LIMIT: Final = "limit"


class Place(Struct, frozen=True, kw_only=True):
    """The servers over one cluster: those of `ours` have one worker, as `crews` by number."""

    stored: Stored
    ours: Pair
    crews: Mapping[int, Server]


def measure(run: Run, stored: Stored) -> Sections:
    """All that is wanted."""
    found: Sections = defaultdict(list)
    with _served(run, stored) as place:
        for name, plan in _PLANS.items():
            if name in run.wanted:
                run.say(f"{name}, PostgreSQL")
                found[rows.title("PostgreSQL", name)] += plan(place, run)
    return found


@contextmanager
def _served(run: Run, stored: Stored) -> Iterator[Place]:
    stored.cluster.start()
    log, first = run.folder / "postgres.log", stored.cluster.pid
    with ExitStack() as servers:
        crews = {
            number: servers.enter_context(processes.on_postgres(stored.large, log, first, number))
            for number in WORKERS
        }
        small = servers.enter_context(processes.on_postgres(stored.small, log, first, 1))
        ours = Pair(large=crews[1], small=small, table=stored.table)
        yield Place(stored=stored, ours=ours, crews=crews)


def _get(place: Place, run: Run) -> list[Row]:
    fetch = rows.fetch(place.ours.table)
    cases = {_LIMIT: _beside(place, "select.pgbench"), **_by_crews(place, "get", fetch)}
    samples = rounds.measure(cases, run.rounds, run.seconds)
    name = "GET one order"
    return [*rates(name, samples, "get", 0.8), *_costs(name, samples, "get")]


def _post(place: Place, run: Run) -> list[Row]:
    cases = {
        _LIMIT: _beside(place, "insert.pgbench"),
        **_by_crews(place, "new", rows.create("ascending")),
        **_by_crews(place, "matching", rows.create("matching")),
    }
    samples = rounds.measure(cases, run.rounds, run.seconds)
    name = "POST one order"
    return [
        *rates(name, samples, "new", 1.0),
        *rates(f"{name}, a tenth matching", samples, "matching", 0.7),
        *_costs(name, samples, "new"),
    ]


def _page(place: Place, run: Run) -> list[Row]:
    large = place.ours.large
    with processes.bare(processes.page_bytes(large)) as bare:
        cases = {
            _LIMIT: Case(server=bare, work=rows.plain("GET")),
            "ours": Case(server=large, work=rows.browse(1)),
        }
        samples = rounds.measure(cases, run.rounds, run.seconds)
    name = "page of 100 whole orders"
    return [
        rows.row(f"{name}, with the database's own", samples, "ours", _LIMIT, "CPU", 2.5),
        _cpu(name, samples["ours"]),
    ]


_PLANS: Final[Mapping[str, Callable[[Place, Run], list[Row]]]] = {
    "get": _get,
    "post": _post,
    "page": _page,
    "offset": lambda place, run: rows.offset(place.ours, run.rounds, run.seconds),
    "growth": lambda place, run: rows.growth(place.ours, run.rounds, run.seconds),
    "load": lambda place, run: lasting.rows(place.ours, run.load_minutes),
    "console": lambda place, _: pages.rows(place.ours),
}


def _database_cpu(sample: Sample) -> float:
    return sample.database_cpu_us


def _beside(place: Place, script: str) -> Load:
    return Beside(place.stored, place.ours.large, script)


def _by_crews(place: Place, kind: str, work: Callable[[int], tuple[str, ...]]) -> dict[str, Load]:
    """The same work for each number of workers."""
    return {
        _with(kind, workers): Case(server=server, work=work)
        for workers, server in place.crews.items()
    }


def _with(kind: str, workers: int) -> str:
    return f"{kind} by {workers}"


def rates(work: str, samples: Samples, kind: str, goal: float) -> list[Row]:
    """A row for each number of workers; that which serves the most has the goal."""

    def served(workers: int) -> float:
        return rounds.middle(samples[_with(kind, workers)], rounds.rate)

    best = max(WORKERS, key=served)
    return [
        _beside_pgbench(
            f"{work}, {'1 worker' if workers == 1 else f'{workers} workers'}: rate",
            samples,
            _with(kind, workers),
            "/s",
            rounds.rate,
            goal if workers == best else None,
        )
        for workers in WORKERS
    ]


def _costs(work: str, samples: Samples, kind: str) -> list[Row]:
    """What one worker takes, and what the database takes for it."""
    one = _with(kind, 1)
    name = f"{work}: CPU of the database"
    return [
        _beside_pgbench(name, samples, one, "µs", _database_cpu, None),
        _cpu(work, samples[one]),
    ]


def _beside_pgbench(
    work: str, samples: Samples, ours: str, unit: str, figure: Figure, goal: float | None
) -> Row:
    return Row(
        work=f"{work}, beside pgbench",
        value=rounds.middle(samples[ours], figure),
        limit=rounds.middle(samples[_LIMIT], figure),
        unit=unit,
        result=rounds.ratio(samples[ours], samples[_LIMIT], figure),
        goal=goal,
        at_least=True,
    )


def _cpu(work: str, samples: Sequence[Sample]) -> Row:
    """What our process takes, beside what PostgreSQL's take for the same requests."""
    ours = rounds.middle(samples, lambda sample: sample.cpu_us - sample.database_cpu_us)
    theirs = rounds.middle(samples, _database_cpu)
    return Row(
        work=f"{work}: CPU of the server, beside the database's",
        value=ours,
        limit=theirs,
        unit="µs",
        result=ours / theirs,
        goal=None,
    )
