"""A server whose time stands still until a test moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tests.store.engines import Engine
from tests.wire.clients import Client, an_application, populate

from orderfolio.model.instants import Instant, parse
from orderfolio.wire.documents import SPELLING


class Clock:
    """Noon of 2024-06-01, until it is moved."""

    def __init__(self) -> None:
        noon = parse("2024-06-01T12:00:00Z")
        assert noon is not None
        self.microseconds = noon.microseconds

    def move(self, seconds: float) -> None:
        self.microseconds += int(seconds * 1_000_000)

    def now(self) -> Instant:
        return Instant(self.microseconds)


@contextmanager
def timed(runner: asyncio.Runner, engine: Engine) -> Iterator[tuple[Client, Clock]]:
    """A client of a server on a store of `engine`, and the clock that both go by."""
    clock = Clock()
    store = runner.run(engine.open(SPELLING, lambda: clock.microseconds))
    try:
        runner.run(populate(store))
        yield Client(runner, an_application(store, clock=clock.now)), clock
    finally:
        runner.run(store.close())
