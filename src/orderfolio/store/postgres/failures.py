"""What PostgreSQL may answer instead of doing its work, and what follows from it.

States are those of SQL's SQLSTATE; what each meant was seen on failover, restart and deadlock.
"""

from __future__ import annotations

from typing import Final

import asyncpg

# The transaction is gone, but the connection is good: another run may well succeed.
_TRY_AGAIN: Final = {"40001", "40P01", "55P03"}
# The connection is gone or worth nothing: the server stops, starts, is full, isn't the one
# that writes any more, has ended what waited for too long, or was migrated, so that what was
# prepared gives other columns (0A000, which no statement of ours asks for otherwise).
_LOST: Final = {"0A000", "25006", "25P03", "25P04"}
_LOST_CLASSES: Final = {"08", "53", "57", "58", "F0", "XX"}

# Whatever a driver's call may raise where the server or the way to it failed.
FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


def may_succeed_again(error: BaseException) -> bool:
    """Whether the same transaction may succeed on the same connection."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _TRY_AGAIN


def is_lost(error: BaseException) -> bool:
    """Whether the connection must be given up; the database may be back on another one."""
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or "08"
        return state in _LOST or state[:2] in _LOST_CLASSES
    return isinstance(error, FAILURES)


def in_words(error: BaseException) -> str:
    """One line of what happened, for logs and for people."""
    text = " ".join(str(error).split())
    if text:
        return text
    return "it doesn't answer" if isinstance(error, TimeoutError) else type(error).__name__
