"""What the program does, for its commands: a loop, a store, and the work that is done there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeVar

import uvloop

from orderfolio import databases, logs, serving
from orderfolio.housekeeping import scrub
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, deletions, guests, organisations
from orderfolio.operations.acting import ActingStore
from orderfolio.operations.audit import Receipt
from orderfolio.serving import OnListening
from orderfolio.settings import Settings
from orderfolio.store.contract import Operation, Parameters, Result, Store, Transaction
from orderfolio.store.copying import Copied, OnStep
from orderfolio.store.records import Actor, By, Organisation, Problem
from orderfolio.wire.documents import SPELLING

FIRST_ORGANISATION: Final = serving.FIRST_ORGANISATION

_COMMAND: Final = By(actor=Actor.COMMAND)

Outcome = TypeVar("Outcome")


def serve(settings: Settings, on_listening: OnListening) -> None:
    """Serve until told to stop, then finish what was accepted. Raises CannotStart."""
    logs.configure(settings.log_format, settings.log_level, access=settings.access_log)
    serving.check_token(settings)
    if settings.workers == 1:
        _run(serving.serve_alone(settings, on_listening))
    else:
        # Only here: who serves alone starts without what leads others.
        from orderfolio.crews.leading import lead  # noqa: PLC0415

        _run(lead(settings, on_listening))


def administer(
    settings: Settings,
    operation: Operation[Parameters, Result],
    *arguments: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    """Run one operation on the database, beside a server that may be using it.

    Raises CannotStart, Unavailable, and whatever the operation does.
    """

    async def run() -> Result:
        async with _store(settings) as store:
            return await ActingStore(store, _COMMAND).transact(operation, *arguments, **named)

    return _command(run())


def migrate(settings: Settings) -> None:
    """Make the database, or bring it to this program's version. Raises CannotStart."""

    async def run() -> None:
        async with _store(settings, migrates=True):
            return

    _command(run())


def check(settings: Settings) -> list[Problem]:
    """What is wrong with the database, beside a server that may be using it. Raises
    CannotStart."""
    return _command(databases.check(settings.database, SPELLING))


def copy(source: Settings, target: Settings, on_step: OnStep) -> list[Copied]:
    """Carry all that is in the one database to the other, which is empty or has a part of it
    from a run before; what is the same in both now. Raises CannotStart."""
    return _command(databases.copy(source.database, target.database, on_step))


def remove_organisation(settings: Settings, name: str) -> int:
    """Revoke its credentials, then delete all of its data in batches; how many orders and
    guests went. Raises NoSuchName."""

    async def run() -> int:
        total = 0
        async with _store(settings) as opened:
            store = ActingStore(opened, _COMMAND)
            organisation = await store.transact(organisations.close, name)
            while await store.transact(organisations.clear_audit, organisation):
                pass
            while gone := await store.transact(organisations.remove_some, organisation):
                total += gone
        return total

    return _command(run())


def remove_guest(settings: Settings, organisation_name: str, ref: Ref) -> Receipt:
    """Delete a guest with all that is associated with it, to the end, and take it out of what
    the engine keeps beside its tables; the receipt. Raises NoSuchName, NotFound."""

    async def run() -> Receipt:
        async with _store(settings) as opened:
            store = ActingStore(opened, _COMMAND)
            organisation = await store.read(_find_organisation, organisation_name)
            request = await store.transact(guests.remove, organisation, ref, UNGUARDED)
            while not await store.transact(deletions.advance, organisation, ref):
                pass
            await scrub(store)
            receipt = await store.read(audit.find_receipt, organisation, ref, request)
            assert receipt is not None  # noqa: S101 - it was written with the last of the guest
            return receipt

    return _command(run())


async def _find_organisation(tx: Transaction, name: str) -> Organisation:
    return (await organisations.fetch(tx, name)).organisation


def _store(settings: Settings, *, migrates: bool = False) -> AbstractAsyncContextManager[Store]:
    return databases.opened(settings.database, SPELLING, migrates=migrates)


def _command(main: Coroutine[Any, Any, Outcome]) -> Outcome:
    # What a command meets is told once, by the command; a log would say it again.
    logging.disable()
    try:
        return _run(main)
    finally:
        logging.disable(logging.NOTSET)


def _run(main: Coroutine[Any, Any, Outcome]) -> Outcome:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
