"""The figures as Prometheus reads them: names, help and labels, spelt by its own library.

No label holds anything that a client chose: operations and statuses are ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from itertools import accumulate

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from orderfolio.telemetry.figures import REQUEST_SECONDS, Figures, Histogram

Spell = Callable[[str], Awaitable[tuple[bytes, str]]]


def create_spelling(figures: Figures, build: dict[str, str]) -> Spell:
    """What spells the figures, and those of the process, in the format that an `Accept` header
    asks for; the second of the pair is its content type. `build` says what runs."""
    process = CollectorRegistry()
    ProcessCollector(registry=process)
    PlatformCollector(registry=process)
    GCCollector(registry=process)

    async def look() -> Figures:
        return figures.copy()

    return _spelling(look, process, build)


def create_summary(
    look: Callable[[], Awaitable[Figures]],
    processes: Callable[[], Mapping[str, int]],
    build: dict[str, str],
) -> Spell:
    """As `create_spelling`, for several processes: `look` gives the sum of what they count,
    and `processes` their ids by what each is called."""
    return _spelling(look, _Processes(processes), build)


def _spelling(
    look: Callable[[], Awaitable[Figures]], process: Collector, build: dict[str, str]
) -> Spell:
    one_at_a_time = asyncio.Lock()

    async def spell(accept: str) -> tuple[bytes, str]:
        async with one_at_a_time:
            moment = _Moment(_Collection(await look(), build), process)
            # A thousand lines take tens of milliseconds, in which requests go on.
            return await asyncio.to_thread(_spell, moment, accept)

    return spell


def _spell(moment: Collector, accept: str) -> tuple[bytes, str]:
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):
        # A version that is no number: what every reader knows.
        encode, content_type = choose_encoder("")
    return encode(moment), content_type


class _Moment(Collector):
    """What several collect, as one."""

    def __init__(self, *parts: Collector) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        for part in self._parts:
            yield from part.collect()


class _Processes(Collector):
    """What several processes take of the machine, told apart by the label `worker`."""

    def __init__(self, processes: Callable[[], Mapping[str, int]]) -> None:
        self._processes = processes

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        for worker, number in self._processes().items():
            # Of one that is gone the library finds nothing, and says nothing.
            for found in ProcessCollector(pid=_always(number), registry=None).collect():
                family = families.setdefault(
                    found.name, Metric(found.name, found.documentation, found.type)
                )
                labels = {"worker": worker}
                family.samples.extend(one._replace(labels=labels) for one in found.samples)
        yield from families.values()


def _always(number: int) -> Callable[[], int]:
    return lambda: number


class _Collection(Collector):
    def __init__(self, figures: Figures, build: dict[str, str]) -> None:
        self._figures = figures
        self._build = build

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("orderfolio_build", "What runs.", self._build)
        yield from self._requests()
        yield from self._store()

    def _requests(self) -> Iterator[Metric]:
        figures = self._figures
        counted = CounterMetricFamily(
            "orderfolio_http_requests",
            "Requests by operation and status; status none: the client went away.",
            labels=("operation", "status"),
        )
        durations: dict[str, Histogram] = {}
        for (operation, status), found in figures.requests.items():
            name = operation or "none"
            counted.add_metric((name, str(status or "none")), sum(found.counts))
            durations.setdefault(name, Histogram(REQUEST_SECONDS)).merge(found)
        yield counted
        family = HistogramMetricFamily(
            "orderfolio_http_request_duration_seconds",
            "From a request's head to its answer, by operation.",
            labels=("operation",),
        )
        for operation, found in durations.items():
            family.add_metric((operation,), *_buckets(found))
        yield family
        yield GaugeMetricFamily(
            "orderfolio_http_requests_in_flight", "Requests being answered.", figures.in_flight
        )
        refused = CounterMetricFamily(
            "orderfolio_http_refused",
            "What was refused before it became a request, by status.",
            labels=("status",),
        )
        for status, count in figures.refused.items():
            refused.add_metric((str(status),), count)
        yield refused

    def _store(self) -> Iterator[Metric]:
        figures = self._figures
        yield GaugeMetricFamily(
            "orderfolio_store_queue_length",
            "Writes that wait for their turn.",
            figures.queue_length(),
        )
        for name, words, found in (
            ("group_size", "Writes that shared a transaction.", figures.groups),
            (
                "group_seconds",
                "What a transaction took, its commit included.",
                figures.group_seconds,
            ),
            ("wait_seconds", "How long a write waited for its turn.", figures.wait_seconds),
        ):
            buckets, total = _buckets(found)
            yield HistogramMetricFamily(
                f"orderfolio_store_{name}", words, buckets=buckets, sum_value=total
            )
        yield SummaryMetricFamily(
            "orderfolio_store_read_seconds",
            "What reads took.",
            count_value=figures.reads,
            sum_value=figures.read_seconds,
        )


def _buckets(found: Histogram) -> tuple[list[tuple[str, float]], float]:
    """Each bound with how many were at most that, as the library wants them; and the sum."""
    names = [*(str(float(bound)) for bound in found.bounds), "+Inf"]
    return list(zip(names, accumulate(found.counts), strict=True)), found.total
