"""Posts: the places of a crew, each with the process that fills it at the moment."""

from __future__ import annotations

import asyncio
import logging
import pickle
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from orderfolio.crews import messages, patience
from orderfolio.crews.messages import Link, Message
from orderfolio.crews.patience import Patience
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
# One that was killed is gone at once, unless the system itself keeps it: a disk that hangs, a
# debugger. It serves nobody any more, and isn't waited for.
KILLED_SECONDS: Final = 2.0

_log = logging.getLogger("orderfolio.crews")


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
        self._drain_seconds = settings.drain_seconds
        # Not the sockets themselves: those are closed by whoever opened them.
        self._sockets = tuple(one.fileno() for one in sockets)
        self._on_listening = on_listening
        self._link: Link | None = None
        self._patience = Patience()
        self._signals: list[signal.Signals] = []
        self._is_dismissed = False
        # What is counted of those before, and of who is here, when last it told.
        self._before = Figures()
        self._present = Figures()
        self._telling: asyncio.Future[None] | None = None

    async def fill(self) -> str:
        """Start a process, and stay until it ends or is killed, where patience with it does; how
        it ended. Raises CannotStart with its reason where it can't begin. Not to be cancelled:
        see `dismiss`."""
        self._patience = Patience()
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
                await self._attend(process, link)
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
        # A second one ends the wait for balancers.
        self._patience.expect_end(0 if self._signals else self._drain_seconds)
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

    async def _attend(self, process: asyncio.subprocess.Process, link: Link) -> None:
        """Listen to the process as long as it speaks and there is patience with it."""
        losing_patience = asyncio.create_task(self._lose_patience(process, link))
        try:
            await self._listen_to(link)
        finally:
            losing_patience.cancel()

    async def _lose_patience(self, process: asyncio.subprocess.Process, link: Link) -> None:
        while self._patience.spend():  # noqa: ASYNC110 - it is time that passes
            await asyncio.sleep(patience.STEP_SECONDS)
        _log.error("worker %d is killed: %s", self.number, self._patience.why_lost)
        _kill(process)
        # It may be kept from ending, and its end of the link with it.
        link.close()

    async def _listen_to(self, link: Link) -> None:
        while (message := await link.receive()) is not None:
            self._patience.hear()
            match message:
                case messages.Listens():
                    self.listens = True
                    self._patience.expect_beats()
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
        link, self._link = self._link, None
        has_begun, self.listens = self.listens, False
        if link is not None:
            await link.finish()
        if self._patience.why_lost is None:
            await self._see_off(process, has_begun=has_begun)
        if not await _has_ended_within(KILLED_SECONDS, process):
            _log.error("worker %d is left behind: the system keeps it from ending", self.number)
        self.pid = None
        self._before = sums.outlived(sums.add_up((self._before, self._present)))
        self._present = Figures()
        self._end_telling()

    async def _see_off(self, process: asyncio.subprocess.Process, *, has_begun: bool) -> None:
        """Give it a moment to end by itself, then end it."""
        if await _has_ended_within(GOODBYE_SECONDS, process):
            return
        # Of one that never began nothing is lost, and whoever let it go says why.
        if has_begun:
            why = f"it hasn't ended {GOODBYE_SECONDS:.0f} s after goodbye was said"
            _log.error("worker %d is killed: %s", self.number, why)
        _kill(process)


def _kill(process: asyncio.subprocess.Process) -> None:
    # It may have ended in this very moment.
    with suppress(ProcessLookupError):
        process.kill()


async def _has_ended_within(seconds: float, process: asyncio.subprocess.Process) -> bool:
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _how(process: asyncio.subprocess.Process) -> str:
    """How a process ended, in words."""
    code = process.returncode
    if code is None:
        return "it was killed, but the system keeps it from ending"
    if code >= 0:
        return f"its exit code was {code}"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        # Of those for real time, only the first and the last have names.
        return f"it was ended by signal {-code}"
