"""The HTTP server under the application: sockets, signals, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from types import FrameType
from typing import Any, Final

import uvicorn

from orderfolio.errors import CannotStart
from orderfolio.wire.asgi import App
from orderfolio.wire.certificates import Certificate
from orderfolio.wire.connections import Connection
from orderfolio.wire.handshakes import PrivateListener
from orderfolio.wire.taking import Taking
from orderfolio.wire.turns import Turns

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
# What clients are given to finish what was accepted.
FINISH_SECONDS: Final = 30
_BACKLOG: Final = 2048
_LARGEST_ANSWER: Final = 1 << 20


async def serve(
    application: App,
    host: str,
    port: int,
    *,
    on_listening: Callable[[int], None],
    certificate: Certificate | None = None,
    prepare: Callable[[], Awaitable[None]] | None = None,
    head_timeout_seconds: float = 30.0,
    max_connections: int = 900,
    headers_limit_bytes: int = 32 << 10,
    keep_alive_seconds: int = 75,
    shutdown_timeout_seconds: int = FINISH_SECONDS,
    drain_seconds: float = 0.0,
    on_stopping: Callable[[], None] | None = None,
    on_refused: Callable[[int], None] | None = None,
    stop: asyncio.Event | None = None,
    sockets: list[socket.socket] | None = None,
    signals: asyncio.Queue[signal.Signals] | None = None,
) -> None:
    """Serve until SIGINT, SIGTERM or `stop`, then finish what was accepted and return.

    With a `certificate` it speaks HTTPS, and nothing else on that port.
    The end begins with `on_stopping`; connections are accepted for `drain_seconds` more, in
    which balancers learn of it. Another signal ends the wait, and a SIGINT after that one
    ends the server at once.

    `prepare` is awaited once the port is ours and before anybody is answered: the place for
    what only a server that can listen may do. `on_listening` is told the port, which the
    system chooses for port 0, once connections are accepted; `on_refused`, the status of what
    is refused before it is a request. `sockets` listen already, in place of new ones at `host`
    and `port`, and are closed at the end; `signals` come in place of the system's, which are
    somebody else's then. Raises CannotStart.
    """
    # A page of a list is several blocks of its size, one after the other. The GNU allocator gives
    # the last of them back to the system each time and asks for it anew, until it has seen a
    # larger one come and go: half of what a page takes.
    bytes(_LARGEST_ANSWER)
    sockets = bind(host, port) if sockets is None else sockets
    try:
        if prepare is not None:
            await prepare()
    except BaseException:
        close(sockets)
        raise
    server = _Server(
        _configured(
            application,
            keep_alive_seconds,
            shutdown_timeout_seconds,
            head_timeout_seconds=head_timeout_seconds,
            max_connections=max_connections,
            headers_limit_bytes=headers_limit_bytes,
            on_refused=None if on_refused is None else staticmethod(on_refused),
        ),
        head_timeout_seconds,
    )
    server.on_listening = on_listening
    server.on_stopping = on_stopping
    server.drain_seconds = drain_seconds
    server.certificate = certificate
    server.handles_signals = signals is None
    watches = [] if stop is None else [asyncio.create_task(_watch(server, stop))]
    if signals is not None:
        watches.append(asyncio.create_task(_heed(server, signals)))
    try:
        await server.serve(sockets=sockets)
    finally:
        for watch in watches:
            watch.cancel()


@contextlib.asynccontextmanager
async def serve_beside(application: App, host: str, port: int) -> AsyncIterator[int]:
    """Serve a few clients on another port, which is given, until the body ends. Signals are
    somebody else's. Raises CannotStart."""
    sockets = bind(host, port)
    bounds = {"head_timeout_seconds": 5.0, "max_connections": 20}
    server = _Beside(_configured(application, 75, 1, **bounds), bounds["head_timeout_seconds"])
    serving = asyncio.create_task(server.serve(sockets=sockets))
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


def _configured(
    application: App, keep_alive_seconds: int, shutdown_timeout_seconds: int, **bounds: Any
) -> uvicorn.Config:
    """`bounds` are what a connection's class leaves to its server. Called in its loop."""
    turns = Turns(asyncio.get_running_loop())
    return uvicorn.Config(
        application,
        http=type("BoundedConnection", (Connection,), {"turns": turns, **bounds}),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=keep_alive_seconds,
        timeout_graceful_shutdown=shutdown_timeout_seconds,
    )


