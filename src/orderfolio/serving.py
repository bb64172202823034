"""A process that serves, put together: the application, the pages, and what runs beside them."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from importlib.resources import files
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from orderfolio import databases
from orderfolio.console.application import create_console
from orderfolio.console.pages import create_pages
from orderfolio.errors import CannotStart, Unavailable
from orderfolio.housekeeping import keep_books, keep_house, keep_uses
from orderfolio.model import tokens
from orderfolio.operations import credentials, organisations
from orderfolio.operations.credentials import NewCredential
from orderfolio.operations.refusals import Tray
from orderfolio.operations.uses import Uses
from orderfolio.settings import Settings
from orderfolio.store.contract import Store, Transaction
from orderfolio.telemetry.figures import Figures
from orderfolio.telemetry.together import Telemetry, Together
from orderfolio.wire import server
from orderfolio.wire.addresses import Addresses
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import App, Scope
from orderfolio.wire.certificates import Certificate
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.figures import Spell, create_figures
from orderfolio.wire.incoming import read_headers
from orderfolio.wire.readiness import Readiness
from orderfolio.wire.routes import ROUTES
from orderfolio.wire.watching import Watch

FIRST_ORGANISATION: Final = "default"

_log = logging.getLogger("orderfolio.serving")

OnListening = Callable[[int, NewCredential | None], None]
"""Told the port, and the first credentials in the one moment in which they are known."""


class Shift(NamedTuple):
    """What a process that serves beside others has from whoever leads them: the `sockets` that
    listen, `signals` in place of the system's, and when `keeps_house` is set, the work that one
    of them does for all."""

    sockets: list[socket.socket]
    signals: asyncio.Queue[signal.Signals]
    keeps_house: asyncio.Event


async def serve_alone(settings: Settings, on_listening: OnListening) -> None:
    """Serve until a signal comes, then finish what was accepted. Raises CannotStart."""
    figures = create_figures_of(settings)
    async with _traces(settings) as traces, _figures_beside(settings, figures):
        certificate = certificate_of(settings)
        told = _together(figures, traces)
        async with databases.opened(
            settings.database, SPELLING, told, migrates=settings.migrate
        ) as store:
            first: NewCredential | None = None

            async def prepare() -> None:
                # Not before the port is ours: the token of a server that can't listen is
                # never shown.
                nonlocal first
                first = await first_credentials(store, settings)

            process = _Process(settings, store, certificate, figures, told)
            await process.serve(lambda port: on_listening(port, first), prepare=prepare)


async def serve_beside(
    settings: Settings, shift: Shift, figures: Figures | None, on_listening: Callable[[], None]
) -> None:
    """Serve as one of several, over a database that is ready for it, until the shift's signals
    end it. Raises CannotStart."""
    async with _traces(settings) as traces:
        certificate = certificate_of(settings)
        told = _together(figures, traces)
        async with databases.opened(settings.database, SPELLING, told, migrates=False) as store:
            process = _Process(settings, store, certificate, figures, told)
            await process.serve(lambda _port: on_listening(), shift=shift)


class _Process:
    """What a process serves, and what it counts and notes on the way."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        certificate: Certificate | None,
        figures: Figures | None,
        watch: Watch | None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._certificate = certificate
        self._figures = figures
        self._tray, self._uses = Tray(), Uses()
        self._readiness = Readiness(store)
        self._application = self._create_application(watch)

    async def serve(
        self,
        on_listening: Callable[[int], None],
        *,
        prepare: Callable[[], Awaitable[None]] | None = None,
        shift: Shift | None = None,
    ) -> None:
        settings, figures = self._settings, self._figures
        _tune()
        async with self._housekeeping(None if shift is None else shift.keeps_house):
            await server.serve(
                self._application,
                settings.host,
                settings.port,
                certificate=self._certificate,
                prepare=prepare,
                on_listening=on_listening,
                head_timeout_seconds=settings.request_timeout_seconds,
                max_connections=settings.max_connections,
                headers_limit_bytes=settings.headers_limit_bytes,
                drain_seconds=settings.drain_seconds,
                on_stopping=self._readiness.stop,
                on_refused=None if figures is None else figures.refuse,
                sockets=None if shift is None else shift.sockets,
                signals=None if shift is None else shift.signals,
            )

    def _create_application(self, watch: Watch | None) -> Application:
        settings = self._settings
        openapi = (files("orderfolio.wire") / "openapi.json").read_bytes()
        return Application(
            self._store,
            openapi=openapi,
            pages=self._create_pages(openapi),
            strict=settings.strict,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            body_limit_bytes=settings.body_limit_bytes,
            request_timeout_seconds=settings.request_timeout_seconds,
            requests_per_second=settings.requests_per_second,
            max_requests=settings.max_requests,
            access_log=settings.access_log,
            refusals=self._tray,
            readiness=self._readiness,
            watch=watch,
            uses=self._uses,
        )

    def _create_pages(self, openapi: bytes) -> App:
        """The pages for people, told where a request reaches the API, and who sent it."""
        addresses = Addresses(self._settings.public_url, self._settings.trusted_proxies)

        def base_of(scope: Scope) -> str:
            return addresses.base(scope, read_headers(scope["headers"])).decode("latin-1")

        def client_of(scope: Scope) -> str:
            return addresses.client(scope, read_headers(scope["headers"])) or ""

        console = create_console(self._store, SPELLING, base_of, client_of, self._uses)
        return create_pages(openapi, console, base_of)

    @asynccontextmanager
    async def _housekeeping(self, keeps_house: asyncio.Event | None) -> AsyncIterator[None]:
        async def house() -> None:
            if keeps_house is not None:
                await keeps_house.wait()
            settings = self._settings
            await keep_house(self._store, settings.idempotency_hours, settings.audit_days)

        books = keep_books(self._store, self._tray, self._uses)
        tasks = [asyncio.create_task(work) for work in (house(), books)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(Unavailable):
                await keep_uses(self._store, self._uses, everything=True)


def check_token(settings: Settings) -> None:
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


def certificate_of(settings: Settings) -> Certificate | None:
    """Raises CannotStart where it can't be used."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    return Certificate(settings.tls_certificate, settings.tls_key)


def create_figures_of(settings: Settings) -> Figures | None:
    """Something to count in, where somebody wants to know."""
    return None if settings.metrics_port is None else Figures()


@asynccontextmanager
async def _figures_beside(settings: Settings, figures: Figures | None) -> AsyncIterator[None]:
    if figures is None:
        yield
        return
    # Only here: who wants no figures starts without what spells them.
    from orderfolio.telemetry.prometheus import create_spelling  # noqa: PLC0415

    async with spelt_beside(settings, create_spelling(figures, build_of(settings))):
        yield


@asynccontextmanager
async def spelt_beside(settings: Settings, spell: Spell) -> AsyncIterator[None]:
    """Serve figures on a port of their own, where one is set. Raises CannotStart."""
    if settings.metrics_port is None:
        yield
        return
    host = settings.metrics_host
    async with server.serve_beside(create_figures(spell), host, settings.metrics_port) as port:
        _log.info("figures are at port %d of %s, under /metrics", port, host)
        yield


def build_of(settings: Settings) -> dict[str, str]:
    """What runs, as figures tell it."""
    return {"version": version("orderfolio"), "database": settings.database.engine}


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


def _tune() -> None:
    """Set the interpreter up for a process that serves."""
    # The writer's thread must not wait long for a loop that is busy.
    sys.setswitchinterval(databases.SWITCH_SECONDS)
    # What is there now stays for good: looking through it again would only cost pauses.
    gc.collect()
    gc.freeze()


async def first_credentials(store: Store, settings: Settings) -> NewCredential | None:
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
