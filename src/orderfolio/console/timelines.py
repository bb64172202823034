"""The Timeline tab of a guest's profile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from starlette.responses import Response

from orderfolio.console import formats, guests as profiles, paging, readings
from orderfolio.console.readings import Reading
from orderfolio.console.visits import Visit
from orderfolio.errors import Kind
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.operations import timelines
from orderfolio.operations.timelines import GuestEvent, Moment, OrderEvent, Timeline
from orderfolio.store.contract import Documents, Transaction
from orderfolio.store.queries import Cursor, OrderQuery
from orderfolio.store.records import Document, Organisation

_MOMENTS: Final = {
    Moment.CREATED: "created here",
    Moment.CHANGED: "last changed here",
    Moment.FIRST_SEEN: "first seen",
    Moment.LAST_SEEN: "last seen",
}


class Happening(Struct, frozen=True, kw_only=True):
    """An event as the timeline shows it: an order with its roles, each with the time at which
    it was added where that isn't the order's own, or `words` about the guest."""

    at: Instant
    words: str
    order: Reading[Order] | None = None
    roles: Sequence[tuple[str, Instant | None]] = ()


async def show(visit: Visit) -> Response:
    after = paging.cursor(visit.query.get("after", ""))
    if after is not None and after.ordered_at is None:
        after = None
    guest, orders_total, found = await visit.store.read(
        _look, visit.organisation, visit.documents, visit.ref(Kind.GUEST), after
    )
    return profiles.profile(
        visit,
        "guest_timeline.html",
        guest,
        orders_total,
        events=[_happening(visit.documents, event) for event in found.events],
        is_newest=after is None,
        older=found.more and paging.spell(found.more),
    )


async def _look(
    tx: Transaction,
    organisation: Organisation,
    documents: Documents,
    ref: Ref,
    after: Cursor | None,
) -> tuple[Document, int, Timeline]:
    query = OrderQuery(guest_ref=ref)
    guest, page, _ = await profiles.with_orders(
        tx, organisation, documents, ref, query, profiles.COUNTED
    )
    timeline = await timelines.browse(tx, organisation, ref, after, paging.LIMIT)
    return guest, page.total, timeline


def _happening(documents: Documents, event: OrderEvent | GuestEvent) -> Happening:
    if isinstance(event, GuestEvent):
        words = [_MOMENTS[moment] for moment in event.moments]
        return Happening(at=event.at, words=", ".join([words[0].capitalize(), *words[1:]]))
    order = readings.order(documents, event.order)
    roles = [
        (role.value, since if formats.utc(since) != formats.utc(order.created_at) else None)
        for role, since in event.since.items()
    ]
    return Happening(at=event.at, words="Ordered", order=order, roles=roles)
