"""What the server does by itself between requests: fold counts, finish deletions and take
their traces out of the engine's logs, keep what was refused and used, forget what was kept
long enough, sweep up behind organisations that are gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.model.instants import Instant
from orderfolio.operations import (
    answers,
    audit,
    deletions,
    organisations,
    refusals,
    tallies,
    uses as using,
)
from orderfolio.operations.refusals import Tray
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Store, Transaction

PAUSE_SECONDS: Final = 0.5
FOLDED_AT_ONCE: Final = 2_000
FORGOTTEN_AT_ONCE: Final = 500
# How often it is looked for what needn't go at once.
MINUTE_SECONDS: Final = 60.0
_HOUR_MICROSECONDS: Final = 3_600_000_000

logger = logging.getLogger("orderfolio.housekeeping")


async def keep_house(store: Store, idempotency_hours: float, audit_days: int) -> None:
    """Do what is due in the store, until cancelled. Of several processes that share a store
    one is enough, and two do no harm."""
    loop = asyncio.get_running_loop()
    minute_due = loop.time()
    while True:
        await _attempt(tidy(store, idempotency_hours))
        if loop.time() >= minute_due and await _attempt(tidy_by_the_minute(store, audit_days)):
            minute_due = loop.time() + MINUTE_SECONDS
        await asyncio.sleep(PAUSE_SECONDS)


async def keep_books(store: Store, tray: Tray, uses: Uses) -> None:
    """Write down what this process counted and noted, until cancelled."""
    while True:
        await _attempt(keep_refusals(store, tray))
        await _attempt(keep_uses(store, uses))
        await asyncio.sleep(PAUSE_SECONDS)


async def _attempt(work: Coroutine[Any, Any, None]) -> bool:
    """Whether it was done; what fails is tried again another time, as it stays due."""
    try:
        await work
    except Unavailable as error:
        logger.warning("housekeeping waits for the store: %s", error)
        return False
    except Exception:
        # A bug of ours: the server still answers.
        logger.exception("housekeeping failed")
        return False
    return True


async def tidy(store: Store, idempotency_hours: float) -> None:
    """Do all that is due, in transactions small enough not to keep anybody waiting. What
    finds nothing to do writes nothing."""
    while await store.transact(tallies.fold, FOLDED_AT_ONCE) == FOLDED_AT_ONCE:
        pass
    while await store.transact(deletions.advance_any):
        pass
    await scrub(store)
    while await store.transact(_forget, idempotency_hours) == FORGOTTEN_AT_ONCE:
        pass


async def scrub(store: Store) -> None:
    """Take what is left of deleted guests out of the engine's logs; what can't be taken out
    now, since somebody reads, is tried again."""
    traces = await store.read(deletions.browse_traces)
    if traces and await store.scrub():
        await store.transact(deletions.clear_traces, traces)


async def tidy_by_the_minute(store: Store, audit_days: int) -> None:
    """What takes a look at every organisation, and can wait."""
    await shorten_audit(store, audit_days)
    await sweep_organisations(store)


async def sweep_organisations(store: Store) -> None:
    """Delete what was written for organisations that had gone before it was."""
    while await store.transact(organisations.remove_left):
        pass


async def shorten_audit(store: Store, days: int) -> None:
    """Let go of entries of the audit log that are older."""
    while await store.transact(audit.forget, days, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
        pass


async def keep_refusals(store: Store, tray: Tray) -> None:
    """Write down what was refused, if anything was, and let go of what is old."""
    counts = tray.empty()
    if not counts:
        return
    try:
        await store.transact(refusals.record, counts)
    except OutcomeUnknown:
        # Counted once or not at all, rather than twice.
        raise
    except Unavailable:
        tray.put_back(counts)
        raise
    while await store.transact(refusals.forget, FORGOTTEN_AT_ONCE) == FORGOTTEN_AT_ONCE:
        pass


async def keep_uses(store: Store, uses: Uses, *, everything: bool = False) -> None:
    """Write down which client keys were used, those that are due or, at the end, all."""
    noted = uses.take(everything=everything)
    if not noted:
        return
    try:
        await store.transact(using.record, noted)
    except (Unavailable, asyncio.CancelledError):
        # Kept twice is the same as once.
        uses.put_back(noted)
        raise


async def _forget(tx: Transaction, idempotency_hours: float) -> int:
    age = int(idempotency_hours * _HOUR_MICROSECONDS)
    return await answers.forget(tx, Instant(tx.now.microseconds - age), FORGOTTEN_AT_ONCE)