class _Watchful(uvicorn.Server):
    """Ends connections whose clients hardly take their answers."""

    def __init__(self, config: uvicorn.Config, look_seconds: float) -> None:
        super().__init__(config)
        self._look_seconds = look_seconds

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        watch = asyncio.create_task(self._end_stalled())
        try:
            await super().serve(sockets)
        finally:
            watch.cancel()

    async def _end_stalled(self) -> None:
        takings: dict[object, Taking] = {}
        while True:
            await asyncio.sleep(self._look_seconds)
            takings = {
                connection: takings.get(connection)
                or Taking(connection.transport, self._look_seconds)
                for connection in self.server_state.connections
                # It has none until its handshake is over, whatever its type says.
                if connection.transport is not None  # type: ignore[redundant-expr]
            }
            for taking in takings.values():
                taking.reset_if_stalled()


class _Beside(_Watchful):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Server(_Watchful):
    on_listening: Callable[[int], None]
    certificate: Certificate | None = None
    on_stopping: Callable[[], None] | None = None
    drain_seconds = 0.0
    handles_signals = True
    _is_draining = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self.certificate is None:
            await super().startup(sockets)
        else:
            await super().startup([])
            self.servers = [self._listen(one, self.certificate) for one in sockets or ()]
        if sockets:
            self.on_listening(sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self._begin_end():
            super().handle_exit(sig, frame)

    def end(self) -> None:
        """As the first signal does."""
        if not self._begin_end():
            self.should_exit = True

    def _begin_end(self) -> bool:
        """Tell that the end has begun; whether it waits for balancers to notice."""
        if self._is_draining or self.should_exit:
            return False
        self._is_draining = True
        if self.on_stopping is not None:
            self.on_stopping()
        if not self.drain_seconds:
            return False
        asyncio.get_running_loop().call_later(self.drain_seconds, self._end_draining)
        return True

    def _end_draining(self) -> None:
        self.should_exit = True

    def _listen(self, listening: socket.socket, certificate: Certificate) -> Any:
        """Stands where the server keeps the loop's own listeners, and ends as they do."""

        def create() -> Connection:
            found: Connection = self.config.http_protocol_class(  # type: ignore[call-arg, assignment]
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )
            return found

        return PrivateListener(listening, certificate, create, self.server_state.connections)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals in the loop, and don't raise them again at the end: who called
        `serve` has a store to close."""
        loop = asyncio.get_running_loop()
        handled = []
        for number in SIGNALS if self.handles_signals else ():
            with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
                # Only the main thread may; elsewhere `stop` is the way.
                loop.add_signal_handler(number, self.handle_exit, number, None)
                handled.append(number)
        try:
            yield
        finally:
            for number in handled:
                loop.remove_signal_handler(number)


def bind(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address of `host`, all on one port. Raises CannotStart."""
    sockets: list[socket.socket] = []
    try:
        for family, address in _places(host, port):
            place = (address[0], port or (sockets[0].getsockname()[1] if sockets else 0))
            sockets.append(socket.create_server(place, family=family, backlog=_BACKLOG))
    except (OSError, UnicodeError) as error:
        close(sockets)
        raise CannotStart(f"Port {port} of {host} can't be listened on: {_why(error)}.") from error
    return sockets


def is_reachable(host: str) -> bool:
    """Whether what listens on the host can be reached from another machine. A host that
    can't be looked up is not; to listen on it fails with a sentence of its own."""
    try:
        places = _places(host, 0)
    except (OSError, UnicodeError):
        return False
    addresses = (ipaddress.ip_address(str(place[0]).partition("%")[0]) for _, place in places)
    return not all(address.is_loopback for address in addresses)


def _places(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    """Each address of the host, once."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((row[0], row[4]) for row in found))


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno and not isinstance(error, socket.gaierror):
        # What came with the error has the address behind it, which is told already.
        return os.strerror(error.errno)
    return getattr(error, "strerror", None) or str(error)


def close(sockets: Iterable[socket.socket]) -> None:
    for opened in sockets:
        opened.close()


async def _watch(server: _Server, stop: asyncio.Event) -> None:
    await stop.wait()
    server.end()


async def _heed(server: _Server, signals: asyncio.Queue[signal.Signals]) -> None:
    while True:
        server.handle_exit(await signals.get(), None)
