"""Claims: what keeps two writers from changing the same thing at the same moment.

A name that may have no row yet is held by the shard that it is hashed to: two names that
share one wait for each other now and then, and nothing is left behind of either.
"""

from __future__ import annotations

from typing import Final, Protocol


class Claims(Protocol):
    """How an engine holds names, by kind and shard, until its transaction ends.

    `is_alone` says that nobody else writes until then, so that what was seen stays true.
    """

    is_alone: bool

    async def reference(self, shard: int) -> None:
        """Those of orders."""

    async def mark(self, shard: int) -> None:
        """What guests are told apart by."""

    async def scope(self, shard: int) -> None:
        """What an idempotency key belongs to."""


class OneWriter:
    """The claims of an engine whose transactions write one after the other: nothing has to
    be held, because there is nobody to hold it against."""

    is_alone = True

    async def reference(self, shard: int) -> None:
        pass

    async def mark(self, shard: int) -> None:
        pass

    async def scope(self, shard: int) -> None:
        pass


ONE_WRITER: Final = OneWriter()
