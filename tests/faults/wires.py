"""A wire to PostgreSQL that fails in the one moment that matters: while a COMMIT is on its way."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import Final

# As the driver sends it: a simple query, by itself.
COMMIT: Final = b"Q\x00\x00\x00\x0bCOMMIT\x00"
CHUNK: Final = 1 << 16


class Fate(Enum):
    """What becomes of a COMMIT, whose sender then hears nothing more, or too late."""

    LOST = "lost"
    UNANSWERED = "unanswered"
    LATE = "late"


async def nothing() -> None:
    """What happens meanwhile, by default."""


class Wire:
    """Passes everything on but one COMMIT in `every`, which meets its `fate`.

    `meanwhile` runs once that is sealed, before the sender notices.
    """

    def __init__(self, port: int) -> None:
        self.fate: Fate | None = None
        self.every = 1
        self.late_seconds = 0.0
        self.meanwhile: Callable[[], Awaitable[None]] = nothing
        self.met = 0
        self._commits = 0
        self._port = port

    async def join(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            away, there = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        answers = asyncio.create_task(_pass_on(away, writer))
        try:
            await self._pass_on(reader, there, away, answers)
        finally:
            answers.cancel()
            await asyncio.wait([answers])
            for end in (writer, there):
                end.transport.abort()

    async def _pass_on(
        self,
        reader: StreamReader,
        there: StreamWriter,
        away: StreamReader,
        answers: asyncio.Task[None],
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if data == COMMIT and (fate := self._draw()) is not None:
                    answers.cancel()
                    await asyncio.wait([answers])
                    await self._seal(fate, there, away)
                    return
                there.write(data)
                await there.drain()

    def _draw(self) -> Fate | None:
        self._commits += 1
        if self.fate is None or self._commits % self.every:
            return None
        self.met += 1
        return self.fate

    async def _seal(self, fate: Fate, there: StreamWriter, away: StreamReader) -> None:
        if fate is Fate.LATE:
            await asyncio.sleep(self.late_seconds)
        if fate is not Fate.LOST:
            there.write(COMMIT)
            await there.drain()
            assert await away.read(CHUNK)
        await self.meanwhile()


async def _pass_on(reader: StreamReader, writer: StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    # Whose server has gone must not wait for more.
    writer.transport.abort()


@asynccontextmanager
async def wired(port: int) -> AsyncIterator[tuple[Wire, int]]:
    """A wire to `port`, and the port where it is joined."""
    wire = Wire(port)
    joined: set[asyncio.Task[None]] = set()

    def join(reader: StreamReader, writer: StreamWriter) -> None:
        joined.add(asyncio.create_task(wire.join(reader, writer)))

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    try:
        yield wire, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in joined:
            task.cancel()
        await asyncio.gather(*joined, return_exceptions=True)
