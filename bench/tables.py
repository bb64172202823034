"""Databases with as many orders as asked for, made by the program's own operations."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path
from typing import Final

from bench import loads
from orderfolio import assembly, settings
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.operations import credentials, orders, tallies
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation

_TOGETHER: Final = 1_000
_FOLDED: Final = 10_000
# Orders are counted by the second of their creation, so their density is part of a table: more
# than a server takes in, and less than this can make.
_PER_SECOND: Final = 10_000


def fill(database: str, size: int, written: Path) -> None:
    """Put `size` orders into a new database, and their refs into a file, 36 bytes each."""
    where = settings.load({"database": database}, {}, written.parent)
    pair = NewCredential(loads.CLIENT_KEY, loads.API_TOKEN)
    assembly.administer(where, credentials.ensure, "bench", pair)
    access = assembly.administer(where, credentials.authenticate, pair.client_key, pair.api_token)
    if access is None:
        raise RuntimeError("the new credentials open nothing")
    with written.open("w", encoding="ascii") as file:
        began = time.monotonic()
        for begin in range(0, size, _TOGETHER):
            time.sleep(max(0.0, began + begin / _PER_SECOND - time.monotonic()))
            numbers = range(begin, min(begin + _TOGETHER, size))
            file.writelines(assembly.administer(where, _create, access.organisation, numbers))
    while assembly.administer(where, tallies.fold, _FOLDED):
        pass


async def _create(tx: Transaction, organisation: Organisation, numbers: range) -> list[str]:
    # Many an operation: that is how a table is made in minutes, not how it is measured.
    documents = [await orders.create(tx, organisation, an_order(number)) for number in numbers]
    return [refs.spell(document.ref) for document in documents]


def an_order(number: int) -> Order:
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
