"""Draws: the time, the refs and the shards that a submission is given.

Operations may run more than once, so what they draw is remembered and given again. Shards
that follow from what a row says are hashed here too, with the database's own key.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from threading import Lock
from typing import Final

from orderfolio.model import refs
from orderfolio.model.identities import Mark
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.records import Organisation

Clock = Callable[[], int]
"""Microseconds since 1970; it may go backwards."""

Entropy = Callable[[int], bytes]
"""As many random bytes as were asked for."""

KEY_BYTES: Final = 32
# Where a database keeps its key among the settings.
KEY_SETTING: Final = "cursor_key"

_BUFFER_BYTES: Final = 6 * 1024
_COUNTERS: Final = 1 << 12


def wall_clock() -> int:
    return time.time_ns() // 1000


class Source:
    """What all draws of a process come from: its clock, its randomness, its last ref.

    `key` is the database's; `last` the greatest ref that it holds, which every new one
    exceeds, whatever the clock says.
    """

    def __init__(
        self,
        key: bytes,
        last: Ref | None,
        clock: Clock = wall_clock,
        entropy: Entropy = os.urandom,
    ) -> None:
        self.key = key
        self._clock = clock
        self._entropy = entropy
        self._lock = Lock()
        self._buffer = b""
        self._position = 0
        self._milliseconds = 0
        self._counter = -1
        if last is not None:
            self._milliseconds = refs.milliseconds_of(last)
            self._counter = (last[6] & 0xF) << 8 | last[7]

    def now(self) -> Instant:
        return Instant(self._clock())

    def mint(self, now: Instant, shard: int) -> Ref:
        """A ref of `now` on `shard`, later than every one before: where the clock went
        back, or a millisecond's counter is used up, it is of a later moment."""
        with self._lock:
            milliseconds = now.microseconds // 1000
            if milliseconds > self._milliseconds:
                self._milliseconds = milliseconds
                self._counter = 0
            elif self._counter < _COUNTERS - 1:
                self._counter += 1
            else:
                self._milliseconds += 1
                self._counter = 0
            return refs.mint(self._milliseconds, self._counter, self._random(6) >> 2, shard)

    def shard(self) -> int:
        """One at random."""
        with self._lock:
            return self._random(2)

    def _random(self, length: int) -> int:
        # One call into the kernel for a thousand refs, not one each.
        end = self._position + length
        if end > len(self._buffer):
            self._buffer = self._entropy(_BUFFER_BYTES)
            self._position, end = 0, length
        number = int.from_bytes(self._buffer[self._position : end], "big")
        self._position = end
        return number


class Drawn:
    """What one submission drew, in order."""

    __slots__ = ("now", "refs", "shards")

    def __init__(self, now: Instant) -> None:
        self.now = now
        self.refs: list[Ref] = []
        self.shards: list[int] = []


class Draws:
    """What a connection's tables draw from: each submission in its turn."""

    __slots__ = ("_drawn", "_refs", "_shards", "_source", "now")

    def __init__(self, source: Source) -> None:
        self._source = source
        self.begin(Drawn(source.now()))

    def begin(self, drawn: Drawn) -> None:
        """Draw for this submission from here on, from its first draw."""
        self._drawn = drawn
        self.now = drawn.now
        self.rewind()

    def rewind(self) -> None:
        """Give again what this submission was given."""
        self._refs = 0
        self._shards = 0

    def new_ref(self, shard: int) -> Ref:
        """A new ref on `shard`, greater than every one drawn before; the same in each run."""
        given = self._drawn.refs
        if self._refs == len(given):
            given.append(self._source.mint(self.now, shard))
        ref = given[self._refs]
        self._refs += 1
        # A second run may find other data, and so ask for another shard.
        return ref if refs.shard_of(ref) == shard else Ref(ref[:14] + shard.to_bytes(2, "big"))

    def any_shard(self) -> int:
        """A shard at random, for what belongs to none yet; the same in each run."""
        given = self._drawn.shards
        if self._shards == len(given):
            given.append(self._source.shard())
        shard = given[self._shards]
        self._shards += 1
        return shard

    def shard_of_reference(self, organisation: Organisation, reference_id: str) -> int:
        """Where the orders of this `reference_id` live."""
        return _hashed(self._source.key, b"reference", organisation, reference_id)

    def shard_of_mark(self, organisation: Organisation, mark: Mark) -> int:
        """Where the claim on this mark lives."""
        # Providers can't hold U+0000, so the two parts can't run into each other.
        return _hashed(self._source.key, b"mark", organisation, f"{mark.provider}\0{mark.value}")


# What is claimed is looked for next.
@lru_cache(16)
def _hashed(key: bytes, purpose: bytes, organisation: Organisation, text: str) -> int:
    message = organisation.to_bytes(8, "big", signed=True) + text.encode()
    return int.from_bytes(blake2b(message, digest_size=2, key=key, person=purpose).digest(), "big")
