"""Writes whose halves belong together: what a lost or torn transaction would show.

Beside its two halves, each does one of the things that a server does all day, so that `check`
has something to hold together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

from tests.operations.examples import an_item, an_order
from tests.store.spelling import SPELLING

from orderfolio.errors import OrderfolioError
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.operations import deletions, extensions, guests, items, orders, people, tallies
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Window
from orderfolio.store.records import Credential, Organisation
from orderfolio.store.sqlite import check, open_store

OURS = Organisation(1)


async def write(tx: Transaction, number: int) -> int:
    """Two rows, and some trade; raises NameTaken where the number was written before."""
    if await tx.organisations.find("shop") is None:
        assert (await tx.organisations.insert("shop", tx.now)).organisation == OURS
    await trade(tx, number)
    for half in ("left", "right"):
        await tx.credentials.insert(_half(tx, number, half))
    return number


async def trade(tx: Transaction, number: int) -> None:
    """What this number does to orders, guests and all that is under them."""
    latest = await tx.orders.page(OURS, OrderQuery(descending=True), Window(limit=1))
    guest = await tx.guests.page(OURS, GuestQuery(), Window(limit=1))
    if number % 6 == 0 or not latest.documents:
        await _sell(tx, number)
        return
    order = latest.documents[0].ref
    match number % 6:
        case 1:
            await items.create(tx, OURS, order, an_item())
            await extensions.create(tx, OURS, Owner.ORDER, order, {f"k{number}": True}, False)
        case 2:
            await orders.amend(tx, OURS, order, {"status": "PURCHASED"}, UNGUARDED)
        case 3:
            await tallies.fold(tx, 5)
        case 4 if guest.documents:
            await guests.remove(tx, OURS, guest.documents[0].ref, UNGUARDED)
        case 5:
            await deletions.advance_any(tx)
            if number % 12 == 5:
                await orders.remove(tx, OURS, order, UNGUARDED)


async def _sell(tx: Transaction, number: int) -> None:
    order = (await orders.create(tx, OURS, an_order(f"R-{number}"))).ref
    item = (await items.create(tx, OURS, order, an_item())).ref
    buyer = Person(first_name="Ada", emails=(f"{number % 9}@example.com",), phone_numbers=("1",))
    await people.create(tx, OURS, Role.CONTACT, order, buyer, AS_THEY_ARE)
    reader = Person(first_name="Bob")
    await people.create(tx, OURS, Role.CONSUMER, order, reader, Links(items=(item,)))
    await extensions.create(tx, OURS, Owner.ITEM, item, {"gift": True}, True)


async def find(tx: Transaction, number: int) -> bool:
    halves = [await tx.credentials.find(_key(number, half)) for half in ("left", "right")]
    return None not in halves


async def numbers(tx: Transaction) -> tuple[set[int], set[int]]:
    """What is there as a left half, and as a right one."""
    keys = [credential.client_key.split("-") for credential in await tx.credentials.all(OURS)]
    return (
        {int(number) for number, half in keys if half == "left"},
        {int(number) for number, half in keys if half == "right"},
    )


async def write_all(
    store: Store, wanted: Iterable[int], callers: int, acknowledge: Callable[[int], None]
) -> None:
    """Write from many callers at once, and acknowledge each as soon as it is answered."""
    waiting = iter(wanted)

    async def caller() -> None:
        for number in waiting:
            try:
                acknowledge(await store.transact(write, number))
            except OrderfolioError:
                return

    await asyncio.gather(*(caller() for _ in range(callers)))


def lost_and_torn(path: Path, acknowledged: set[int]) -> tuple[set[int], set[int]]:
    """What a database that is opened again lacks, and what it has half of; the rest of it
    must be sound."""

    async def survivors() -> tuple[set[int], set[int]]:
        store = open_store(path, SPELLING)
        try:
            return await store.read(numbers)
        finally:
            await store.close()

    left, right = asyncio.run(survivors())
    assert check(path, SPELLING) == []
    return acknowledged - (left & right), left ^ right


def _key(number: int, half: str) -> str:
    return f"{number}-{half}"


def _half(tx: Transaction, number: int, half: str) -> Credential:
    # Of many lengths, so that rows cross sectors and pages.
    digest = sha256(_key(number, half).encode()).digest() * (1 + number % 7 * 8)
    return Credential(
        client_key=_key(number, half),
        organisation=OURS,
        token_digest=digest,
        read_only=False,
        created_at=tx.now,
    )
