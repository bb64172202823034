"""The list of guests with its search, and the pages of one guest's profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace as with_fields
from starlette.responses import Response

from orderfolio.console import charts, paging, readings, searches
from orderfolio.console.orders import Line, lines
from orderfolio.console.readings import Reading
from orderfolio.console.searches import Meaning
from orderfolio.console.visits import Visit
from orderfolio.errors import Kind
from orderfolio.model.guests import GUEST_TYPES, Guest
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, orders, overviews
from orderfolio.store.contract import Documents, Transaction
from orderfolio.store.queries import OrderQuery, Page, Window
from orderfolio.store.records import Document, Organisation

PATH: Final = "/console/guests"
# The addresses of the Orders tab name a sort as the API does.
SORTS: Final = {
    "orderedAt::DESC": ("Ordered at, newest first", True, True),
    "orderedAt::ASC": ("Ordered at, oldest first", True, False),
    "created::DESC": ("Created, newest first", False, True),
    "created::ASC": ("Created, oldest first", False, False),
}
_FIRST_SORT: Final = "orderedAt::DESC"
_OLDEST_FIRST: Final = "created::ASC"
_NEWEST: Final = Window(limit=5, whole=True)
# For the head of a profile, which tells how many orders there are.
COUNTED: Final = Window(limit=1)


class Found(Struct, frozen=True):
    """What a search led to: the page of the meaning that is shown, and how many guests
    each meaning finds."""

    shown: Meaning
    page: Page
    totals: Sequence[tuple[Meaning, int]]


async def browse(visit: Visit) -> Response:
    text = visit.query.get("search", "").strip()
    guest_type = visit.query.get("type", "")
    if guest_type not in GUEST_TYPES:
        guest_type = ""
    window = paging.read(visit.query)
    sort = _OLDEST_FIRST if visit.query.get("sort") == _OLDEST_FIRST else ""
    meanings = searches.of_guests(text, guest_type or None, descending=not sort)
    wanted = visit.query.get("by", "")
    found = await visit.store.read(search, visit.organisation, meanings, wanted, window)
    by = found.shown.key if text else ""
    asked = {"search": text, "type": guest_type, "by": by, "sort": sort}
    return visit.show(
        "guests.html",
        search=text,
        guest_type=guest_type,
        sorts={"": "Newest first", _OLDEST_FIRST: "Oldest first"},
        found=found,
        asked=asked,
        guests=[readings.guest(visit.documents, one) for one in found.page.documents],
        pager=paging.pager(PATH, asked, window, found.page, "guest"),
    )


async def search(
    tx: Transaction,
    organisation: Organisation,
    meanings: Sequence[Meaning],
    wanted: str,
    window: Window,
) -> Found:
    """The meaning that was wanted, else the first that finds somebody."""
    probe = Window(limit=1)
    totals = [
        (meaning, (await guests.browse(tx, organisation, meaning.query, probe)).total)
        for meaning in meanings
    ]
    shown = next(
        (meaning for meaning in meanings if meaning.key == wanted),
        next((meaning for meaning, total in totals if total), meanings[0]),
    )
    page = await guests.browse(tx, organisation, shown.query, window)
    return Found(shown, page, totals)


async def overview(visit: Visit) -> Response:
    ref = visit.ref(Kind.GUEST)
    query = OrderQuery(guest_ref=ref, by_ordered_at=True, descending=True)
    guest, page, newest = await visit.store.read(
        with_orders, visit.organisation, visit.documents, ref, query, _NEWEST
    )
    overview = await visit.store.read(overviews.of_guest, visit.organisation, ref)
    return profile(
        visit,
        "guest_overview.html",
        guest,
        page.total,
        newest=newest,
        overview=overview,
        chart=charts.of_months(overview.by_month),
    )


async def orders_of(visit: Visit) -> Response:
    ref = visit.ref(Kind.GUEST)
    sort = visit.query.get("sort", "")
    sort = sort if sort in SORTS else _FIRST_SORT
    _, by_ordered_at, descending = SORTS[sort]
    window = paging.read(visit.query)
    if not by_ordered_at and window.after is not None:
        window = with_fields(window, after=with_fields(window.after, ordered_at=None))
    query = OrderQuery(guest_ref=ref, by_ordered_at=by_ordered_at, descending=descending)
    guest, page, shown = await visit.store.read(
        with_orders, visit.organisation, visit.documents, ref, query, window
    )
    path = f"{PATH}/{readings.guest(visit.documents, guest).ref}/orders"
    asked = {"sort": sort if sort != _FIRST_SORT else ""}
    return profile(
        visit,
        "guest_orders.html",
        guest,
        page.total,
        orders=shown,
        sort=sort,
        sorts=SORTS,
        pager=paging.pager(path, asked, window, page, "order"),
    )


async def properties(visit: Visit) -> Response:
    ref = visit.ref(Kind.GUEST)
    query = OrderQuery(guest_ref=ref)
    guest, page, _ = await visit.store.read(
        with_orders, visit.organisation, visit.documents, ref, query, COUNTED
    )
    return profile(visit, "guest_properties.html", guest, page.total)


async def with_orders(
    tx: Transaction,
    organisation: Organisation,
    documents: Documents,
    ref: Ref,
    query: OrderQuery,
    window: Window,
) -> tuple[Document, Page, Sequence[Line]]:
    """The guest, a page of its orders, and, where the page is whole, the lines that show it."""
    guest = await guests.fetch(tx, organisation, ref)
    page = await orders.browse(tx, organisation, query, window)
    shown = await lines(tx, organisation, documents, page.documents) if window.whole else ()
    return guest, page, shown


def profile(
    visit: Visit, template: str, document: Document, orders_total: int, **context: Any
) -> Response:
    """A tab of the profile of a guest."""
    guest: Reading[Guest] = readings.guest(visit.documents, document)
    return visit.show(
        template,
        guest=guest,
        orders_total=orders_total,
        **context,
    )
