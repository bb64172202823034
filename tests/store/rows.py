"""Rows to keep, and a small world of one of each, for the promises of the store."""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict, Unpack

from msgspec import Struct

from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark, mark_of_email
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Identifier, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Window
from orderfolio.store.records import (
    Document,
    ExtensionRow,
    GuestRow,
    ItemRow,
    KeptAnswer,
    OrderRow,
    Organisation,
    PersonRow,
)

HOUR = 3_600_000_000
NOON = Instant(1_700_000_000_000_000)
WHOLE = Window(limit=100, whole=True)
ADA = mark_of_email("ada@example.com")
CARD = Mark("card", "Q-7")


class Said(TypedDict, total=False):
    first_name: str
    last_name: str
    emails: tuple[str, ...]
    phone_numbers: tuple[str, ...]
    identifiers: tuple[Identifier, ...]


def later(microseconds: int) -> Instant:
    return Instant(NOON.microseconds + microseconds)


async def an_organisation(tx: Transaction, name: str = "shop") -> Organisation:
    return (await tx.organisations.insert(name, tx.now)).organisation


async def an_order(
    tx: Transaction,
    organisation: Organisation,
    reference_id: str = "R-1",
    ordered_at: Instant = NOON,
    status: str | None = None,
    channel: str | None = None,
) -> OrderRow:
    row = OrderRow(
        organisation=organisation,
        ref=await tx.orders.claim(organisation, reference_id),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        order=Order(
            reference_id=reference_id,
            ordered_at=ordered_at,
            currency_code="EUR",
            price=Decimal("100.10"),
            status=status,
            channel=channel,
        ),
    )
    await tx.orders.insert(row)
    return row


async def an_item(tx: Transaction, order: OrderRow, quantity: int | None = None) -> ItemRow:
    row = ItemRow(
        organisation=order.organisation,
        ref=tx.new_ref(refs.shard_of(order.ref)),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        order_ref=order.ref,
        consumers=0,
        item=Item(
            type="BOOK",
            name="Notes",
            price=Decimal(12),
            currency_code="EUR",
            status="PURCHASED",
            quantity=quantity,
        ),
    )
    await tx.items.insert(row)
    return row


async def a_person(
    tx: Transaction, role: Role, order: OrderRow, guest_ref: Ref | None = None, **said: Unpack[Said]
) -> PersonRow:
    row = PersonRow(
        organisation=order.organisation,
        ref=tx.new_ref(refs.shard_of(order.ref)),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        order_ref=order.ref,
        ordered_at=order.order.ordered_at,
        role=role,
        guest_ref=guest_ref,
        person=Person(**said),
    )
    await tx.people.insert(row)
    return row


async def a_contact(
    tx: Transaction, order: OrderRow, guest_ref: Ref | None = None, **said: Unpack[Said]
) -> PersonRow:
    return await a_person(tx, Role.CONTACT, order, guest_ref, **said)


async def a_consumer(
    tx: Transaction, order: OrderRow, guest_ref: Ref | None = None, **said: Unpack[Said]
) -> PersonRow:
    return await a_person(tx, Role.CONSUMER, order, guest_ref, **said)


async def a_guest(
    tx: Transaction, organisation: Organisation, guest_type: str = "customer", **said: Unpack[Said]
) -> GuestRow:
    row = GuestRow(
        organisation=organisation,
        ref=await tx.guests.claim(organisation, ()),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        guest=Guest(guest_type=guest_type, **said),
    )
    await tx.guests.insert(row)
    return row


async def an_extension(
    tx: Transaction, owner: OrderRow | ItemRow, **pairs: str | bool | Decimal
) -> ExtensionRow:
    is_order = isinstance(owner, OrderRow)
    row = ExtensionRow(
        organisation=owner.organisation,
        ref=tx.new_ref(refs.shard_of(owner.ref)),
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        owner=Owner.ORDER if is_order else Owner.ITEM,
        owner_ref=owner.ref,
        order_ref=owner.ref if isinstance(owner, OrderRow) else owner.order_ref,
        pairs=dict(pairs),
    )
    await tx.extensions.insert(row)
    return row


def an_answer(
    organisation: Organisation,
    document: Document,
    scope: bytes = b"scope",
    *,
    order_ref: Ref | None = None,
    guest_ref: Ref | None = None,
    created_at: Instant = NOON,
) -> KeptAnswer:
    return KeptAnswer(
        organisation=organisation,
        scope=scope,
        request=b"request",
        created_at=created_at,
        ref=document.ref,
        order_ref=order_ref,
        guest_ref=guest_ref,
        document=document,
    )


class World(Struct, frozen=True, kw_only=True):
    """An order of a guest, with one of each under it; the consumer consumes the item."""

    organisation: Organisation
    guest: GuestRow
    order: OrderRow
    contact: PersonRow
    consumer: PersonRow
    item: ItemRow
    on_order: ExtensionRow
    on_item: ExtensionRow


async def a_world(tx: Transaction, organisation: Organisation) -> World:
    guest = await a_guest(
        tx,
        organisation,
        first_name="Ada",
        last_name="King",
        emails=("ada@example.com",),
        phone_numbers=("+1",),
        identifiers=(Identifier(provider="card", id="Q-7"),),
    )
    order = await an_order(tx, organisation, status="PURCHASED", channel="WEB")
    item = await an_item(tx, order)
    world = World(
        organisation=organisation,
        guest=guest,
        order=order,
        contact=await a_contact(tx, order, guest.ref, first_name="Ada", last_name="King"),
        consumer=await a_consumer(tx, order),
        item=item,
        on_order=await an_extension(tx, order, gift=True),
        on_item=await an_extension(tx, item, gift=True),
    )
    await tx.people.link(world.consumer.ref, item.ref)
    document = await tx.orders.document(organisation, order.ref)
    assert document is not None
    await tx.kept_answers.insert(an_answer(organisation, document, order_ref=order.ref))
    return world
