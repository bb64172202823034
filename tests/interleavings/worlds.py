"""A small world for two operations to meet in: a few of everything, much of it shared."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Struct
from tests.operations.examples import an_item, an_order

from orderfolio.errors import Kind
from orderfolio.model.extensions import Owner
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Rule
from orderfolio.model.people import Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    answers,
    credentials,
    extensions,
    guests,
    items,
    orders,
    organisations,
    people,
    refusals,
    rules,
    users,
)
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Organisation

SHOP: Final = "shop"
KEYED: Final = b"the scope of a key that was used"
REQUEST: Final = b"the body that came with it"


class World(Struct, frozen=True, kw_only=True):
    """`first` is an order of Ada's; `shared` one of Ada's, Bob's and of a guest that is being
    deleted; `hidden` is that guest's alone. `consumer` consumes `item`, Ada `shared_item`;
    `other_item` is of `first`, and `stranger` a contact there whom nobody knows."""

    organisation: Organisation
    first: Ref
    shared: Ref
    hidden: Ref
    item: Ref
    other_item: Ref
    shared_item: Ref
    contact: Ref
    stranger: Ref
    shared_contact: Ref
    bobs_contact: Ref
    consumer: Ref
    shared_consumer: Ref
    ada: Ref
    bob: Ref
    doomed: Ref


async def populate(store: Store) -> World:
    """The world, made in an empty database."""
    organisation = (await store.transact(organisations.create, SHOP)).organisation

    async def an_order_with(reference_id: str, **other: Any) -> Ref:
        order = an_order(reference_id, status="NEW", channel="WEB", **other)
        return (await store.transact(orders.create, organisation, order)).ref

    async def a_person(role: Role, order: Ref, links: Links, **said: Any) -> Ref:
        person = Person(**said)
        made = await store.transact(people.create, organisation, role, order, person, links)
        return made.ref

    async def an_item_of(order: Ref) -> Ref:
        return (await store.transact(items.create, organisation, order, an_item())).ref

    async def a_guest(name: str) -> Ref:
        guest = Guest(guest_type="customer", first_name=name, emails=(f"{name}@example.com",))
        return (await store.transact(guests.create, organisation, guest)).ref

    async def mark(tx: Transaction, guest_ref: Ref) -> None:
        await tx.deletions.mark(organisation, guest_ref)

    ada, bob, doomed = await a_guest("ada"), await a_guest("bob"), await a_guest("doomed")
    first, shared, hidden = [await an_order_with(f"R-{n}") for n in (1, 2, 3)]
    item, other_item = await an_item_of(first), await an_item_of(first)
    shared_item = await an_item_of(shared)
    world = World(
        organisation=organisation,
        first=first,
        shared=shared,
        hidden=hidden,
        item=item,
        other_item=other_item,
        shared_item=shared_item,
        contact=await a_person(Role.CONTACT, first, Links(guest=ada), first_name="Ada"),
        stranger=await a_person(Role.CONTACT, first, Links(), first_name="Eve"),
        shared_contact=await a_person(Role.CONTACT, shared, Links(guest=ada)),
        bobs_contact=await a_person(Role.CONTACT, shared, Links(guest=bob)),
        consumer=await a_person(Role.CONSUMER, first, Links(items=(item,)), first_name="Kim"),
        shared_consumer=await a_person(
            Role.CONSUMER, shared, Links(guest=ada, items=(shared_item,))
        ),
        ada=ada,
        bob=bob,
        doomed=doomed,
    )
    for order in (shared, hidden):
        await a_person(Role.CONTACT, order, Links(guest=doomed))
    await _administer(store, world)
    await store.transact(mark, doomed)
    return world


async def _administer(store: Store, world: World) -> None:
    """What an organisation has beside its orders and guests."""
    organisation = world.organisation
    for owner, owner_ref in ((Owner.ITEM, world.item), (Owner.ORDER, world.shared)):
        await store.transact(
            extensions.create, organisation, owner, owner_ref, {"gift": True, "wrap": "red"}, True
        )
    await store.transact(
        answers.once,
        organisation,
        KEYED,
        REQUEST,
        Kind.CONTACT,
        people.create,
        Role.CONTACT,
        world.first,
        Person(emails=("ada@example.com",)),
        Links(),
    )
    for n in range(2):
        await store.transact(rules.add, SHOP, Rule(name=f"Card {n}", provider=f"card{n}"), None)
    await store.transact(credentials.create, SHOP, NewCredential("key", "token"), False)
    await store.transact(users.create, SHOP, "ada", "a hash", False)
    await store.transact(
        refusals.record, {(organisation, "not-found", "fetch"): 3, (organisation, "no", ""): 1}
    )
