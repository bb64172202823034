"""Matching and identity under fire: what holds however many clients write at once.

Each oracle has its saboteur: the same storm with the lock left out, which it must find.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from itertools import combinations

import msgspec
import pytest
from tests.operations.examples import HOUR, Database, an_order, guest_of, known_as, later

from orderfolio.errors import NotFound
from orderfolio.model.changes import apply
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.identities import marks_for
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order, is_same_order
from orderfolio.model.people import AS_THEY_ARE, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import identities, orders, people
from orderfolio.operations.identities import Sighting
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.queries import OrderQuery, Window
from orderfolio.store.records import Document, OrderRow, Organisation

CLIENTS = 64
# The saboteurs are found in each round, on either engine.
ROUNDS = 30

Post = Callable[[Store, Organisation, Order], Awaitable[Document]]


async def post(store: Store, organisation: Organisation, order: Order) -> Document:
    return await store.transact(orders.create, organisation, order)


async def post_without_lock(store: Store, organisation: Organisation, order: Order) -> Document:
    """Looks for a match in one transaction and writes in another: the saboteur."""
    match = await store.read(_nearest, organisation, order)
    await asyncio.sleep(0)
    if match is None:
        return await store.transact(_insert, organisation, order)
    return await store.transact(_update, organisation, match, order)


async def _nearest(tx: Transaction, organisation: Organisation, order: Order) -> Ref | None:
    return await tx.orders.nearest(organisation, order.reference_id, order.ordered_at)


async def _insert(tx: Transaction, organisation: Organisation, order: Order) -> Document:
    ref = await tx.orders.claim(organisation, order.reference_id)
    row = OrderRow(
        organisation=organisation,
        ref=ref,
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        order=order,
    )
    return await tx.orders.insert(row)


async def _update(
    tx: Transaction, organisation: Organisation, match: Ref, order: Order
) -> Document:
    row = await tx.orders.find_for_update(organisation, match)
    if row is None:
        return await _insert(tx, organisation, order)
    changed = msgspec.structs.replace(
        row, version=row.version + 1, order=apply(row.order, {"channel": "WEB"})
    )
    return await tx.orders.update(changed)


class TestOrders:
    def storm(self, database: Database, post: Post, hours: int, deletes: bool) -> Iterator[int]:
        """How many pairs of orders each round leaves that match each other."""
        chance = random.Random(4711)
        for number in range(ROUNDS):
            yield database.runner.run(
                self.round(database, post, f"R-{number}", hours, deletes, chance)
            )

    async def round(
        self,
        database: Database,
        post: Post,
        reference_id: str,
        hours: int,
        deletes: bool,
        chance: random.Random,
    ) -> int:
        store, organisation = database.store, database.organisation

        async def client() -> None:
            ordered_at = later(chance.randrange(hours * HOUR))
            document = await post(store, organisation, an_order(reference_id, ordered_at))
            if deletes and chance.random() < 0.5:
                with suppress(NotFound):  # another client may be quicker
                    await store.transact(orders.remove, organisation, document.ref, UNGUARDED)
                await post(store, organisation, an_order(reference_id, ordered_at))

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        left = await self.left(store, organisation, reference_id)
        assert left, "every round leaves an order"
        return sum(is_same_order(one, other) for one, other in combinations(left, 2))

    async def left(
        self, store: Store, organisation: Organisation, reference_id: str
    ) -> Sequence[Order]:
        page = await store.read(
            orders.browse,
            organisation,
            OrderQuery(reference_id=reference_id),
            Window(limit=100),
        )
        assert page.more is None
        rows = [await store.transact(_row, organisation, found.ref) for found in page.documents]
        return [row.order for row in rows]

    def test_sixty_four_clients_within_forty_hours_make_one_order(self, database: Database) -> None:
        assert not any(self.storm(database, post, hours=40, deletes=False))
        assert database.orders().total == ROUNDS

    def test_no_two_that_are_left_match_though_others_are_deleted_between(
        self, database: Database
    ) -> None:
        assert not any(self.storm(database, post, hours=200, deletes=True))

    @pytest.mark.parametrize(("hours", "deletes"), [(40, False), (200, True)])
    def test_a_lock_left_out_is_found(self, database: Database, hours: int, deletes: bool) -> None:
        assert any(self.storm(database, post_without_lock, hours, deletes))


async def _row(tx: Transaction, organisation: Organisation, ref: Ref) -> OrderRow:
    row = await tx.orders.find_for_update(organisation, ref)
    assert row is not None
    return row


def _same_address(number: int, client: int) -> Person:
    address = f"Ada-{number}@Example.org"
    return Person(emails=(address.upper() if client % 2 else address.lower(),))


def _address_here_and_there(number: int, client: int) -> Person:
    address = f"ada-{number}@example.org"
    if client % 2:
        return Person(emails=(address,))
    return Person(identifiers=(known_as("email", address.title()),))


def _two_addresses_crosswise(number: int, client: int) -> Person:
    both = (f"ada-{number}@one.example", f"ada-{number}@two.example")
    return Person(emails=both if client % 2 else both[::-1])


PERSONS = [_same_address, _address_here_and_there, _two_addresses_crosswise]


class TestPersons:
    def storm(
        self,
        database: Database,
        person: Callable[[int, int], Person],
        see: Callable[[Store, Organisation, Ref, Person], Awaitable[str | None]],
    ) -> Iterator[set[str | None]]:
        """The guests that come of each round, which posts one person from everywhere."""
        refs = [database.order(f"R-{number}").ref for number in range(CLIENTS)]
        for number in range(ROUNDS):
            guests = database.runner.run(self.round(database, person, see, refs, number))
            assert None not in guests
            yield guests

    async def round(
        self,
        database: Database,
        person: Callable[[int, int], Person],
        see: Callable[[Store, Organisation, Ref, Person], Awaitable[str | None]],
        refs: Sequence[Ref],
        number: int,
    ) -> set[str | None]:
        return set(
            await asyncio.gather(
                *(
                    see(database.store, database.organisation, ref, person(number, client))
                    for client, ref in enumerate(refs)
                )
            )
        )

    @pytest.mark.parametrize("person", PERSONS)
    def test_one_person_from_many_clients_is_one_guest(
        self, database: Database, person: Callable[[int, int], Person]
    ) -> None:
        found = list(self.storm(database, person, see_contact))
        assert {len(guests) for guests in found} == {1}
        assert len(set().union(*found)) == ROUNDS

    @pytest.mark.parametrize("person", PERSONS)
    def test_a_lock_left_out_is_found(
        self, database: Database, person: Callable[[int, int], Person]
    ) -> None:
        storm = self.storm(database, person, see_without_lock)
        assert any(len(guests) > 1 for guests in storm)


async def see_contact(
    store: Store, organisation: Organisation, order_ref: Ref, person: Person
) -> str | None:
    contact = await store.transact(
        people.create, organisation, Role.CONTACT, order_ref, person, AS_THEY_ARE
    )
    return guest_of(contact)


async def see_without_lock(
    store: Store, organisation: Organisation, order_ref: Ref, person: Person
) -> str | None:
    """Looks for the guest in one transaction and makes one in another: the saboteur."""
    found = await store.read(_known, organisation, person)
    await asyncio.sleep(0)
    if found is None:
        found = await store.transact(_new, organisation, order_ref, person)
    return found.hex()


async def _known(tx: Transaction, organisation: Organisation, person: Person) -> Ref | None:
    rules = await tx.rules.all(organisation)
    marks = marks_for(rules[0], person, tx.now)
    return await tx.guests.first_with(organisation, marks, tx.now)


async def _new(tx: Transaction, organisation: Organisation, order_ref: Ref, person: Person) -> Ref:
    sighting = Sighting(
        organisation=organisation,
        role=Role.CONTACT,
        order_ref=order_ref,
        ordered_at=Instant(0),
        person=person,
    )
    ref = await tx.guests.claim(organisation, [])
    await tx.guests.insert(identities.new_guest(tx, ref, sighting))
    return ref
