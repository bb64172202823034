"""Identity rules as rows."""

from __future__ import annotations

from collections.abc import Sequence

from orderfolio.model.identities import Rule
from orderfolio.store.connections import Connection
from orderfolio.store.records import Organisation


class Rules:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self, organisation: Organisation) -> Sequence[Rule]:
        rows = await self._connection.rows("rules_all", {"organisation": organisation})
        return [Rule(name=name, provider=provider) for name, provider in rows]

    async def replace(self, organisation: Organisation, rules: Sequence[Rule]) -> None:
        await self._connection.rows("rules_clear", {"organisation": organisation})
        for position, rule in enumerate(rules):
            await self._connection.rows(
                "rules_insert",
                {
                    "organisation": organisation,
                    "position": position,
                    "name": rule.name,
                    "provider": rule.provider,
                },
            )
