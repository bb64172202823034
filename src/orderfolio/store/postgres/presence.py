"""Whether the database is there, as the lanes of a store find it: told to the log once when it
goes and once when it is back, however many of them notice."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)


class Presence:
    """`failure` is why it isn't there, or why it wasn't when it was last missed."""

    def __init__(self) -> None:
        self.failure = "the database can't be reached"
        self._is_away = False

    def lose(self, failure: str) -> None:
        self.failure = failure
        if not self._is_away:
            _log.warning(failure)
        self._is_away = True

    def regain(self) -> None:
        if self._is_away:
            _log.info("the database is back")
        self._is_away = False
