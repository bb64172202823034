"""What may be done with order contacts and order consumers."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET
from msgspec.structs import replace as with_fields

from orderfolio.errors import Kind, NotFound, Unlinkable
from orderfolio.model import changes as changing, refs
from orderfolio.model.changes import Changes
from orderfolio.model.guards import Guard
from orderfolio.model.instants import Instant
from orderfolio.model.people import Links, Person, Role, fold_email
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, deletions, identities, items
from orderfolio.operations.identities import Sighting
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Page, Window
from orderfolio.store.records import Document, Organisation, PersonRow

KINDS: Final = {Role.CONTACT: Kind.CONTACT, Role.CONSUMER: Kind.CONSUMER}
# A change of these may bring the identity that a person lacked.
IDENTIFYING: Final = frozenset({"emails", "identifiers"})
NAMING: Final = frozenset({"first_name", "last_name"})


async def create(
    tx: Transaction,
    organisation: Organisation,
    role: Role,
    order_ref: Ref,
    person: Person,
    links: Links,
) -> Document:
    """Keep a new contact or consumer and find, or make, the guest that it is.

    Raises Unlinkable where `links` name what isn't there.
    """
    order = await tx.orders.find_for_update(organisation, order_ref)
    if order is None:
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    if not await _can_link(tx, organisation, order_ref, links, frozenset()):
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    ref = tx.new_ref(refs.shard_of(order_ref))
    ordered_at = order.order.ordered_at
    sighting = _sighting(organisation, role, order_ref, ordered_at, person)
    if isinstance(links.guest, bytes):
        guest_ref: Ref | None = await identities.link(tx, sighting, links.guest)
    else:
        guest_ref = await identities.identify(tx, sighting)
    if not await _stays_in_sight(tx, organisation, order_ref, guest_ref):
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    row = PersonRow(
        organisation=organisation,
        ref=ref,
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        order_ref=order_ref,
        ordered_at=ordered_at,
        role=role,
        guest_ref=guest_ref,
        person=person,
    )
    await _record(tx, row, row.version)
    document = await tx.people.insert(row)
    if links.items is not UNSET:
        await _consume(tx, organisation, ref, frozenset(), links.items)
    return document


async def fetch(tx: Transaction, organisation: Organisation, role: Role, ref: Ref) -> Document:
    document = await tx.people.document(organisation, role, ref)
    if document is None:
        raise NotFound(KINDS[role], refs.spell(ref))
    return document


async def browse(
    tx: Transaction, organisation: Organisation, role: Role, order_ref: Ref, window: Window
) -> Page:
    """The contacts or consumers of an order; raises NotFound where there is no such order."""
    if await tx.orders.document(organisation, order_ref) is None:
        raise NotFound(Kind.ORDER, refs.spell(order_ref))
    return await tx.people.page(organisation, role, order_ref, window)


async def replace(
    tx: Transaction,
    organisation: Organisation,
    role: Role,
    ref: Ref,
    changes: Changes,
    links: Links,
    guard: Guard,
) -> Document:
    complete = changing.complete(Person, changes)
    return await amend(tx, organisation, role, ref, complete, links, guard)


async def amend(
    tx: Transaction,
    organisation: Organisation,
    role: Role,
    ref: Ref,
    changes: Changes,
    links: Links,
    guard: Guard,
) -> Document:
    row = await _find(tx, organisation, role, ref)
    changes = fold_email(row.person, changes)
    is_in_question = _is_in_question(row, changes, links)
    if is_in_question:
        # Before the items, as who adds somebody to the order does.
        await _hold_order(tx, row)
    consumed: frozenset[Ref] = frozenset()
    if links.items is not UNSET:
        consumed = await tx.people.consumed(organisation, ref)
    if not await _can_link(tx, organisation, row.order_ref, links, consumed):
        raise NotFound(KINDS[role], refs.spell(ref))
    guard.check(ref, row.version)
    person = changing.apply(row.person, changes)
    guest_ref = row.guest_ref
    if is_in_question:
        guest_ref = await _guest_after(tx, row, person, changes, links)
    if guest_ref != row.guest_ref:
        await _part(tx, row, guest_ref)
    elif links.items is not UNSET:
        await _hold_guest(tx, row)
    if links.items is not UNSET:
        await _consume(tx, organisation, ref, consumed, links.items)
    changed = with_fields(
        row, version=row.version + 1, modified_at=tx.now, guest_ref=guest_ref, person=person
    )
    await _record(tx, changed, changed.version)
    return await tx.people.update(changed)


async def remove(
    tx: Transaction, organisation: Organisation, role: Role, ref: Ref, guard: Guard
) -> None:
    """Delete the contact or consumer; its guest stays."""
    row = await _find(tx, organisation, role, ref)
    guard.check(ref, row.version)
    await _hold_order(tx, row)
    await _part(tx, row, None)
    consumed = await tx.people.consumed(organisation, ref)
    await _consume(tx, organisation, ref, consumed, ())
    await tx.people.delete(organisation, role, ref)
    await _record(tx, row, None)


async def _record(tx: Transaction, row: PersonRow, version: int | None) -> None:
    await audit.record(
        tx,
        row.organisation,
        KINDS[row.role].value,
        row.ref,
        order_ref=row.order_ref,
        guest_ref=row.guest_ref,
        version=version,
    )


async def _find(tx: Transaction, organisation: Organisation, role: Role, ref: Ref) -> PersonRow:
    row = await tx.people.find_for_update(organisation, role, ref)
    if row is None:
        raise NotFound(KINDS[role], refs.spell(ref))
    return row


def _is_in_question(row: PersonRow, changes: Changes, links: Links) -> bool:
    """Whether `changes` and `links` may make the person another guest; who has one keeps it,
    unless they name another."""
    if links.guest is not UNSET:
        return links.guest != row.guest_ref
    return row.guest_ref is None and not (IDENTIFYING | NAMING).isdisjoint(changes)


async def _guest_after(
    tx: Transaction, row: PersonRow, person: Person, changes: Changes, links: Links
) -> Ref | None:
    """Who the person is once `changes` and `links` are made, where that is in question."""
    sighting = _sighting(row.organisation, row.role, row.order_ref, row.ordered_at, person)
    if links.guest is not UNSET:
        return links.guest and await identities.link(tx, sighting, links.guest)
    if not IDENTIFYING.isdisjoint(changes):
        return await identities.identify(tx, sighting)
    return await identities.find_namesake(tx, sighting)


async def _hold_order(tx: Transaction, row: PersonRow) -> None:
    """Whether an order goes with a guest depends on who its contacts are: nobody decides it
    while one of them goes or becomes another guest."""
    if await tx.orders.find_for_update(row.organisation, row.order_ref) is None:
        raise NotFound(KINDS[row.role], refs.spell(row.ref))


async def _hold_guest(tx: Transaction, row: PersonRow) -> None:
    """A mark of its guest hides a person, too: nobody marks the guest while what others see
    beside the person changes. Raises NotFound where somebody has since the person was found."""
    guest_ref = row.guest_ref
    if guest_ref and await tx.guests.find_for_update(row.organisation, guest_ref) is None:
        raise NotFound(KINDS[row.role], refs.spell(row.ref))


async def _part(tx: Transaction, row: PersonRow, guest_ref: Ref | None) -> None:
    """Let a person be `guest_ref`, who is held, or nobody from now on, or go: what a mark
    hides meanwhile must neither come back into sight by it nor vanish later. Raises NotFound
    where a mark has hidden the person since it was found."""
    organisation, order_ref = row.organisation, row.order_ref
    if row.guest_ref is None or row.role is not Role.CONTACT:
        await _hold_guest(tx, row)
        if not await _stays_in_sight(tx, organisation, order_ref, guest_ref):
            raise NotFound(KINDS[row.role], refs.spell(row.ref))
        return
    if guest_ref is not None:
        await _hold_guest(tx, row)
    else:
        # Who the contact was has kept its order in sight up to here.
        await tx.sights.precede(organisation, order_ref, row.guest_ref, but=row.ref)
        await _hold_guest(tx, row)
        await tx.sights.keep(organisation, order_ref, held=None, but=row.ref)
    await deletions.settle(tx, organisation, order_ref)


async def _stays_in_sight(
    tx: Transaction, organisation: Organisation, order_ref: Ref, guest_ref: Ref | None
) -> bool:
    """Whether an order is in sight, and stays so, now that somebody in it is to be `guest_ref`,
    who is held. Who is nobody changes nothing that is seen beside the order."""
    return guest_ref is None or await tx.sights.keep(
        organisation, order_ref, held=guest_ref, but=None
    )


def _sighting(
    organisation: Organisation, role: Role, order_ref: Ref, ordered_at: Instant, person: Person
) -> Sighting:
    return Sighting(
        organisation=organisation,
        role=role,
        order_ref=order_ref,
        ordered_at=ordered_at,
        person=person,
    )


async def _can_link(
    tx: Transaction,
    organisation: Organisation,
    order_ref: Ref,
    links: Links,
    consumed: frozenset[Ref],
) -> bool:
    """Hold the items that `links` name, which are those of this order, and the `consumed` ones
    that they replace. Raises Unlinkable, with all that can't be linked; False where that is for
    want of the order, which a mark has hidden since it was found."""
    unknown: str | None = None
    guest = links.guest
    if isinstance(guest, bytes) and await tx.guests.document(organisation, guest) is None:
        unknown = refs.spell(guest)
    linkable = await _hold_items(tx, organisation, order_ref, links, consumed)
    strangers = [
        position
        for position, item_ref in enumerate(() if links.items is UNSET else links.items)
        if item_ref not in linkable
    ]
    if unknown is None and not strangers:
        return True
    if await tx.orders.document(organisation, order_ref) is None:
        return False
    raise Unlinkable(unknown, strangers)


async def _hold_items(
    tx: Transaction,
    organisation: Organisation,
    order_ref: Ref,
    links: Links,
    consumed: frozenset[Ref],
) -> frozenset[Ref]:
    """Hold what can be linked of the items that `links` name, and say which those are. All are
    held in the order of their refs, so that nobody waits for who waits for them."""
    if links.items is UNSET:
        return frozenset()
    concerned = sorted(consumed.union(links.items))
    rows = [await tx.items.find_for_update(organisation, ref) for ref in concerned]
    return frozenset(row.ref for row in rows if row is not None and row.order_ref == order_ref)


async def _consume(
    tx: Transaction,
    organisation: Organisation,
    consumer_ref: Ref,
    before: frozenset[Ref],
    wanted: tuple[Ref, ...],
) -> None:
    """Make `wanted` the items that the consumer consumes, instead of those `before`, and their
    quantities agree."""
    for item_ref in sorted(before.difference(wanted)):
        # The item first, as who removes it does.
        await items.recount(tx, organisation, item_ref, -1)
        await tx.people.unlink(consumer_ref, item_ref)
    for item_ref in sorted(set(wanted) - before):
        await tx.people.link(consumer_ref, item_ref)
        await items.recount(tx, organisation, item_ref, +1)
