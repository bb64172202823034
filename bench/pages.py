"""Pages of the console over a large table: how long each takes to answer, one by one."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import Final
from urllib.parse import urlencode

import uvloop

from bench import loads, processes
from bench.rows import Row
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import CHANNELS, STATUSES, Order
from orderfolio.model.people import AS_THEY_ARE, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import credentials, items, orders, people, tallies
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Window
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING

LIMIT_MS: Final = 100
VISITS: Final = 100

# Of a hundred orders ten have a contact and an item: one of them is the regular guest's, the
# others are of guests with two each. A name is shared by 180 guests of a million orders.
_OF_A_HUNDRED: Final = 10
_REGULAR: Final = "regular@example.com"
_TOGETHER: Final = 256
_FOLDED: Final = 10_000
_BEGAN: Final = 1_600_000_000_000_000
_APART: Final = 60_000_000


def rows(folder: Path, size: int) -> list[Row]:
    """Two rows a page, for its median and its 95th percentile, each beside 100 ms."""
    database = folder / "console.db"
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        order_ref, guest_ref = runner.run(_fill(database, size))
    found = []
    with processes.orderfolio(f"sqlite:///{database}", folder / "console.log") as server:
        visitor = _Visitor(server.port)
        for name, address in _addresses(size, order_ref, guest_ref).items():
            took = [visitor.see(address) for _ in range(VISITS)]
            percentiles = quantiles(took, n=20)
            found += [
                Row(
                    work=f"console, {name}: {figure}",
                    value=value,
                    limit=LIMIT_MS,
                    unit="ms",
                    result=value / LIMIT_MS,
                    goal=1.0,
                )
                for figure, value in (("p50", percentiles[9]), ("p95", percentiles[18]))
            ]
    return found


def _addresses(size: int, order_ref: str, guest_ref: str) -> dict[str, str]:
    guest, settings = f"/console/guests/{guest_ref}", "/console/settings"
    last = size * (_OF_A_HUNDRED - 1) // 200 - 25
    return {
        "Home": "/console",
        "Guests": "/console/guests",
        "Guests, the last of them": f"/console/guests?from={last}",
        "Guests by email": f"/console/guests?{urlencode({'search': _REGULAR})}",
        "Guests by name": "/console/guests?search=Name7",
        "a guest with many orders, Overview": guest,
        "a guest with many orders, Timeline": f"{guest}/timeline",
        "a guest with many orders, Orders": f"{guest}/orders",
        "a guest with many orders, Properties": f"{guest}/properties",
        "Orders": "/console/orders",
        "Orders, from the middle": f"/console/orders?from={size // 2}",
        "Orders by status and channel": "/console/orders?status=PURCHASED&channel=WEB",
        "an order": f"/console/orders/{order_ref}",
        "API access": f"{settings}/access",
        "Identity rules": f"{settings}/rules",
        "Manage guests": f"{settings}/guests",
        "Users": f"{settings}/users",
    }


class _Visitor:
    """Somebody signed in, with a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._cookie = ""
        guard = re.search(r'name="guard" value="(\w+)"', self._ask("GET", "/console/sign-in"))
        if guard is None:
            raise RuntimeError("there is no form to sign in with")
        form = {"guard": guard[1], "name": loads.CLIENT_KEY, "secret": loads.API_TOKEN}
        self._ask("POST", "/console/sign-in", urlencode(form))

    def see(self, address: str) -> float:
        """How many milliseconds it takes from asking to the last byte of a page."""
        began = time.perf_counter()
        page = self._ask("GET", address)
        took = (time.perf_counter() - began) * 1000
        if "Sign out" not in page:
            raise RuntimeError(f"{address} shows no page")
        return took

    def _ask(self, method: str, address: str, form: str | None = None) -> str:
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, address, form, headers)
        answer = self._connection.getresponse()
        body = answer.read().decode()
        if answer.status >= 400:
            raise RuntimeError(f"{address} is answered {answer.status}")
        if (cookie := answer.headers["set-cookie"]) is not None:
            self._cookie = cookie.partition(";")[0]
        return body


async def _fill(database: Path, size: int) -> tuple[str, str]:
    """A new database with so many orders; the refs of one of them and of the regular guest."""
    store = open_store(database, SPELLING)
    try:
        pair = NewCredential(loads.CLIENT_KEY, loads.API_TOKEN)
        await store.transact(credentials.ensure, "bench", pair)
        access = await store.read(credentials.authenticate, pair.client_key, pair.api_token)
        if access is None:
            raise RuntimeError("the new credentials open nothing")
        for begin in range(0, size, _TOGETHER):
            numbers = range(begin, min(begin + _TOGETHER, size))
            await _create(store, access.organisation, numbers)
        while await store.transact(tallies.fold, _FOLDED):
            pass
        order, guest = await store.read(_regular, access.organisation)
    finally:
        await store.close()
    return refs.spell(order), refs.spell(guest)


async def _create(store: Store, organisation: Organisation, numbers: range) -> None:
    async def create(tx: Transaction) -> None:
        for number in numbers:
            order = await orders.create(tx, organisation, _order(number))
            if number % 100 < _OF_A_HUNDRED:
                person = _person(number)
                await people.create(tx, organisation, Role.CONTACT, order.ref, person, AS_THEY_ARE)
                await items.create(tx, organisation, order.ref, _ITEM)

    await store.transact(create)


async def _regular(tx: Transaction, organisation: Organisation) -> tuple[Ref, Ref]:
    found = await tx.guests.page(organisation, GuestQuery(email=_REGULAR), Window(limit=1))
    guest = found.documents[0].ref
    theirs = await tx.orders.page(organisation, OrderQuery(guest_ref=guest), Window(limit=1))
    return theirs.documents[0].ref, guest


def _order(number: int) -> Order:
    return Order(
        reference_id=f"filled-{number:09}",
        ordered_at=Instant(_BEGAN + number * _APART),
        currency_code="EUR",
        price=Decimal("100.10"),
        payment_type="Card",
        card_type="Visa",
        point_of_sale="shop.example.com",
        channel=_nth(CHANNELS, number),
        status=_nth(STATUSES, number // 7),
    )


def _nth(values: Sequence[str], number: int) -> str:
    return values[number % len(values)]


def _person(number: int) -> Person:
    if number % 100 == 0:
        return Person(first_name="Regular", last_name="Guest", emails=(_REGULAR,))
    guest = (number // 100 * (_OF_A_HUNDRED - 1) + number % 100) // 2
    return Person(
        first_name=f"First{guest % 1000}",
        last_name=f"Name{guest % 250}",
        emails=(f"guest{guest}@example.com",),
        city="London",
        country="GB",
    )


_ITEM: Final = Item(
    type="BOOK", name="Notes", price=Decimal(12), currency_code="EUR", status="PURCHASED"
)
