"""The access log: an entry for each request, whoever answered it."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Final

from msgspec import Struct

_log = logging.getLogger("orderfolio.access")

_BLANK: Final = vars(logging.LogRecord(_log.name, logging.INFO, "", 0, "", (), None))


class Entry(Struct, frozen=True, kw_only=True):
    """What is told of a request; of what never became one, who sent it and what was answered.

    `at` is when that was, in seconds since 1970, `duration_ms` how long it had taken.
    """

    at: float
    request_id: str
    client: str | None
    status: int
    bytes: int
    method: str | None = None
    path: str | None = None
    duration_ms: float | None = None
    client_key: str | None = None


class Record(logging.LogRecord):
    """A record with entries in place of a message.

    A handler that spells it later says so by `keep`: it takes more entries until then, so
    that all of one turn of the loop go through the machinery of logging once. It isn't made
    as others are, which look for their caller, their thread, their process and their task.
    """

    def __init__(self, first: Entry) -> None:
        self.__dict__ = {**_BLANK, "created": first.at}
        self._entries = [first]
        self._is_kept = False

    def keep(self) -> None:
        self._is_kept = True

    def add(self, entry: Entry) -> bool:
        """Whether it still takes entries, and so took this one."""
        if self._is_kept:
            self._entries.append(entry)
        return self._is_kept

    def take_entries(self) -> list[Entry]:
        """All that it carries, and the end of it."""
        with _gate:
            self._is_kept = False
        return self._entries


class _Book:
    """Knows the record that may take entries."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: Record | None = None

    def write(self, entry: Entry) -> None:
        with _gate:
            if self._last is not None and self._last.add(entry):
                return
            record = self._last = Record(entry)
        # Not `handle`, which asks again whether it is written.
        _log.callHandlers(record)


# Handlers may spell a record in any thread.
_gate: Final = Lock()
_book: Final = _Book()
write: Final = _book.write


def is_written() -> bool:
    return _log.isEnabledFor(logging.INFO)
