"""Organisations as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from orderfolio.errors import NameTaken
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection
from orderfolio.store.records import Organisation, OrganisationRow
from orderfolio.store.tables.guests import Guests
from orderfolio.store.tables.orders import Orders

_NOUN: Final = "organisation"


class Organisations:
    def __init__(self, connection: Connection, orders: Orders, guests: Guests) -> None:
        self._connection = connection
        self._orders = orders
        self._guests = guests

    async def insert(self, name: str, created_at: Instant) -> OrganisationRow:
        numbered = await self._connection.rows("organisations_number", {})
        organisation = Organisation(numbered[0][0])
        rows = await self._connection.rows(
            "organisations_insert",
            {
                "organisation": organisation,
                "name": name,
                "created_at": created_at.microseconds,
            },
        )
        if not rows:
            raise NameTaken(_NOUN, name)
        return OrganisationRow(organisation=organisation, name=name, created_at=created_at)

    async def find(self, name: str) -> OrganisationRow | None:
        rows = await self._connection.rows("organisations_find", {"name": name})
        return _row(rows[0]) if rows else None

    async def find_for_update(self, name: str) -> OrganisationRow | None:
        rows = await self._connection.rows("organisations_find_for_update", {"name": name})
        return _row(rows[0]) if rows else None

    async def hold_names(self) -> None:
        # Who creates an organisation counts it there.
        await self._connection.rows("organisations_names_for_update", {})

    async def all(self) -> Sequence[OrganisationRow]:
        return [_row(row) for row in await self._connection.rows("organisations_all", {})]

    async def rename(self, organisation: Organisation, name: str) -> None:
        await self.hold_names()
        holder = await self.find(name)
        if holder is not None and holder.organisation != organisation:
            raise NameTaken(_NOUN, name)
        await self._connection.rows(
            "organisations_rename", {"organisation": organisation, "name": name}
        )

    async def delete_some(self, organisation: Organisation, limit: int) -> int:
        orders = await self._refs("organisations_orders", organisation, limit)
        for ref in orders:
            await self._orders.remove(organisation, ref)
        guests = await self._refs("organisations_guests", organisation, limit - len(orders))
        for ref in guests:
            await self._guests.remove(organisation, ref)
        return len(orders) + len(guests)

    async def delete(self, organisation: Organisation) -> None:
        for statement in (
            # Itself first: who would add to it finds it gone, or has added already.
            "organisations_delete",
            "organisations_delete_credentials",
            "organisations_delete_users",
            "organisations_delete_refusals",
            "rules_clear",
            "organisations_delete_kept_answers",
            "organisations_delete_kept_answer_guests",
            "organisations_delete_audit",
            "organisations_delete_deletions",
            "organisations_delete_tallies",
            "organisations_delete_tally_nodes",
            "organisations_delete_tally_parts",
        ):
            await self._connection.rows(statement, {"organisation": organisation})

    async def left(self) -> Sequence[Organisation]:
        rows = await self._connection.rows("organisations_left", {})
        return sorted(Organisation(row[0]) for row in rows)

    async def _refs(self, statement: str, organisation: Organisation, limit: int) -> list[Ref]:
        rows = await self._connection.rows(
            statement, {"organisation": organisation, "limit": limit}
        )
        return [Ref(row[0]) for row in rows]


def _row(row: tuple[Any, ...]) -> OrganisationRow:
    organisation, name, created_at = row
    return OrganisationRow(
        organisation=Organisation(organisation), name=name, created_at=Instant(created_at)
    )
