"""What became of a COMMIT whose answer was lost: asked of the server, never guessed."""

from __future__ import annotations

import asyncio
from enum import Enum
from time import monotonic
from typing import Final

from orderfolio.errors import CannotStart
from orderfolio.store.postgres.failures import FAILURES
from orderfolio.store.postgres.sessions import Session, open_session

_PAUSE_SECONDS: Final = 0.05


class Outcome(Enum):
    COMMITTED = "committed"
    ABORTED = "aborted"
    UNKNOWN = "unknown"


async def ask(url: str, number: int, incarnation: bytes, until: float) -> Outcome:
    """What became of transaction `number`, which was begun under `incarnation`; asked until
    the server tells or the clock shows `until`."""
    while (left := until - monotonic()) > 0:
        try:
            async with asyncio.timeout(left):
                session = await open_session(url, left)
                try:
                    outcome = await _ask(session, number, incarnation)
                finally:
                    session.terminate()
        except (*FAILURES, CannotStart):
            outcome = None
        if outcome is not None:
            return outcome
        await asyncio.sleep(_PAUSE_SECONDS)
    return Outcome.UNKNOWN


async def _ask(session: Session, number: int, incarnation: bytes) -> Outcome | None:
    """What the server says, None while the transaction is still under way.

    After a crash the number may have been given again, unless it was on disk before: what
    is said to have been committed may then be another's. That a transaction wasn't
    committed is true of both.
    """
    has_crashed = session.incarnation != incarnation
    try:
        rows = await session.fetch("transactions_status", {"number": number})
    except FAILURES as error:
        # A number from the future: the server forgot in a crash that it ever gave it.
        if getattr(error, "sqlstate", None) == "22023":
            return Outcome.ABORTED
        raise
    match rows[0][0]:
        case "aborted":
            return Outcome.ABORTED
        case "committed" if has_crashed:
            return Outcome.UNKNOWN
        case "committed":
            # A server that is told to stop no longer waits for its standbys, and leaves the
            # transaction committed where it is: what follows is waited for in its place.
            await session.fetch("transactions_confirm", {})
            return Outcome.COMMITTED
        case "in progress":
            return Outcome.ABORTED if has_crashed else None
        case _:
            return Outcome.UNKNOWN
