"""The process that leads: it holds the port, starts workers, and serves nobody itself."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from orderfolio import databases, serving
from orderfolio.crews.posts import Post
from orderfolio.errors import CannotStart
from orderfolio.operations.credentials import NewCredential
from orderfolio.serving import OnListening
from orderfolio.settings import Settings
from orderfolio.telemetry import sums
from orderfolio.telemetry.figures import Figures
from orderfolio.wire import server
from orderfolio.wire.documents import SPELLING

# Between the end of a worker and the start of the next; doubled as long as they don't last.
FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 30.0
LASTING_SECONDS: Final = 60.0

_log = logging.getLogger("orderfolio.crews")


async def lead(settings: Settings, on_listening: OnListening) -> None:
    """Have as many processes serve as are set, until a signal comes and they have finished
    what was accepted. Raises CannotStart."""
    serving.certificate_of(settings)
    sockets, first = await _prepare(settings)
    try:
        port = sockets[0].getsockname()[1]
        crew = Crew(settings, sockets, lambda: on_listening(port, first))
        with _signals(crew.heed):
            if settings.metrics_port is None:
                await crew.work()
            else:
                await _work_with_figures(crew, settings)
    finally:
        server.close(sockets)


async def _prepare(settings: Settings) -> tuple[list[socket.socket], NewCredential | None]:
    """Do once what several processes would only do again: see to the database, take the port,
    make the first credentials."""
    async with databases.opened(settings.database, SPELLING, migrates=settings.migrate) as store:
        sockets = server.bind(settings.host, settings.port)
        try:
            return sockets, await serving.first_credentials(store, settings)
        except BaseException:
            server.close(sockets)
            raise


async def _work_with_figures(crew: Crew, settings: Settings) -> None:
    from orderfolio.telemetry.prometheus import create_summary  # noqa: PLC0415

    spell = create_summary(crew.look, crew.processes, serving.build_of(settings))
    async with serving.spelt_beside(settings, spell):
        await crew.work()


class Crew:
    """Posts that are filled again when their workers end, until a signal comes.

    `on_listening` is called once, when all of them accept connections. The `sockets` are
    closed here when the end begins: they are the workers' alone then.
    """

    def __init__(
        self, settings: Settings, sockets: Sequence[socket.socket], on_listening: Callable[[], None]
    ) -> None:
        self._posts = [
            Post(number, settings, sockets, self._note_listening)
            for number in range(1, settings.workers + 1)
        ]
        self._sockets = sockets
        self._on_listening = on_listening
        self._has_begun = False
        self._keeper: Post | None = None
        self._stopping = asyncio.Event()

    async def work(self) -> None:
        """Until a signal comes. Raises CannotStart where one can't begin at all; cancelled or
        not, no worker is left behind."""
        tasks = [asyncio.create_task(self._keep_filled(post)) for post in self._posts]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            self._stopping.set()
            for post in self._posts:
                post.dismiss()
            await asyncio.wait(tasks)
        await asyncio.gather(*tasks)

    def heed(self, number: signal.Signals) -> None:
        """Pass a signal on to all workers."""
        self._stopping.set()
        server.close(self._sockets)
        for post in self._posts:
            post.heed(number)

    def processes(self) -> Mapping[str, int]:
        """The ids of those that run, by the number of the post."""
        return {str(post.number): post.pid for post in self._posts if post.pid is not None}

    async def look(self) -> Figures:
        """What all of them have counted by now, those that are gone among them."""
        return sums.add_up(await asyncio.gather(*(post.look() for post in self._posts)))

    async def _keep_filled(self, post: Post) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            why = await self._fill(post)
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= LASTING_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            _log.error(
                "worker %d ended: %s; another takes its place in %.1f s", post.number, why, pause
            )
            self._pass_house_on(post)
            if await self._is_stopped_within(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _fill(self, post: Post) -> str:
        """Have a worker there until it ends; why it did, unless it was told to."""
        try:
            why = await post.fill()
        except CannotStart as error:
            # Of one that takes another's place: a database that is away comes back.
            if not self._has_begun:
                raise
            return str(error)
        if not self._has_begun and not self._stopping.is_set():
            raise CannotStart(f"worker {post.number} ended before it served: {why}")
        return why

    def _note_listening(self, post: Post) -> None:
        if self._keeper is None:
            self._keeper = post
            post.keep_house()
        if not self._has_begun and all(one.listens for one in self._posts):
            self._has_begun = True
            self._on_listening()

    def _pass_house_on(self, gone: Post) -> None:
        if self._keeper is gone:
            self._keeper = next((post for post in self._posts if post.listens), None)
            if self._keeper is not None:
                self._keeper.keep_house()

    async def _is_stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return False
        return True


@contextmanager
def _signals(heed: Callable[[signal.Signals], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    for number in server.SIGNALS:
        loop.add_signal_handler(number, heed, number)
    try:
        yield
    finally:
        for number in server.SIGNALS:
            loop.remove_signal_handler(number)
