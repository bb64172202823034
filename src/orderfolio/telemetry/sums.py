"""Figures of several processes as those of one: as bytes from each, and added up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

from orderfolio.telemetry.figures import (
    GROUP_SIZES,
    REQUEST_SECONDS,
    STORE_SECONDS,
    Figures,
    Histogram,
)

_Counted: TypeAlias = tuple[list[int], float]


class _Spelt(msgspec.Struct, array_like=True):
    in_flight: int
    queue_length: int
    requests: list[tuple[str, int, _Counted]]
    refused: dict[int, int]
    groups: _Counted
    group_seconds: _Counted
    wait_seconds: _Counted
    reads: int
    read_seconds: float


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Spelt).decode


def spell(figures: Figures) -> bytes:
    """For a process of the same version to `read`."""
    return _encode(
        _Spelt(
            figures.in_flight,
            figures.queue_length(),
            [(*key, _counted(found)) for key, found in figures.requests.items()],
            figures.refused,
            _counted(figures.groups),
            _counted(figures.group_seconds),
            _counted(figures.wait_seconds),
            figures.reads,
            figures.read_seconds,
        )
    )


def read(spelt: bytes) -> Figures:
    """What was spelt, of that moment."""
    told = _decode(spelt)
    found = Figures()
    found.in_flight = told.in_flight
    found.queue_length = lambda: told.queue_length
    found.requests = {
        (operation, status): _histogram(REQUEST_SECONDS, counted)
        for operation, status, counted in told.requests
    }
    found.refused = told.refused
    found.groups = _histogram(GROUP_SIZES, told.groups)
    found.group_seconds = _histogram(STORE_SECONDS, told.group_seconds)
    found.wait_seconds = _histogram(STORE_SECONDS, told.wait_seconds)
    found.reads, found.read_seconds = told.reads, told.read_seconds
    return found


def add_up(several: Iterable[Figures]) -> Figures:
    """One that has counted what all of them counted, and has waiting what waits in each."""
    total = Figures()
    waiting = 0
    for figures in several:
        waiting += figures.queue_length()
        total.in_flight += figures.in_flight
        for key, found in figures.requests.items():
            total.requests.setdefault(key, Histogram(REQUEST_SECONDS)).merge(found)
        for status, count in figures.refused.items():
            total.refused[status] = total.refused.get(status, 0) + count
        total.groups.merge(figures.groups)
        total.group_seconds.merge(figures.group_seconds)
        total.wait_seconds.merge(figures.wait_seconds)
        total.reads += figures.reads
        total.read_seconds += figures.read_seconds
    total.queue_length = lambda: waiting
    return total


def outlived(figures: Figures) -> Figures:
    """What stays counted of a process that is gone: nothing waits in it any more."""
    found = figures.copy()
    found.in_flight = 0
    found.queue_length = lambda: 0
    return found


def _counted(found: Histogram) -> _Counted:
    return found.counts, found.total


def _histogram(bounds: tuple[float, ...], counted: _Counted) -> Histogram:
    found = Histogram(bounds)
    found.counts, found.total = counted
    return found
