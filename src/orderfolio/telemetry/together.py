"""Figures and traces at once: each is told what the other is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from orderfolio.store.contract import Observer
from orderfolio.wire.watching import Exchange, Watch


class Telemetry(Watch, Observer, Protocol):
    """What is told of requests by the application, and of their work by the store."""


class Together:
    """Tells one, then the other."""

    def __init__(self, one: Telemetry, other: Telemetry) -> None:
        self._both = (one, other)

    def begin(self, exchange: Exchange) -> None:
        for one in self._both:
            one.begin(exchange)

    def end(self, exchange: Exchange) -> None:
        for one in self._both:
            one.end(exchange)

    def follow_queue(self, length: Callable[[], int]) -> None:
        for one in self._both:
            one.follow_queue(length)

    def observe_group(self, size: int, seconds: float) -> None:
        for one in self._both:
            one.observe_group(size, seconds)

    def observe_write(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        for one in self._both:
            one.observe_write(operation, waited_seconds, database_seconds)

    def observe_read(
        self, operation: Callable[..., Any], waited_seconds: float, database_seconds: float
    ) -> None:
        for one in self._both:
            one.observe_read(operation, waited_seconds, database_seconds)
