"""What can be done in the world at one moment: operations with their arguments, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.interleavings.actors import Bound
from tests.interleavings.worlds import KEYED, REQUEST, SHOP, World
from tests.operations.examples import HOUR, an_item, an_order, later

from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import UNGUARDED, Guard
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Rule
from orderfolio.model.instants import Instant
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    answers,
    credentials,
    deletions,
    extensions,
    guests,
    items,
    orders,
    organisations,
    people,
    rules,
    tallies,
    users,
)
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation

EVER: Final = Instant(1 << 60)
MANY: Final = 1_000
NEW_KEY: Final = b"the scope of a key that is new.."


def doings(world: World) -> Mapping[str, Bound]:
    """All of them. What is named alike, but for a number, is the same at another time or with
    other values."""
    return {
        **_orders(world),
        **_items(world),
        **_people(world),
        **_extensions(world),
        **_guests(world),
        **_answers(world),
        **_administration(world),
        **_housekeeping(),
    }


def _names() -> tuple[str, ...]:
    nobody = refs.first_of(0)
    fields = {name: nobody for name in World.__struct_fields__ if name != "organisation"}
    return tuple(doings(World(organisation=Organisation(0), **fields)))


def seen(ref: Ref, version: int = 1) -> Guard:
    """For who has read the resource in this version."""
    return Guard(frozenset({(ref, version)}))


def _orders(world: World) -> Mapping[str, Bound]:
    ours, first = world.organisation, world.first
    return {
        "order: post one that is there": (orders.create, (ours, an_order("R-1", channel="APP"))),
        "order: post one later": (orders.create, (ours, an_order("R-1", later(90 * HOUR)))),
        "order: post one between": (orders.create, (ours, an_order("R-1", later(46 * HOUR)))),
        "order: post a new one": (orders.create, (ours, an_order("R-9"))),
        "order: post a hidden one": (orders.create, (ours, an_order("R-3"))),
        "order: amend": (orders.amend, (ours, first, {"status": "SENT"}, UNGUARDED)),
        "order: amend as seen": (orders.amend, (ours, first, {"channel": "APP"}, seen(first))),
        "order: remove": (orders.remove, (ours, first, UNGUARDED)),
        "order: remove as seen": (orders.remove, (ours, first, seen(first))),
        "order: remove the shared": (orders.remove, (ours, world.shared, UNGUARDED)),
    }


def _items(world: World) -> Mapping[str, Bound]:
    ours, item = world.organisation, world.item
    return {
        "item: create": (items.create, (ours, world.first, an_item())),
        "item: amend": (items.amend, (ours, item, {"name": "Atlas"}, UNGUARDED)),
        "item: amend as seen": (items.amend, (ours, item, {"quantity": 7}, seen(item, 2))),
        "item: remove": (items.remove, (ours, item, UNGUARDED)),
        "item: remove the other": (items.remove, (ours, world.other_item, UNGUARDED)),
        "item: remove the shared": (items.remove, (ours, world.shared_item, UNGUARDED)),
    }


def _people(world: World) -> Mapping[str, Bound]:
    ours, contact, consumer = world.organisation, Role.CONTACT, Role.CONSUMER
    ada = Person(emails=("ada@example.com",), phone_numbers=("+1",))
    eve = Person(first_name="Eve", emails=("eve@example.com",))
    both = Links(items=(world.item, world.other_item))
    other = Links(items=(world.other_item,))
    bob, nobody = Links(guest=world.bob), Links(guest=None)
    known = {"emails": ("eve@example.com",)}
    moved = {"first_name": "Bob"}
    return {
        "contact: ada": (people.create, (ours, contact, world.first, ada, AS_THEY_ARE)),
        "contact: eve": (people.create, (ours, contact, world.first, eve, AS_THEY_ARE)),
        "contact: eve elsewhere": (people.create, (ours, contact, world.shared, eve, AS_THEY_ARE)),
        "contact: bob": (people.create, (ours, contact, world.first, Person(), bob)),
        "contact: ada by ref": (
            people.create,
            (ours, contact, world.shared, Person(), Links(guest=world.ada)),
        ),
        "contact: make it bob": (
            people.amend,
            (ours, contact, world.contact, moved, bob, UNGUARDED),
        ),
        "contact: unlink": (
            people.amend,
            (ours, contact, world.bobs_contact, {}, nobody, UNGUARDED),
        ),
        "contact: know eve": (
            people.amend,
            (ours, contact, world.stranger, known, AS_THEY_ARE, UNGUARDED),
        ),
        "contact: remove": (people.remove, (ours, contact, world.contact, UNGUARDED)),
        "contact: remove bob's": (people.remove, (ours, contact, world.bobs_contact, UNGUARDED)),
        "contact: remove ada's": (people.remove, (ours, contact, world.shared_contact, UNGUARDED)),
        "consumer: of both": (people.create, (ours, consumer, world.first, eve, both)),
        "consumer: namesake": (
            people.create,
            (ours, consumer, world.first, Person(first_name="Ada", last_name="King"), other),
        ),
        "consumer: move": (
            people.amend,
            (ours, consumer, world.consumer, {}, other, seen(world.consumer)),
        ),
        "consumer: more": (people.amend, (ours, consumer, world.consumer, {}, both, UNGUARDED)),
        "consumer: make it bob with both": (
            people.amend,
            (
                ours,
                consumer,
                world.consumer,
                {},
                Links(guest=world.bob, items=both.items),
                UNGUARDED,
            ),
        ),
        "consumer: remove": (people.remove, (ours, consumer, world.consumer, UNGUARDED)),
        "consumer: remove ada's": (
            people.remove,
            (ours, consumer, world.shared_consumer, UNGUARDED),
        ),
    }


def _extensions(world: World) -> Mapping[str, Bound]:
    ours = world.organisation
    first, item, bare = (
        (Owner.ORDER, world.first),
        (Owner.ITEM, world.item),
        (Owner.ITEM, world.other_item),
    )
    return {
        "extension: of the order": (extensions.create, (ours, *first, {"a": "1"}, False)),
        "extension: of the order once": (extensions.create, (ours, *first, {"b": "2"}, True)),
        "extension: of the other item": (extensions.create, (ours, *bare, {"a": "1"}, False)),
        "extension: more of the item": (extensions.create, (ours, *item, {"c": "3"}, False)),
        "extension: amend": (extensions.amend, (ours, *item, {"gift": False}, UNGUARDED)),
        "extension: clear": (extensions.clear, (ours, *item, ("wrap",), UNGUARDED)),
        "extension: remove": (extensions.remove, (ours, *item, UNGUARDED)),
    }


async def _mark(tx: Transaction, organisation: Organisation, guest_ref: Ref) -> None:
    """The first transaction of a removal, where there is more than it has room for."""
    if await tx.guests.find_for_update(organisation, guest_ref) is not None:
        await tx.deletions.mark(organisation, guest_ref)


async def _advance(tx: Transaction) -> None:
    await deletions.advance_any(tx)


def _guests(world: World) -> Mapping[str, Bound]:
    ours = world.organisation
    eve = Guest(guest_type="visitor", emails=("eve@example.com",))
    known = {"emails": ("ada@example.org",)}
    return {
        "guest: create": (guests.create, (ours, eve)),
        "guest: amend": (guests.amend, (ours, world.ada, known, UNGUARDED)),
        "guest: amend as seen": (
            guests.amend,
            (ours, world.bob, {"guest_type": "visitor"}, seen(world.bob, 2)),
        ),
        "guest: remove ada": (guests.remove, (ours, world.ada, UNGUARDED)),
        "guest: remove bob": (guests.remove, (ours, world.bob, UNGUARDED)),
        "guest: mark ada": (_mark, (ours, world.ada)),
        "guest: mark bob": (_mark, (ours, world.bob)),
        "guest: advance": (_advance, ()),
    }


def _answers(world: World) -> Mapping[str, Bound]:
    ours = world.organisation
    order = (Kind.ORDER, orders.create, an_order("R-7"))
    again = (
        Kind.CONTACT,
        people.create,
        Role.CONTACT,
        world.first,
        Person(emails=("ada@example.com",)),
        Links(),
    )
    return {
        "answer: an order": (answers.once, (ours, NEW_KEY, REQUEST, *order)),
        "answer: another body": (answers.once, (ours, NEW_KEY, b"another", *order)),
        "answer: a contact": (answers.once, (ours, NEW_KEY, REQUEST, *again)),
        "answer: a contact again": (answers.once, (ours, KEYED, REQUEST, *again)),
        "answer: forget": (answers.forget, (EVER, MANY)),
    }


def _administration(world: World) -> Mapping[str, Bound]:
    key = NewCredential("key", "another token")
    new = NewCredential("new", "token")
    return {
        "rule: add a fourth": (rules.add, (SHOP, Rule(name="D", provider="d"), None)),
        "rule: add a fourth in front": (rules.add, (SHOP, Rule(name="E", provider="e"), 1)),
        "rule: remove": (rules.remove, (SHOP, "Card 1")),
        "credential: create": (credentials.create, (SHOP, new, False)),
        "credential: rotate": (credentials.rotate, (SHOP, key)),
        "credential: revoke": (credentials.revoke, (SHOP, "key")),
        "credential: ensure": (credentials.ensure, (SHOP, new)),
        "credential: ensure known": (credentials.ensure, (SHOP, key)),
        "credential: ensure elsewhere": (credentials.ensure, ("market", new)),
        "user: create": (users.create, (SHOP, "bob", "a hash", True)),
        "user: replace": (users.replace_password, (SHOP, "ada", "another hash")),
        "user: remove": (users.remove, (SHOP, "ada")),
        "organisation: create": (organisations.create, ("market",)),
        "organisation: rename": (organisations.rename, (SHOP, "market")),
        "organisation: rename otherwise": (organisations.rename, (SHOP, "fair")),
        "organisation: close": (organisations.close, (SHOP,)),
        "organisation: remove": (_remove, (world.organisation,)),
    }


async def _remove(tx: Transaction, organisation: Organisation) -> None:
    """All of it at once."""
    while await organisations.remove_some(tx, organisation):
        pass


def _housekeeping() -> Mapping[str, Bound]:
    return {
        "tallies: fold some": (_fold_some, ()),
        "tallies: fold": (tallies.fold, (MANY,)),
        "refusals: forget": (_forget, ()),
    }


async def _fold_some(tx: Transaction) -> None:
    """Whoever comes to the same counts too late finds none of them, and leaves the others for its
    next turn: how many there were is nobody's promise."""
    await tallies.fold(tx, 5)


async def _forget(tx: Transaction) -> int:
    return await tx.refusals.delete_older(EVER, MANY)


NAMES: Final = _names()
"""What can be done, whatever the world."""
