"""What counts and traces requests, as the application sees it, and what it sees of them."""

from __future__ import annotations

from typing import Protocol

from orderfolio.wire.asgi import Scope


class Exchange(Protocol):
    """A request that is being answered.

    `operation` names it as openapi.json does, "" where that isn't known (yet); `status` is 0
    until an answer was sent; `began` is a moment of `perf_counter`.
    """

    @property
    def scope(self) -> Scope: ...
    @property
    def method(self) -> str: ...
    @property
    def headers(self) -> dict[bytes, bytes]: ...
    @property
    def request_id(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def status(self) -> int: ...
    @property
    def began(self) -> float: ...


class Watch(Protocol):
    """Told of each request twice, in the request's own task; it returns at once, and what it
    raises would end the request."""

    def begin(self, exchange: Exchange) -> None:
        """It is to be answered; `operation` and `status` aren't known yet."""

    def end(self, exchange: Exchange) -> None:
        """It was answered, or its client went away: `status` is 0."""
