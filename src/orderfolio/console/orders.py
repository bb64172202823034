"""The list of all orders, and one order with everything that it holds."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Final

from msgspec import Struct, json
from starlette.responses import Response

from orderfolio.console import paging, readings
from orderfolio.console.readings import Reading
from orderfolio.console.visits import Visit
from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.orders import CHANNELS, STATUSES, Order
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import extensions, items, orders, people
from orderfolio.store.contract import Documents, Transaction
from orderfolio.store.queries import OrderQuery, Page, Window
from orderfolio.store.records import Document, Organisation

PATH: Final = "/console/orders"
# Of the people and the items of one order, a page shows this many, and says of how many.
SHOWN: Final = 100
_OPENED: Final = Window(limit=SHOWN, whole=True)
_ONE: Final = Window(limit=1, whole=True)


class Line(Struct, frozen=True):
    """An order as a row of a table: with the name of its first item, and how many more."""

    order: Reading[Order]
    first_item: str | None
    items_total: int


class Wanted(Struct, frozen=True, kw_only=True):
    """Which orders to list; a search is for one reference, whatever its status."""

    search: str
    status: str | None
    channel: str | None


class Detail(Struct, frozen=True, kw_only=True):
    """An order with its relatives, in one snapshot."""

    order: Document
    pairs: Pairs
    people: dict[Role, Page]
    items: Page
    items_pairs: dict[Ref, Pairs]


async def browse(visit: Visit) -> Response:
    search = visit.query.get("search", "").strip()
    status, channel = visit.query.get("status", ""), visit.query.get("channel", "")
    wanted = Wanted(
        search=search,
        status=status if status in STATUSES and not search else None,
        channel=channel if channel in CHANNELS and not search else None,
    )
    window = paging.read(visit.query)
    page, shown = await visit.store.read(
        _search, visit.organisation, visit.documents, wanted, window
    )
    asked = {"search": search, "status": wanted.status or "", "channel": wanted.channel or ""}
    return visit.show(
        "orders.html",
        wanted=wanted,
        statuses=STATUSES,
        channels=CHANNELS,
        orders=shown,
        pager=paging.pager(PATH, asked, window, page, "order"),
    )


async def show(visit: Visit) -> Response:
    detail = await visit.store.read(
        _detail, visit.organisation, visit.documents, visit.ref(Kind.ORDER)
    )
    documents = visit.documents
    order = readings.order(documents, detail.order)
    persons = {
        role: [readings.person(documents, one) for one in page.documents]
        for role, page in detail.people.items()
    }
    shown_items = [
        (readings.item(documents, one), detail.items_pairs[one.ref])
        for one in detail.items.documents
    ]
    client_key = visit.visitor.client_key or "YOUR_CLIENT_KEY"
    return visit.show(
        "order.html",
        order=order,
        pairs=detail.pairs,
        contacts=persons[Role.CONTACT],
        consumers=persons[Role.CONSUMER],
        contacts_total=detail.people[Role.CONTACT].total,
        consumers_total=detail.people[Role.CONSUMER].total,
        items=shown_items,
        items_total=detail.items.total,
        json=json.format(order.json(visit.base), indent=2),
        # curl asks for the token, which this console doesn't know.
        curl=f"curl -u {shlex.quote(client_key)} {shlex.quote(visit.base + order.path)}",
    )


async def lines(
    tx: Transaction,
    organisation: Organisation,
    documents: Documents,
    found: Sequence[Document],
) -> list[Line]:
    """Orders as rows of a table, each with a look at its items."""
    rows = []
    for document in found:
        page = await items.browse(tx, organisation, document.ref, _ONE)
        first = [readings.item(documents, one).what.name for one in page.documents]
        name = first[0] if first else None
        rows.append(Line(readings.order(documents, document), name, page.total))
    return rows


async def _search(
    tx: Transaction,
    organisation: Organisation,
    documents: Documents,
    wanted: Wanted,
    window: Window,
) -> tuple[Page, list[Line]]:
    """Orders, the newest first: all, a part, those of a reference, or the one of a ref."""
    ref = refs.parse(wanted.search)
    document = None if ref is None else await tx.orders.document(organisation, ref)
    if document is not None:
        page = Page(documents=(document,), total=1, more=None)
    else:
        query = OrderQuery(
            reference_id=wanted.search or None,
            status=wanted.status,
            channel=wanted.channel,
            descending=True,
        )
        page = await orders.browse(tx, organisation, query, window)
    return page, await lines(tx, organisation, documents, page.documents)


async def _detail(
    tx: Transaction, organisation: Organisation, documents: Documents, ref: Ref
) -> Detail:
    order = await orders.fetch(tx, organisation, ref)
    page = await items.browse(tx, organisation, ref, _OPENED)
    return Detail(
        order=order,
        pairs=await _pairs(tx, organisation, documents, Owner.ORDER, ref),
        people={role: await people.browse(tx, organisation, role, ref, _OPENED) for role in Role},
        items=page,
        items_pairs={
            one.ref: await _pairs(tx, organisation, documents, Owner.ITEM, one.ref)
            for one in page.documents
        },
    )


async def _pairs(
    tx: Transaction, organisation: Organisation, documents: Documents, owner: Owner, ref: Ref
) -> Pairs:
    """What an extension holds; nothing where there is none."""
    page = await extensions.browse(tx, organisation, owner, ref, _ONE)
    return {
        key: value
        for document in page.documents
        for key, value in documents.read_extension(document.body).items()
    }
