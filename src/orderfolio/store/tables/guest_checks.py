"""Guests and what they are found by, each looked at beside what it must agree with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws
from orderfolio.store.records import GuestRow, Organisation
from orderfolio.store.tables.findings import WRONG_SHARD, keys, of_document, said, shard_of
from orderfolio.store.tables.guest_keys import keys_of, phones_of

Row = tuple[Any, ...]


class GuestChecks:
    """Rows are those of the statements `checks_*`; what is said of each is what is wrong."""

    def __init__(self, connection: Connection, documents: Documents, draws: Draws) -> None:
        self._connection = connection
        self._documents = documents
        self._draws = draws

    async def guest(self, row: Row) -> list[str]:
        organisation, ref, shard = row[:3]
        guest_type, first_name, last_name, body, is_known = row[6:]

        def spelt() -> bytes | None:
            guest = self._documents.read_guest(body)
            names = [name and name.lower() for name in (guest.first_name, guest.last_name)]
            if [guest.guest_type, *names] != [guest_type, first_name, last_name]:
                return None
            return self._documents.guest(GuestRow(**keys(row), guest=guest))

        found = of_document(spelt, body)
        if not found:
            guest = self._documents.read_guest(body)
            found += await self._unmarked(organisation, ref, guest)
            found += await self._uncalled(organisation, ref, guest)
        return [
            *said(not is_known, "its organisation isn't there"),
            *said(shard != shard_of(ref), WRONG_SHARD),
            *found,
        ]

    async def mark(self, row: Row) -> list[str]:
        organisation, provider, value, _, id, shard, body = row
        mark = Mark(provider, value)
        home = self._draws.shard_of_mark(organisation, mark)
        return [
            *said(shard != home, "its shard isn't the one of what it says"),
            *self._not_of(
                body, lambda guest: (mark, id) in {(k.mark, k.id) for k in keys_of(guest)}
            ),
        ]

    async def phone(self, row: Row) -> list[str]:
        _, value, guest_ref, shard, body = row
        return [
            *said(shard != shard_of(guest_ref), WRONG_SHARD),
            *self._not_of(body, lambda guest: value in phones_of(guest)),
        ]

    def _not_of(self, body: bytes | None, is_carried: Callable[[Guest], bool]) -> list[str]:
        if body is None:
            return ["the guest isn't there"]
        try:
            return said(
                not is_carried(self._documents.read_guest(body)),
                "the guest's document doesn't have it",
            )
        except Exception:  # noqa: BLE001 (the guest's own row tells that it can't be read)
            return []

    async def _unmarked(self, organisation: Organisation, ref: Ref, guest: Guest) -> list[str]:
        found: list[str] = []
        for key in keys_of(guest):
            values: dict[str, Value] = {
                "organisation": organisation,
                "provider": key.mark.provider,
                "value": key.mark.value,
                "guest_ref": ref,
                "id": key.id,
                "shard": self._draws.shard_of_mark(organisation, key.mark),
            }
            rows = await self._connection.rows("checks_mark", values)
            expires_at = None if key.expiry is None else key.expiry.microseconds
            if not rows:
                found.append("it isn't found by a mark of its document")
            elif rows != [(expires_at,)]:
                found.append("a mark of it expires at another time than its document says")
        return found

    async def _uncalled(self, organisation: Organisation, ref: Ref, guest: Guest) -> list[str]:
        found: list[str] = []
        for phone in phones_of(guest):
            values: dict[str, Value] = {
                "organisation": organisation,
                "value": phone,
                "guest_ref": ref,
                "shard": shard_of(ref),
            }
            if not await self._connection.rows("checks_phone", values):
                found.append("it isn't found by a phone number of its document")
        return found
