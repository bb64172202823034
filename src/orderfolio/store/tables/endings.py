"""Ended sessions, among the settings: few, and gone within a day."""

from __future__ import annotations

from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.store.connections import Connection

# What is unlike the name of any setting. The statement that forgets them spells it, too.
_PREFIX: Final = "ended session "
# So that bytes are in the order of the instants.
_BYTES: Final = 8


class Endings:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert(self, session: bytes, over_at: Instant) -> None:
        await self._connection.rows(
            "settings_insert", {"name": _name(session), "value": _spell(over_at)}
        )

    async def find(self, session: bytes) -> Instant | None:
        rows = await self._connection.rows("settings_find", {"name": _name(session)})
        return Instant(int.from_bytes(rows[0][0], "big")) if rows else None

    async def delete_older(self, than: Instant) -> None:
        await self._connection.rows("settings_forget_endings", {"than": _spell(than)})


def _name(session: bytes) -> str:
    return _PREFIX + session.hex()


def _spell(instant: Instant) -> bytes:
    return instant.microseconds.to_bytes(_BYTES, "big")
