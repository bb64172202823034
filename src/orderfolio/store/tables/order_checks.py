"""Orders and what is under them, each looked at beside what it must agree with."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws
from orderfolio.store.records import ExtensionRow, ItemRow, OrderRow, PersonRow
from orderfolio.store.tables.findings import WRONG_SHARD, keys, of_document, said, shard_of

Row = tuple[Any, ...]


class OrderChecks:
    """Rows are those of the statements `checks_*`; what is said of each is what is wrong."""

    def __init__(self, documents: Documents, draws: Draws) -> None:
        self._documents = documents
        self._draws = draws

    async def order(self, row: Row) -> list[str]:
        organisation, ref, shard = row[:3]
        reference_id, ordered_at, body, is_known, match = row[6:]

        def spelt() -> bytes | None:
            order = self._documents.read_order(body)
            if (order.reference_id, order.ordered_at.microseconds) != (reference_id, ordered_at):
                return None
            return self._documents.order(OrderRow(**keys(row), order=order))

        home = self._draws.shard_of_reference(organisation, reference_id)
        return [
            *said(not is_known, "its organisation isn't there"),
            *said(shard != shard_of(ref), WRONG_SHARD),
            *said(shard != home, "its shard isn't the one of its reference"),
            *of_document(spelt, body),
            *([] if match is None else [f"it matches the order {refs.spell(match)}"]),
        ]

    async def item(self, row: Row) -> list[str]:
        ref, shard = row[1:3]
        order_ref, quantity, consumers, body, has_order, links = row[6:]

        def spelt() -> bytes:
            given = None if quantity is None else int(quantity)
            item = structs.replace(self._documents.read_item(body), quantity=given)
            return self._documents.item(
                ItemRow(**keys(row), order_ref=order_ref, consumers=consumers, item=item)
            )

        return [
            *said(not has_order, "its order isn't there"),
            *said(shard != shard_of(ref), WRONG_SHARD),
            *of_document(spelt, body),
            *said(links != consumers, f"it counts {consumers} consumers, and {links} are linked"),
        ]

    async def person(self, row: Row) -> list[str]:
        ref, shard = row[1:3]
        order_ref, ordered_at, role, guest_ref, first_name, last_name, body = row[6:13]
        order_ordered_at, has_guest = row[13:]

        def spelt() -> bytes | None:
            person = self._documents.read_person(body)
            if (person.first_name, person.last_name) != (first_name, last_name):
                return None
            return self._documents.person(
                PersonRow(
                    **keys(row),
                    order_ref=order_ref,
                    ordered_at=Instant(ordered_at),
                    role=Role(role),
                    guest_ref=guest_ref,
                    person=person,
                )
            )

        has_order = order_ordered_at is not None
        return [
            *said(not has_order, "its order isn't there"),
            *said(has_order and order_ordered_at != ordered_at, "its order has another time"),
            *said(not has_guest, "its guest isn't there"),
            *said(shard != shard_of(ref), WRONG_SHARD),
            *of_document(spelt, body),
        ]

    async def extension(self, row: Row) -> list[str]:
        owner_ref, shard = row[1:3]
        ref, owner, order_ref, body, has_owner = row[6:]

        def spelt() -> bytes:
            return self._documents.extension(
                ExtensionRow(
                    **(keys(row) | {"ref": ref}),
                    owner=Owner(owner),
                    owner_ref=owner_ref,
                    order_ref=order_ref,
                    pairs=self._documents.read_extension(body),
                )
            )

        return [
            *said(not has_owner, "its owner isn't there"),
            *said(shard != shard_of(owner_ref), WRONG_SHARD),
            *of_document(spelt, body),
        ]

    async def link(self, row: Row) -> list[str]:
        consumer_ref, item_ref, shard, has_both = row
        item = refs.spell(item_ref)
        return [
            *said(not has_both, f"it and the item {item} aren't there, or not of one order"),
            *said(shard != shard_of(consumer_ref), WRONG_SHARD),
        ]
