"""The access log: a record for each request, whoever answered it."""

from __future__ import annotations

import logging
import time
from typing import Any, Final

_log = logging.getLogger("orderfolio.access")

_BLANK: Final = vars(logging.LogRecord(_log.name, logging.INFO, "", 0, "", (), None))


class Record(logging.LogRecord):
    """A record that carries fields instead of a message.

    It isn't made as others are, which look for their caller, their thread, their process and
    their task: five times the cost of all else that a line needs.
    """

    def __init__(self, **fields: Any) -> None:
        self.__dict__ = _BLANK | fields
        self.created = time.time()


def is_written() -> bool:
    return _log.isEnabledFor(logging.INFO)


def write(
    *,
    request_id: bytes,
    client: str | None,
    status: int,
    size_bytes: int,
    **more: str | float | None,
) -> None:
    """A line of these, and of `more`: what is known only of a request that became one."""
    # Not `handle`, which asks again whether it is written.
    _log.callHandlers(
        Record(
            request_id=request_id.decode(), client=client, status=status, bytes=size_bytes, **more
        )
    )
