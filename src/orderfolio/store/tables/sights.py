"""Sight: what keeps an order from being hidden while others mark guests."""

from __future__ import annotations

from typing import Final

from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection
from orderfolio.store.records import Organisation
from orderfolio.store.tables import pages
from orderfolio.store.tables.claims import Claims

# Contacts among which a guest is looked for: mostly all that an order has.
CONTACTS: Final = 20


class Sights:
    def __init__(self, connection: Connection, claims: Claims) -> None:
        self._connection = connection
        self._claims = claims

    async def keep(
        self, organisation: Organisation, order_ref: Ref, *, held: Ref | None, but: Ref | None
    ) -> bool:
        if self._claims.is_alone:
            # Nobody has marked anybody since the order was found.
            return True
        marked: set[Ref] = set()
        after = pages.FIRST
        while contacts := await self._contacts(organisation, order_ref, after):
            after = contacts[-1][0]
            found = dict.fromkeys(guest_ref for ref, guest_ref in contacts if ref != but)
            if held in found:
                return True
            for guest_ref in found:
                if guest_ref not in marked and await self._hold(organisation, guest_ref):
                    return True
                marked.add(guest_ref)
        return not marked

    async def precede(
        self, organisation: Organisation, order_ref: Ref, guest_ref: Ref, *, but: Ref | None
    ) -> None:
        if self._claims.is_alone:
            return
        contacts = await self._contacts(organisation, order_ref, pages.FIRST)
        guests = [guest for ref, guest in contacts if ref != but]
        is_enough = but is None and guest_ref in guests
        if guests and not is_enough and guests[0] < guest_ref:
            await self._hold(organisation, guests[0])

    async def _contacts(
        self, organisation: Organisation, order_ref: Ref, after: Ref
    ) -> list[tuple[Ref, Ref]]:
        """The next contacts of an order that have a guest, each with it."""
        rows = await self._connection.rows(
            "sights_contacts",
            {
                "organisation": organisation,
                "order_ref": order_ref,
                "shard": refs.shard_of(order_ref),
                "after": after,
                "limit": CONTACTS,
            },
        )
        return [(Ref(ref), Ref(guest_ref)) for ref, guest_ref in rows]

    async def _hold(self, organisation: Organisation, guest_ref: Ref) -> bool:
        """Whether the guest isn't marked, and can't be any more."""
        rows = await self._connection.rows(
            "guests_find_for_update",
            {
                "organisation": organisation,
                "ref": guest_ref,
                "shard": refs.shard_of(guest_ref),
            },
        )
        return bool(rows)
