"""The counts behind totals and offsets."""

from __future__ import annotations

from orderfolio.store.contract import Transaction


async def fold(tx: Transaction, limit: int) -> int:
    """Sum up at most `limit` single counts; how many there were. No total changes."""
    return await tx.tallies.fold(limit)
