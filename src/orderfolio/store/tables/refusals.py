"""Refusals as rows: how often each was given on a day."""

from __future__ import annotations

from collections.abc import Sequence

from orderfolio.model.instants import Instant
from orderfolio.store.connections import Connection
from orderfolio.store.records import Organisation, Refused


class Refusals:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(
        self, organisation: Organisation, day: Instant, code: str, operation: str, count: int
    ) -> None:
        await self._connection.rows(
            "refusals_add",
            {
                "organisation": organisation,
                "day": day.microseconds,
                "code": code,
                "operation": operation,
                "count": count,
            },
        )

    async def most(
        self, organisation: Organisation, since: Instant, limit: int
    ) -> Sequence[Refused]:
        rows = await self._connection.rows(
            "refusals_most",
            {"organisation": organisation, "since": since.microseconds, "limit": limit},
        )
        return [Refused(code=code, operation=name, count=count) for code, name, count in rows]

    async def delete_older(self, than: Instant, limit: int) -> int:
        rows = await self._connection.rows(
            "refusals_delete_older", {"than": than.microseconds, "limit": limit}
        )
        return len(rows)
