"""Timelines: what is known to have happened to a guest, and when; nothing is guessed.

An order stands at the time at which it was ordered, once, in whichever roles the guest has in
it. What is known of the guest itself stands at its own times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from msgspec import Struct

from orderfolio.errors import Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Cursor
from orderfolio.store.records import Document, GuestRow, Organisation


class Moment(Enum):
    """What happened to a guest itself. When it was first and last seen is the time of an order,
    or what a client said."""

    CREATED = "created"
    CHANGED = "changed"
    FIRST_SEEN = "first seen"
    LAST_SEEN = "last seen"


class OrderEvent(Struct, frozen=True, kw_only=True):
    """An order that was ordered; since when it is known here that the guest has each role."""

    at: Instant
    order: Document
    since: dict[Role, Instant]


class GuestEvent(Struct, frozen=True, kw_only=True):
    """What happened to the guest at one instant."""

    at: Instant
    moments: Sequence[Moment]


class Timeline(Struct, frozen=True, kw_only=True):
    """A part of what happened, the newest first; `more` is where the next part begins, None
    in the last one."""

    events: Sequence[OrderEvent | GuestEvent]
    more: Cursor | None


async def browse(
    tx: Transaction, organisation: Organisation, guest_ref: Ref, after: Cursor | None, limit: int
) -> Timeline:
    """At most `limit` events behind `after`, which has an `ordered_at`. However long the
    timeline is, it costs the same. Raises NotFound."""
    guest = await tx.guests.find(organisation, guest_ref)
    if guest is None:
        raise NotFound(Kind.GUEST, refs.spell(guest_ref))
    found: dict[tuple[Instant, Ref], OrderEvent | GuestEvent] = {}

    def is_behind(event: GuestEvent) -> bool:
        if after is None or after.ordered_at is None:
            return True
        return (event.at, guest_ref) < (after.ordered_at, after.ref)

    for role in Role:
        # One more than is shown tells whether there is more.
        orders = await tx.people.involving(organisation, guest_ref, role, after, limit + 1)
        for one in orders:
            place = one.ordered_at, one.order.ref
            before = found.get(place)
            since = before.since if isinstance(before, OrderEvent) else {}
            found[place] = OrderEvent(
                at=one.ordered_at, order=one.order, since={**since, role: one.since}
            )
    for event in _of_itself(guest):
        if is_behind(event):
            found[event.at, guest_ref] = event
    places = sorted(found, reverse=True)
    shown = places[:limit]
    return Timeline(
        events=[found[place] for place in shown],
        more=Cursor(shown[-1][1], shown[-1][0]) if len(places) > limit else None,
    )


def _of_itself(guest: GuestRow) -> Iterable[GuestEvent]:
    """An event for each instant, of all that happened at it."""
    moments = {
        Moment.LAST_SEEN: guest.guest.last_seen,
        Moment.FIRST_SEEN: guest.guest.first_seen,
        Moment.CHANGED: guest.modified_at if guest.version > 1 else None,
        Moment.CREATED: guest.created_at,
    }
    instants = {at for at in moments.values() if at is not None}
    return [
        GuestEvent(at=at, moments=[moment for moment in moments if moments[moment] == at])
        for at in instants
    ]
