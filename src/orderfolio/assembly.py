"""The parts put together: the one place that knows an engine, and what runs beside a server."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

import uvloop

from orderfolio import logs
from orderfolio.console.pages import create_pages
from orderfolio.errors import CannotStart
from orderfolio.housekeeping import keep_house
from orderfolio.operations import credentials, organisations
from orderfolio.operations.credentials import NewCredential
from orderfolio.settings import Settings
from orderfolio.store.contract import Operation, Parameters, Result, Store, Transaction
from orderfolio.store.sqlite import open_store
from orderfolio.wire.application import Application
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.server import serve as listen

FIRST_ORGANISATION: Final = "default"
# In memory where the system offers a place for it: such a database outlives no process.
_MEMORY: Final = Path("/dev/shm")  # noqa: S108

Outcome = TypeVar("Outcome")

OnListening = Callable[[int, NewCredential | None], None]
"""Told the port, and the first credentials in the one moment in which they are known."""


def serve(settings: Settings, on_listening: OnListening) -> None:
    """Serve until told to stop, then finish what was accepted. Raises CannotStart."""
    logs.configure(settings.log_format, settings.log_level, access=settings.access_log)
    _run(_serve(settings, on_listening))


def administer(
    settings: Settings,
    operation: Operation[Parameters, Result],
    *arguments: Parameters.args,
    **named: Parameters.kwargs,
) -> Result:
    """Run one operation on the database, beside a server that may be using it.

    Raises CannotStart, and whatever the operation does.
    """

    async def run() -> Result:
        async with _store(settings) as store:
            return await store.transact(operation, *arguments, **named)

    return _run(run())


def remove_organisation(settings: Settings, name: str, on_progress: Callable[[int], None]) -> None:
    """Revoke its credentials, then delete all of its data in batches. Raises NoSuchName."""

    async def run() -> None:
        async with _store(settings) as store:
            organisation = await store.transact(organisations.close, name)
            while gone := await store.transact(organisations.remove_some, organisation):
                on_progress(gone)

    _run(run())


async def _serve(settings: Settings, on_listening: OnListening) -> None:
    openapi = (files("orderfolio.wire") / "openapi.json").read_bytes()
    async with _store(settings) as store:
        first = await _first_credentials(store, settings)
        application = Application(
            store,
            openapi=openapi,
            pages=create_pages(openapi),
            strict=settings.strict,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            body_limit_bytes=settings.body_limit_bytes,
            request_timeout_seconds=settings.request_timeout_seconds,
            access_log=settings.access_log,
        )
        # What is there now stays for good: looking through it again would only cost pauses.
        gc.collect()
        gc.freeze()
        house = asyncio.create_task(keep_house(store, settings.idempotency_hours))
        try:
            await listen(
                application,
                settings.host,
                settings.port,
                on_listening=lambda port: on_listening(port, first),
                head_timeout_seconds=settings.request_timeout_seconds,
            )
        finally:
            house.cancel()
            with suppress(asyncio.CancelledError):
                await house


async def _first_credentials(store: Store, settings: Settings) -> NewCredential | None:
    """See to it that somebody can call: with the configured pair, or, where there is no
    organisation yet, with a new one, which is returned."""
    if settings.client_key is not None and settings.api_token is not None:
        configured = NewCredential(settings.client_key, settings.api_token)
        await store.transact(credentials.ensure, FIRST_ORGANISATION, configured)
        return None
    new = credentials.draw()
    return new if await store.transact(_begin, new) else None


async def _begin(tx: Transaction, new: NewCredential) -> bool:
    """Make the first organisation with its credentials; False where there is one already."""
    if await organisations.browse(tx):
        return False
    await credentials.ensure(tx, FIRST_ORGANISATION, new)
    return True


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    path = settings.database.path
    if path is None:
        folder = _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())
        path = Path(tempfile.mkdtemp(prefix="orderfolio-", dir=folder)) / "orderfolio.db"
        store = open_store(path, SPELLING, delete_at_close=True)
    else:
        _make_folder(path.parent)
        store = open_store(path, SPELLING)
    try:
        yield store
    finally:
        await store.close()
        if settings.database.path is None:
            path.parent.rmdir()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"The folder {folder} can't be made: {error.strerror}.") from error


def _run(main: Coroutine[Any, Any, Outcome]) -> Outcome:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
