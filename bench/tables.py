"""Databases with as many orders as asked for, made by the program's own operations."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Final

import uvloop

from bench import loads
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.operations import credentials, orders, tallies
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING

_TOGETHER: Final = 256
_FOLDED: Final = 10_000


def fill(database: Path, size: int) -> Path:
    """A new database with `size` orders; the file that holds their refs, 36 bytes each."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_fill(database, size))


async def _fill(database: Path, size: int) -> Path:
    file = database.with_suffix(".refs")
    store = open_store(database, SPELLING)
    try:
        pair = NewCredential(loads.CLIENT_KEY, loads.API_TOKEN)
        await store.transact(credentials.ensure, "bench", pair)
        access = await store.read(credentials.authenticate, pair.client_key, pair.api_token)
        if access is None:
            raise RuntimeError("the new credentials open nothing")
        with file.open("w", encoding="ascii") as written:
            for begin in range(0, size, _TOGETHER):
                numbers = range(begin, min(begin + _TOGETHER, size))
                written.writelines(await _create(store, access.organisation, numbers))
        while await store.transact(tallies.fold, _FOLDED):
            pass
    finally:
        await store.close()
    return file


async def _create(store: Store, organisation: Organisation, numbers: range) -> list[str]:
    # Many an operation: that is how a table is made in minutes, not how it is measured.
    async def create(tx: Transaction) -> list[str]:
        documents = [await orders.create(tx, organisation, _order(n)) for n in numbers]
        return [refs.spell(document.ref) for document in documents]

    return await store.transact(create)


def _order(number: int) -> Order:
    return Order(
        reference_id=f"filled-{number:09}",
        ordered_at=Instant(1_704_125_836_000_000),
        currency_code="EUR",
        price=Decimal("100.10"),
        payment_type="Card",
        card_type="Visa",
        point_of_sale="shop.example.com",
        channel="WEB",
        status="PURCHASED",
    )
