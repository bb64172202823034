"""How long whoever asks the store will wait: the request's deadline, which every call to the
store that the request makes shares.

Held in a context variable, since it belongs to the task of the request and to nothing that
is called there.
"""

from __future__ import annotations

from contextvars import ContextVar
from time import monotonic
from typing import Final

_ends_at: Final[ContextVar[float | None]] = ContextVar("deadline", default=None)


def begin(seconds: float) -> None:
    """From now on, the calls of this task must be answered within `seconds`."""
    _ends_at.set(monotonic() + seconds)


def extend(seconds: float) -> None:
    """Put the deadline off by time that wasn't the store's, such as that of a slow body."""
    ends_at = _ends_at.get()
    if ends_at is not None:
        _ends_at.set(ends_at + seconds)


def ends_at() -> float | None:
    """The moment, as `time.monotonic` counts, by which this task must have its answer."""
    return _ends_at.get()
