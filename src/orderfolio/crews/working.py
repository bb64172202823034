"""A worker: a process that serves beside others, as the one that leads them tells it."""

from __future__ import annotations

import asyncio
import pickle
import signal
import socket
from contextlib import suppress

import uvloop

from orderfolio import logs, serving
from orderfolio.crews import messages
from orderfolio.crews.messages import Link
from orderfolio.errors import OrderfolioError
from orderfolio.serving import Shift
from orderfolio.settings import Settings
from orderfolio.telemetry import sums
from orderfolio.telemetry.figures import Figures
from orderfolio.wire import server


def work(connected: socket.socket) -> None:
    """Serve as whoever is at the other end of the connection says, and end with it."""
    for number in server.SIGNALS:
        # They are for the process that leads; a service manager may send them to all.
        signal.signal(number, signal.SIG_IGN)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(connected))


async def _work(connected: socket.socket) -> None:
    link = await Link.over(connected)
    begin = await link.receive()
    if not isinstance(begin, messages.Begin):
        return
    # It comes from our own program, over a connection that nobody else has.
    settings: Settings = pickle.loads(begin.settings)  # noqa: S301
    logs.configure(
        settings.log_format,
        settings.log_level,
        access=settings.access_log,
        worker=begin.number,
    )
    sockets = [socket.socket(fileno=number) for number in begin.sockets]
    await _Worker(settings, sockets, link).work()


class _Worker:
    def __init__(self, settings: Settings, sockets: list[socket.socket], link: Link) -> None:
        self._settings = settings
        self._shift = Shift(sockets, asyncio.Queue(), asyncio.Event())
        self._link = link
        self._listens = False
        self._figures = serving.create_figures_of(settings)

    async def work(self) -> None:
        serving_task = asyncio.create_task(self._serve())
        beside = [asyncio.create_task(work) for work in (self._listen(serving_task), self._beat())]
        try:
            with suppress(asyncio.CancelledError):
                await serving_task
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._link.finish()

    async def _serve(self) -> None:
        try:
            await serving.serve_beside(
                self._settings, self._shift, self._figures, self._tell_listening
            )
        except OrderfolioError as error:
            self._link.send(messages.CanNotStart(str(error)))

    def _tell_listening(self) -> None:
        self._listens = True
        self._link.send(messages.Listens())

    async def _beat(self) -> None:
        while True:
            self._link.send(messages.Beat())
            await asyncio.sleep(messages.BEAT_SECONDS)

    async def _listen(self, serving_task: asyncio.Task[None]) -> None:
        while (message := await self._link.receive()) is not None:
            match message:
                case messages.Heed(number):
                    self._heed(signal.Signals(number), serving_task)
                case messages.KeepHouse():
                    self._shift.keeps_house.set()
                case messages.TellFigures():
                    figures = Figures() if self._figures is None else self._figures
                    self._link.send(messages.Told(sums.spell(figures)))
        # Who leads is gone, and nobody would ever end this one: accepted requests are finished,
        # balancers aren't waited for.
        for _ in range(2):
            self._heed(signal.SIGTERM, serving_task)

    def _heed(self, number: signal.Signals, serving_task: asyncio.Task[None]) -> None:
        if self._listens:
            self._shift.signals.put_nowait(number)
        else:
            # It has accepted nothing that could be finished.
            serving_task.cancel()
