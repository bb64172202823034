"""Deletions as rows: the guests that are hidden, and what goes with them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import THE_SERVER, Doomed
from orderfolio.store.records import Actor, By, Gone, Organisation, PersonRow, Preview
from orderfolio.store.tables import pages
from orderfolio.store.tables.guests import Guests
from orderfolio.store.tables.orders import Orders
from orderfolio.store.tables.people import People


class Deletions:
    def __init__(
        self, connection: Connection, orders: Orders, people: People, guests: Guests
    ) -> None:
        self._connection = connection
        self._orders = orders
        self._people = people
        self._guests = guests

    async def preview(self, organisation: Organisation, guest_ref: Ref) -> Preview:
        return Preview(
            orders=await self._previewed("orders", organisation, guest_ref),
            contacts=await self._previewed("contacts", organisation, guest_ref),
            consumers=await self._previewed("consumers", organisation, guest_ref),
        )

    async def mark(self, organisation: Organisation, guest_ref: Ref, by: By = THE_SERVER) -> None:
        await self._connection.rows(
            "deletions_insert",
            {
                "organisation": organisation,
                "guest_ref": guest_ref,
                "actor": by.actor.value,
                "name": by.name,
                "operation": by.operation,
                "request_id": by.request_id,
            },
        )
        await self._connection.rows("deletions_hide_guest", _guest(organisation, guest_ref))

    async def progress(self, organisation: Organisation, guest_ref: Ref) -> tuple[By, Gone] | None:
        rows = await self._connection.rows("deletions_progress", _key(organisation, guest_ref))
        if not rows:
            return None
        actor, name, operation, request_id, orders, items, contacts, consumers, extensions = rows[0]
        by = By(actor=Actor(actor), name=name, operation=operation, request_id=request_id)
        return by, Gone(
            orders=orders,
            items=items,
            contacts=contacts,
            consumers=consumers,
            extensions=extensions,
        )

    async def count(self, organisation: Organisation, guest_ref: Ref, gone: Gone) -> None:
        await self._connection.rows(
            "deletions_count", {**_key(organisation, guest_ref), **structs.asdict(gone)}
        )

    async def pending(self) -> Sequence[tuple[Organisation, Ref]]:
        rows = await self._connection.rows("deletions_pending", {})
        return [(Organisation(row[0]), Ref(row[1])) for row in rows]

    async def doomed(self, organisation: Organisation, guest_ref: Ref, limit: int) -> Doomed:
        await self._connection.rows("deletions_guest_for_update", _guest(organisation, guest_ref))
        orders, contacts = await self._held_by_contacts(organisation, guest_ref, limit)
        rows = []
        # Most consumers go with their orders: those that are left are looked for at the end.
        if len(orders) < limit and len(contacts) < limit:
            rows = await self._connection.rows(
                "deletions_consumers",
                {"organisation": organisation, "guest_ref": guest_ref, "limit": limit},
            )
        return Doomed(
            orders=sorted(orders),
            contacts=sorted(contacts, key=_ref_of),
            consumers=sorted(
                [
                    consumer
                    for row in rows
                    if (consumer := await self._held(organisation, guest_ref, Ref(row[0])))
                ],
                key=_ref_of,
            ),
        )

    async def _held_by_contacts(
        self, organisation: Organisation, guest_ref: Ref, limit: int
    ) -> tuple[set[Ref], list[PersonRow]]:
        """What `_doomed_by_contacts` finds, with its orders held: which of them are hidden is
        known once nobody else may change it."""
        held: set[Ref] = set()
        while True:
            orders, contacts = await self._doomed_by_contacts(organisation, guest_ref, limit)
            found = orders.union(contact.order_ref for contact in contacts) - held
            if not found:
                return orders, contacts
            for ref in sorted(found):
                await self._connection.rows(
                    "deletions_order_for_update",
                    {"organisation": organisation, "ref": ref, "shard": refs.shard_of(ref)},
                )
            held |= found

    async def _doomed_by_contacts(
        self, organisation: Organisation, guest_ref: Ref, limit: int
    ) -> tuple[set[Ref], list[PersonRow]]:
        """Orders and contacts, by a walk over the guest's contacts that ends when either are
        enough: no part costs more than its own length."""
        orders: set[Ref] = set()
        contacts: list[PersonRow] = []
        after_order = after = pages.FIRST
        while True:
            rows = await self._connection.rows(
                "deletions_contacts",
                {
                    "organisation": organisation,
                    "guest_ref": guest_ref,
                    "after_order": after_order,
                    "after_shard": refs.shard_of(after_order),
                    "after": after,
                    "limit": limit,
                },
            )
            for *columns, is_hidden in rows:
                found = self._people.row(organisation, columns)
                after_order, after = found.order_ref, found.ref
                contact = await self._held(organisation, guest_ref, found.ref)
                if contact is None:
                    continue
                if is_hidden:
                    orders.add(contact.order_ref)
                else:
                    contacts.append(contact)
                if limit in {len(orders), len(contacts)}:
                    return orders, contacts
            if len(rows) < limit:
                return orders, contacts

    async def _held(self, organisation: Organisation, guest_ref: Ref, ref: Ref) -> PersonRow | None:
        """A contact or consumer of the guest, as it is now and stays; None where it went, or
        became somebody else's."""
        rows = await self._connection.rows(
            "deletions_person_for_update",
            {
                "organisation": organisation,
                "ref": ref,
                "shard": refs.shard_of(ref),
                "guest_ref": guest_ref,
            },
        )
        return self._people.row(organisation, rows[0]) if rows else None

    async def doomed_contacts(
        self, organisation: Organisation, order_ref: Ref
    ) -> Sequence[PersonRow]:
        rows = await self._connection.rows(
            "deletions_contacts_of_order",
            {
                "organisation": organisation,
                "order_ref": order_ref,
                "shard": refs.shard_of(order_ref),
            },
        )
        return [self._people.row(organisation, row) for row in rows]

    async def delete_order(self, organisation: Organisation, ref: Ref) -> Gone:
        gone = await self._orders.remove(organisation, ref)
        await self._forget("itself", organisation, ref)
        await self._forget("order", organisation, ref)
        return gone

    async def delete_person(self, row: PersonRow) -> None:
        await self._people.remove(row.organisation, row.ref)
        await self._forget("itself", row.organisation, row.ref)

    async def finish(self, organisation: Organisation, guest_ref: Ref) -> None:
        await self._guests.remove(organisation, guest_ref)
        await self._forget("itself", organisation, guest_ref)
        await self._forget("guest", organisation, guest_ref)
        await self._forget("other_guest", organisation, guest_ref)
        await self._connection.rows(
            "kept_answer_guests_delete", {"organisation": organisation, "ref": guest_ref}
        )
        await self._connection.rows("deletions_delete", _key(organisation, guest_ref))
        await self._connection.rows("traces_insert", _key(organisation, guest_ref))

    async def traces(self) -> Sequence[tuple[Organisation, Ref]]:
        rows = await self._connection.rows("traces_all", {})
        return [(Organisation(row[0]), Ref(row[1])) for row in rows]

    async def clear_trace(self, organisation: Organisation, guest_ref: Ref) -> None:
        await self._connection.rows("traces_delete", _key(organisation, guest_ref))

    async def _previewed(self, noun: str, organisation: Organisation, guest_ref: Ref) -> int:
        rows = await self._connection.rows(
            f"deletions_preview_{noun}", {"organisation": organisation, "guest_ref": guest_ref}
        )
        return int(rows[0][0])

    async def _forget(self, whose: str, organisation: Organisation, ref: Ref) -> None:
        await self._connection.rows(
            f"kept_answers_forget_{whose}", {"organisation": organisation, "ref": ref}
        )


def _key(organisation: Organisation, guest_ref: Ref) -> dict[str, Value]:
    return {"organisation": organisation, "guest_ref": guest_ref}


def _guest(organisation: Organisation, ref: Ref) -> dict[str, Value]:
    return {"organisation": organisation, "ref": ref, "shard": refs.shard_of(ref)}


def _ref_of(row: PersonRow) -> Ref:
    return row.ref
