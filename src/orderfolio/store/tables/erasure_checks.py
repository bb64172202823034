"""What deletions go by and what they leave, each looked at beside the guest: kept answers and
who has a part in them, guests that are being deleted, guests that are gone."""

from __future__ import annotations

from typing import Any, Final

from orderfolio.store.connections import Connection
from orderfolio.store.tables.findings import said
from orderfolio.store.tables.kept_answers import shard_of_scope

Row = tuple[Any, ...]

_WRONG_SHARD: Final = "its shard isn't the one that its scope names"


class ErasureChecks:
    """Rows are those of the statements `checks_*`; what is said of each is what is wrong.

    Of an organisation without credentials guests may be missing: it may be going itself, and
    they go first.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: set[int] = set()

    async def begin(self) -> None:
        """Learn which organisations are there to stay."""
        self._open = {row[0] for row in await self._connection.rows("checks_open", {})}

    async def answer(self, row: Row) -> list[str]:
        organisation, scope, shard, _, is_whole, tells_of_nobody = row
        is_nobodys = tells_of_nobody and organisation in self._open
        return [
            *said(shard != shard_of_scope(scope), _WRONG_SHARD),
            *said(not is_whole, "its document has no ref or no version"),
            *said(is_nobodys, "it tells of a guest that isn't there"),
        ]

    async def part(self, row: Row) -> list[str]:
        organisation, _, scope, shard, created_at, answered_at, has_no_guest = row
        is_loose = answered_at is None
        return [
            *said(shard != shard_of_scope(scope), _WRONG_SHARD),
            *said(is_loose, "its answer isn't there"),
            *said(not is_loose and answered_at != created_at, "its answer has another time"),
            *said(has_no_guest and organisation in self._open, "the guest isn't there"),
        ]

    async def deletion(self, row: Row) -> list[str]:
        organisation, _, has_no_guest = row
        return said(has_no_guest and organisation in self._open, "the guest isn't there")

    async def trace(self, row: Row) -> list[str]:
        _, _, is_there, is_being_deleted = row
        return [
            *said(is_there, "the guest is there"),
            *said(is_being_deleted, "the guest is still being deleted"),
        ]
