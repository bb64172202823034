"""Files with as many orders as asked for, as the program itself would leave them.

A table is what one server leaves that took orders in without a pause, as fast as it could: in
the times of its rows, that is. Whoever makes it is told what time it is, and so needs a fraction
of that.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final

import uvloop
from msgspec import Struct

from bench import copies, loads
from bench.copies import Copies
from bench.orders import ITEM, REGULAR, a_contact, an_order
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.people import AS_THEY_ARE, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    credentials,
    items,
    orders,
    organisations,
    people,
    tallies,
)
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Transaction
from orderfolio.store.draws import Entropy
from orderfolio.store.queries import GuestQuery, OrderQuery, Window
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import open_store, target
from orderfolio.wire.documents import SPELLING

# Orders are counted by the second of their creation, so their density is part of a table: as
# many as a server takes in where it has a core for itself, a tenth of a second at one moment.
PER_SECOND: Final = 2_000
TOGETHER: Final = 200

# Moments a transaction.
_MOMENTS: Final = 100
_FOLDED: Final = 10_000
# Each tenth order has a contact and an item, in a large table fewer: making those takes longer.
_MOST_CONTACTS: Final = 50_000
_CONTACTS_TOGETHER: Final = 50


class Table(Struct, frozen=True, kw_only=True):
    """A file with so many orders and guests, and where the refs of the orders are, 36 bytes
    each. The first was made in the millisecond `began`. `order` and `guest` are the refs, as
    clients see them, of who has ordered most and of one of those orders."""

    path: Path
    refs: Path
    orders: int
    began: int
    guests: int
    order: str
    guest: str


def fill(path: Path, size: int, entropy: Entropy = os.urandom) -> Table:
    """A new database with `size` orders, the last of them made just now."""
    calendar = Calendar(time.time_ns() // 1_000_000_000 - size // PER_SECOND - 1)
    written = path.with_suffix(".refs")
    with (
        written.open("w", encoding="ascii") as file,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        began = calendar() // 1000
        with_contacts = runner.run(fill_orders(path, range(size), calendar, entropy, file))
        guests, order, guest = runner.run(_fill_guests(path, with_contacts, calendar, entropy))
    return Table(
        path=path,
        refs=written,
        orders=size,
        began=began,
        guests=guests,
        order=refs.spell(order),
        guest=refs.spell(guest),
    )


class Calendar:
    """Shows the moment at which the order of a number comes."""

    def __init__(self, began_seconds: int) -> None:
        self._began = began_seconds * 1_000_000
        self.number = 0

    def __call__(self) -> int:
        return self._began + self.number * 1_000_000 // PER_SECOND

    def now(self) -> Instant:
        return Instant(self())


def place_of(number: int, began: int) -> int:
    """The first 8 bytes of an order's ref, in a table whose first is of the millisecond
    `began`: each has a ref for itself and one for the log. select.pgbench reckons the same."""
    moment, place = divmod(number, TOGETHER)
    milliseconds = began + moment * TOGETHER * 1000 // PER_SECOND
    return milliseconds << 16 | 0x7000 | 2 * place


async def fill_orders(
    path: Path, numbers: range, calendar: Calendar, entropy: Entropy, written: IO[str]
) -> list[Ref]:
    """The refs of those that are to have a contact."""
    apart = max(10, len(numbers) // _MOST_CONTACTS)
    organisation = await create_models(path, numbers[:TOGETHER], calendar, entropy)
    with target(path) as shelf:
        kept = await shelf.tables()
        models = await copies.read_models(shelf)
        source = await copies.find_source(shelf, calendar, entropy)
        made = [model.ref for model in models]
        written.writelines(map(refs.spell, made))
        chosen = made[::apart]
        copier = Copies(models, source, organisation)
        for some in _parts(numbers[TOGETHER:], TOGETHER * _MOMENTS):
            async with shelf.transaction():
                for moment in _parts(some, TOGETHER):
                    calendar.number = moment[0]
                    rows, made = copier.create(moment, calendar.now())
                    await copies.insert(shelf, kept, rows)
                    written.writelines(map(refs.spell, made))
                    chosen += [made[number - moment[0]] for number in moment if not number % apart]
    return chosen


async def create_models(
    path: Path, numbers: range, calendar: Calendar, entropy: Entropy
) -> Organisation:
    """A new database with the first orders."""
    store = open_store(path, SPELLING, clock=calendar, entropy=entropy)
    try:
        pair = NewCredential(loads.CLIENT_KEY, loads.API_TOKEN)
        # A second before the first order, which else would share its moment.
        calendar.number = -PER_SECOND
        await store.transact(credentials.ensure, "bench", pair)
        calendar.number = 0
        access = await store.read(credentials.authenticate, pair.client_key, pair.api_token)
        if access is None:
            raise RuntimeError("the new credentials open nothing")
        await store.transact(create_orders, access.organisation, numbers)
        return access.organisation
    finally:
        await store.close()


async def create_orders(
    tx: Transaction, organisation: Organisation, numbers: Sequence[int]
) -> None:
    """What a table has, made by nothing but operations."""
    for number in numbers:
        await orders.create(tx, organisation, an_order(number, tx.now))


async def _fill_guests(
    path: Path, with_contacts: list[Ref], calendar: Calendar, entropy: Entropy
) -> tuple[int, Ref, Ref]:
    """Contacts and items of those orders; how many guests there are, and the most loyal one's
    order and ref."""
    store = open_store(path, SPELLING, clock=calendar, entropy=entropy)
    try:
        [organisation] = [row.organisation for row in await store.read(organisations.browse)]
        numbers = range(len(with_contacts))
        await asyncio.gather(
            *(
                store.transact(_create_contacts, organisation, with_contacts, some)
                for some in _parts(numbers, _CONTACTS_TOGETHER)
            )
        )
        while await store.transact(tallies.fold, _FOLDED):
            pass
        return await store.read(_regular, organisation)
    finally:
        await store.close()


async def _create_contacts(
    tx: Transaction, organisation: Organisation, order_refs: Sequence[Ref], numbers: range
) -> None:
    for number in numbers:
        order = order_refs[number]
        person = a_contact(number)
        await people.create(tx, organisation, Role.CONTACT, order, person, AS_THEY_ARE)
        await items.create(tx, organisation, order, ITEM)


async def _regular(tx: Transaction, organisation: Organisation) -> tuple[int, Ref, Ref]:
    guests = await tx.guests.page(organisation, GuestQuery(), Window(limit=1))
    regular = await tx.guests.page(organisation, GuestQuery(email=REGULAR), Window(limit=1))
    guest = regular.documents[0].ref
    theirs = await tx.orders.page(organisation, OrderQuery(guest_ref=guest), Window(limit=1))
    return guests.total, theirs.documents[0].ref, guest


def _parts(numbers: range, length: int) -> Iterator[range]:
    for begin in range(0, len(numbers), length):
        yield numbers[begin : begin + length]
