"""Posts: the places of a crew, each with the process that fills it at the moment."""

from __future__ import annotations

import asyncio
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from orderfolio.crews import messages
from orderfolio.crews.messages import Link, Message
from orderfolio.errors import CannotStart
from orderfolio.settings import Settings
from orderfolio.telemetry import sums
from orderfolio.telemetry.figures import Figures

# Without the current folder on the path, which may have anything in it.
_WORKER: Final = (sys.executable, "-P", "-m", "orderfolio.crews")
# One that was let go of has what it accepted to finish, but nobody waits for all of it.
GOODBYE_SECONDS: Final = 5.0
# A reader of figures waits no longer for a worker that is busy; its last ones do.
FIGURES_SECONDS: Final = 2.0


class Post:
    """A place in a crew. `on_listening` is told when who fills it accepts connections."""

    def __init__(
        self,
        number: int,
        settings: Settings,
        sockets: Sequence[socket.socket],
        on_listening: Callable[[Post], None],
    ) -> None:
        self.number = number
        self.listens = False
        self.pid: int | None = None
        self._settings = pickle.dumps(settings)
        # Not the sockets themselves: those are closed by whoever opened them.
        self._sockets = tuple(one.fileno() for one in sockets)
        self._on_listening = on_listening
        self._link: Link | None = None
        self._signals: list[signal.Signals] = []
        self._is_dismissed = False
        # What is counted of those before, and of who is here, when last it told.
        self._before = Figures()
        self._present = Figures()
        self._telling: asyncio.Future[None] | None = None

    async def fill(self) -> str:
        """Start a process, and stay until it ends; how it did. Raises CannotStart with its
        reason where it can't begin. Not to be cancelled: see `dismiss`."""
        try:
            process, ours = await self._start()
        except OSError as error:
            raise CannotStart(f"no process can be started: {error.strerror}") from error
        self.pid = process.pid
        try:
            link = self._link = await Link.over(ours)
            link.send(messages.Begin(self.number, self._settings, self._sockets))
            for number in self._signals:
                link.send(messages.Heed(number))
            if not self._is_dismissed:
                await self._listen_to(link)
        finally:
            await self._empty(process)
        return _how(process)

    async def _start(self) -> tuple[asyncio.subprocess.Process, socket.socket]:
        """A process, and our end of the connection with it."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    *(*_WORKER, str(theirs.fileno())),
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(), *self._sockets),
                    # What a terminal sends to all of its processes, the crew passes on, once.
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        return process, ours

    def heed(self, number: signal.Signals) -> None:
        """Pass a signal on, to one that is only being started, too."""
        self._signals.append(number)
        self._send(messages.Heed(number))

    def dismiss(self) -> None:
        """Let go of the process, now or as soon as it is there: it ends, and `fill` with it."""
        self._is_dismissed = True
        if self._link is not None:
            self._link.close()

    def keep_house(self) -> None:
        """What one does for all is done here from now on."""
        self._send(messages.KeepHouse())

    async def look(self) -> Figures:
        """What was counted at this post, as far as it can be told in time."""
        if self.listens:
            if self._telling is None:
                self._telling = asyncio.get_running_loop().create_future()
                self._send(messages.TellFigures())
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._telling), FIGURES_SECONDS)
        return sums.add_up((self._before, self._present))

    def _send(self, message: Message) -> None:
        if self._link is not None:
            self._link.send(message)

    async def _listen_to(self, link: Link) -> None:
        while (message := await link.receive()) is not None:
            match message:
                case messages.Listens():
                    self.listens = True
                    self._on_listening(self)
                case messages.Told(figures):
                    self._present = sums.read(figures)
                    self._end_telling()
                case messages.CanNotStart(sentence):
                    raise CannotStart(sentence)

    def _end_telling(self) -> None:
        if self._telling is not None:
            self._telling.set_result(None)
            self._telling = None

    async def _empty(self, process: asyncio.subprocess.Process) -> None:
        link, self._link, self.listens = self._link, None, False
        if link is not None:
            await link.finish()
        try:
            await asyncio.wait_for(process.wait(), GOODBYE_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        self.pid = None
        self._before = sums.outlived(sums.add_up((self._before, self._present)))
        self._present = Figures()
        self._end_telling()


def _how(process: asyncio.subprocess.Process) -> str:
    """How a process ended, in words."""
    code = process.returncode or 0
    if code >= 0:
        return f"its exit code was {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        # Of those for real time, only the first and the last have names.
        return f"it was ended by signal {-code}"
