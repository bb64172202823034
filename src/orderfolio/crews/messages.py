"""What a crew and its workers tell each other, and the link between the two that carries it.

A link ends with either of them: so each learns of the other's end, whatever ended it.
"""

from __future__ import annotations

import asyncio
import socket
from typing import Final, TypeAlias

import msgspec

# Between one sign of life and the next.
BEAT_SECONDS: Final = 1.0

_LENGTH_BYTES: Final = 4


class Begin(msgspec.Struct, frozen=True, tag=True):
    """To a worker, before all else: its number, the settings as `pickle` has them, and the file
    descriptors of the sockets that listen."""

    number: int
    settings: bytes
    sockets: tuple[int, ...]


class Heed(msgspec.Struct, frozen=True, tag=True):
    """To a worker: a signal that the crew was sent."""

    signal: int


class KeepHouse(msgspec.Struct, frozen=True, tag=True):
    """To a worker: what one process does for all is yours from now on."""


class TellFigures(msgspec.Struct, frozen=True, tag=True):
    """To a worker, which answers with `Told`."""


class Beat(msgspec.Struct, frozen=True, tag=True):
    """From a worker, again and again: its loop turns."""


class Listens(msgspec.Struct, frozen=True, tag=True):
    """From a worker: it accepts connections."""


class CanNotStart(msgspec.Struct, frozen=True, tag=True):
    """From a worker: why it ends before it has begun, in one sentence."""

    sentence: str


class Told(msgspec.Struct, frozen=True, tag=True):
    """From a worker: its figures of this moment, spelt."""

    figures: bytes


Message: TypeAlias = Begin | Heed | KeepHouse | TellFigures | Beat | Listens | CanNotStart | Told

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Message).decode


class Link:
    """One end of a connection between a crew and a worker of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, connected: socket.socket) -> Link:
        """Takes the socket over."""
        return cls(*await asyncio.open_unix_connection(sock=connected))

    def send(self, message: Message) -> None:
        """Whoever is gone isn't told any more, and that is no error."""
        if not self._writer.is_closing():
            text = _encode(message)
            self._writer.write(len(text).to_bytes(_LENGTH_BYTES) + text)

    async def receive(self) -> Message | None:
        """The next message; None where the other end is gone."""
        try:
            length = int.from_bytes(await self._reader.readexactly(_LENGTH_BYTES))
            found: Message = _decode(await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return found

    def close(self) -> None:
        """What was sent still leaves; whoever waits for a message has waited long enough."""
        self._writer.close()

    async def finish(self) -> None:
        """Close it, and wait until what was sent has left."""
        self.close()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return
