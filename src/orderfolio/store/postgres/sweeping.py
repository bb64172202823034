"""Sweeping: dead rows of the tallies are cleared away while they are few.

Each count is a row that lives until the next fold, half a second. PostgreSQL looks after its
tables once a minute; until then, whoever sums up what wasn't folded yet walks over all that
was. After 40 seconds of 800 creates each, a total took 2 to 9 ms, and swept 0.1 to 0.5.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from orderfolio.errors import CannotStart
from orderfolio.store.postgres.failures import FAILURES, in_words
from orderfolio.store.postgres.sessions import connect

PAUSE_SECONDS: Final = 5.0
# After fewer writes than this, what lies in the way isn't worth a connection.
LEAST_WRITES: Final = 2_000
_PATIENCE_SECONDS: Final = 30.0
# Another server that sweeps already is enough. Nothing is given back to the system, for which
# everybody else would have to stand aside.
_VACUUM: Final = "VACUUM (SKIP_LOCKED, TRUNCATE FALSE) tallies"

_log = logging.getLogger(__name__)


async def keep_swept(url: str, writes: Callable[[], int]) -> None:
    """Sweep as often as it is worth it, until cancelled. `writes` tells how many there were so
    far."""
    swept_at = 0
    while True:
        await asyncio.sleep(PAUSE_SECONDS)
        written = writes()
        if written - swept_at >= LEAST_WRITES and await sweep(url):
            swept_at = written


async def sweep(url: str) -> bool:
    """Clear away what nobody can see any more; whether the server did. Never raises for what
    it does: it would do the same by itself, later."""
    try:
        connection = await connect(url)
    except (*FAILURES, CannotStart):
        # Whoever has work to do says so.
        return False
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await connection.execute(_VACUUM)
    except FAILURES as error:
        _log.info("the tallies weren't swept: %s", in_words(error))
        return False
    finally:
        connection.terminate()
    return True
