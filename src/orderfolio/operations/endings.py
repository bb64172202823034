"""Endings: sessions that people ended before their time, so that copies of them open nothing."""

from __future__ import annotations

from orderfolio.model.instants import Instant
from orderfolio.store.contract import Transaction


async def create(tx: Transaction, session: bytes, over_at: Instant) -> None:
    """End a session, which would be over at `over_at` anyway. Of those that are over by now
    nobody need know any more."""
    await tx.endings.delete_older(tx.now)
    await tx.endings.insert(session, over_at)


async def find(tx: Transaction, session: bytes) -> Instant | None:
    """When the session would have been over; None where nobody ended it."""
    return await tx.endings.find(session)
