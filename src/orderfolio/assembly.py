"""The parts put together, and what runs beside a server."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import uvloop

from orderfolio import databases, logs
from orderfolio.console.application import create_console
from orderfolio.console.pages import create_pages
from orderfolio.errors import CannotStart, Unavailable
from orderfolio.housekeeping import keep_house, keep_uses, scrub
from orderfolio.model import tokens
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, credentials, deletions, guests, organisations
from orderfolio.operations.acting import ActingStore
from orderfolio.operations.audit import Receipt
from orderfolio.operations.credentials import NewCredential
from orderfolio.operations.refusals import Tray
from orderfolio.operations.uses import Uses
from orderfolio.settings import Settings
from orderfolio.store.contract import Observer, Operation, Parameters, Result, Store, Transaction
from orderfolio.store.copying import Copied, OnStep
from orderfolio.store.records import Actor, By, Organisation, Problem
from orderfolio.telemetry.figures import Figures
from orderfolio.telemetry.together import Telemetry, Together
from orderfolio.wire import server
from orderfolio.wire.addresses import Addresses
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import App, Scope
from orderfolio.wire.certificates import Certificate
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.figures import create_figures
from orderfolio.wire.incoming import read_headers
from orderfolio.wire.readiness import Readiness
from orderfolio.wire.routes import ROUTES
from orderfolio.wire.watching import Watch

FIRST_ORGANISATION: Final = "default"

_log = logging.getLogger("orderfolio.assembly")

_COMMAND: Final = By(actor=Actor.COMMAND)

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


async def _serve(settings: Settings, on_listening: OnListening) -> None:
    _check_token(settings)
    figures = None if settings.metrics_port is None else Figures()
    async with _traces(settings) as traces, _metrics(settings, figures):
        await _serve_store(settings, on_listening, figures, _together(figures, traces))


async def _serve_store(
    settings: Settings,
    on_listening: OnListening,
    figures: Figures | None,
    told: Telemetry | None,
) -> None:
    certificate = _certificate(settings)
    async with _store(settings, told, migrates=settings.migrate) as store:
        first: NewCredential | None = None

        async def prepare() -> None:
            # Not before the port is ours: the token of a server that can't listen is never shown.
            nonlocal first
            first = await _first_credentials(store, settings)

        tray, uses = Tray(), Uses()
        readiness = Readiness(store)
        application = _application(store, settings, tray, uses, readiness, told)
        _tune()
        async with _housekeeping(store, settings, tray, uses):
            await server.serve(
                application,
                settings.host,
                settings.port,
                certificate=certificate,
                prepare=prepare,
                on_listening=lambda port: on_listening(port, first),
                head_timeout_seconds=settings.request_timeout_seconds,
                max_connections=settings.max_connections,
                drain_seconds=settings.drain_seconds,
                on_stopping=readiness.stop,
                on_refused=None if figures is None else figures.refuse,
            )


def _check_token(settings: Settings) -> None:
    """Raises CannotStart where strangers could reach the server and guess its token."""
    if settings.client_key is None or settings.api_token is None:
        return
    weakness = tokens.weakness(settings.api_token, settings.client_key)
    if weakness is not None and server.is_reachable(settings.host):
        raise CannotStart(
            f"the server would be reachable on {settings.host} with an api_token that {weakness};"
            " choose another, such as what openssl rand -base64 32 prints, or leave client_key and"
            " api_token out and a token is made"
        )


def _certificate(settings: Settings) -> Certificate | None:
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_certificate, settings.tls_key)


@asynccontextmanager
async def _metrics(settings: Settings, figures: Figures | None) -> AsyncIterator[None]:
    """Serve the figures, if there are any, on a port of their own."""
    if figures is None or settings.metrics_port is None:
        yield
        return
    # Only here: who wants no figures starts without what spells them.
    from orderfolio.telemetry.prometheus import create_spelling  # noqa: PLC0415

    build = {"version": version("orderfolio"), "database": settings.database.engine}
    pages = create_figures(create_spelling(figures, build))
    host = settings.metrics_host
    async with server.serve_beside(pages, host, settings.metrics_port) as port:
        _log.info("figures are at port %d of %s, under /metrics", port, host)
        yield


@asynccontextmanager
async def _traces(settings: Settings) -> AsyncIterator[Telemetry | None]:
    """Send traces, if they are to be sent, and at the end what is left of them. Raises
    CannotStart where the libraries aren't there."""
    endpoint = settings.otlp_endpoint
    if endpoint is None:
        yield None
        return
    try:
        from orderfolio.telemetry.traces import Traces, exporting  # noqa: PLC0415
    except ModuleNotFoundError as error:
        needs = "pip install 'orderfolio[telemetry]'"
        raise CannotStart(f"otlp_endpoint: traces need {error.name}: {needs}.") from error
    templates = {route.operation_id: route.template for route in ROUTES}
    engine = settings.database.engine
    traces = Traces(exporting(endpoint), templates, version("orderfolio"), engine)
    _log.info("traces are sent to %s", urlsplit(endpoint).hostname)
    try:
        yield traces
    finally:
        await asyncio.to_thread(traces.close)


def _together(one: Telemetry | None, other: Telemetry | None) -> Telemetry | None:
    if one is None or other is None:
        return one or other
    return Together(one, other)


def _application(
    store: Store,
    settings: Settings,
    tray: Tray,
    uses: Uses,
    readiness: Readiness,
    watch: Watch | None,
) -> Application:
    openapi = (files("orderfolio.wire") / "openapi.json").read_bytes()
    return Application(
        store,
        openapi=openapi,
        pages=_pages(openapi, store, settings, uses),
        strict=settings.strict,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
        body_limit_bytes=settings.body_limit_bytes,
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=settings.requests_per_second,
        access_log=settings.access_log,
        refusals=tray,
        readiness=readiness,
        watch=watch,
        uses=uses,
    )


def _pages(openapi: bytes, store: Store, settings: Settings, uses: Uses) -> App:
    """The pages for people, told where a request reaches the API, and who sent it."""
    addresses = Addresses(settings.public_url, settings.trusted_proxies)

    def base_of(scope: Scope) -> str:
        return addresses.base(scope, read_headers(scope["headers"])).decode("latin-1")

    def client_of(scope: Scope) -> str:
        return addresses.client(scope, read_headers(scope["headers"])) or ""

    console = create_console(store, SPELLING, base_of, client_of, uses)
    return create_pages(openapi, console, base_of)


def _tune() -> None:
    """Set the interpreter up for a process that serves."""
    # The writer's thread must not wait long for a loop that is busy.
    sys.setswitchinterval(databases.SWITCH_SECONDS)
    # What is there now stays for good: looking through it again would only cost pauses.
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def _housekeeping(
    store: Store, settings: Settings, tray: Tray, uses: Uses
) -> AsyncIterator[None]:
    house = asyncio.create_task(
        keep_house(store, settings.idempotency_hours, settings.audit_days, tray, uses)
    )
    try:
        yield
    finally:
        house.cancel()
        with suppress(asyncio.CancelledError):
            await house
        with suppress(Unavailable):
            await keep_uses(store, uses, everything=True)


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
    # Of servers that start at once, one makes it.
    await tx.organisations.hold_names()
    if await organisations.browse(tx):
        return False
    await credentials.ensure(tx, FIRST_ORGANISATION, new)
    return True


def _store(
    settings: Settings, observer: Observer | None = None, *, migrates: bool = False
) -> AbstractAsyncContextManager[Store]:
    return databases.opened(settings.database, SPELLING, observer, migrates=migrates)


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
