"""All that an organisation has, read in one snapshot and held against the ledger."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import combinations

from msgspec import Struct
from tests.simulation.entries import Standing, tokens_of
from tests.simulation.journals import Violation, short
from tests.simulation.ledgers import Ledger
from tests.simulation.machines import Machine, Unplugged

from orderfolio.errors import Kind, NotFound
from orderfolio.model.extensions import Owner
from orderfolio.model.identities import all_marks
from orderfolio.model.orders import is_same_order
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import extensions, guests, items, orders, people
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Page, Window
from orderfolio.store.records import Document, Organisation

ALL = Window(limit=10_000, whole=True)
# What a basket makes, and must make whole.
BASKET = frozenset((Kind.ORDER, Kind.ITEM, Kind.CONTACT, Kind.CONSUMER, Kind.EXTENSION))


class Found(Struct):
    kind: Kind
    parent: Ref | None
    document: Document


async def inspect(store: Store, ledger: Ledger, organisation: Organisation) -> set[bytes]:
    """Raises Violation unless all is there that must be, and nothing else; the tokens of
    what was found."""
    floors = ledger.floors(organisation)
    found = await store.read(_everything, organisation)
    kinds: dict[bytes, list[Kind]] = {}
    for each in found:
        parent = None if each.parent is None else ledger.entries[each.parent]
        ledger.saw(organisation, each.kind, parent, each.document, floors)
        for token in tokens_of(each.document):
            kinds.setdefault(token, []).append(each.kind)
    there = {each.document.ref for each in found}
    for entry in ledger.entries.values():
        if entry.ref not in there:
            ledger.missed(entry, organisation)
    _look_at_writes(ledger, kinds)
    ledger.journal.say("inspected", f"organisation {organisation}, {len(found)} resources")
    return set(kinds)


def _look_at_writes(ledger: Ledger, kinds: dict[bytes, list[Kind]]) -> None:
    for token, left in kinds.items():
        if len(left) != len(set(left)):
            raise Violation(f"the write {token.decode()} was done twice")
        # Nobody can have removed what nobody met.
        in_doubt = ledger.standing(token) is Standing.UNKNOWN and not ledger.may_lack(token)
        if token in ledger.baskets and in_doubt and not BASKET.issubset(left):
            raise Violation(f"the write {token.decode()} is torn: {[kind.value for kind in left]}")


async def _everything(tx: Transaction, organisation: Organisation) -> list[Found]:
    found = [found async for found in _orders(tx, organisation)]
    page = await guests.browse(tx, organisation, GuestQuery(), ALL)
    _count("guests", page)
    marks = set()
    for document in page.documents:
        found.append(Found(Kind.GUEST, None, document))
        for mark, _ in all_marks(tx.guests.said(document)):
            if mark in marks:
                raise Violation(f"two guests are {mark.value}")
            marks.add(mark)
    return found


async def _orders(tx: Transaction, organisation: Organisation) -> AsyncIterator[Found]:
    page = await orders.browse(tx, organisation, OrderQuery(), ALL)
    _count("orders", page)
    if sum((await tx.orders.count_by_part(organisation)).values()) != page.total:
        raise Violation("the parts of the orders don't add up")
    pairs = combinations([(d.ref, tx.orders.said(d)) for d in page.documents], 2)
    for (one_ref, one), (other_ref, other) in pairs:
        if is_same_order(one, other):
            raise Violation(f"order {short(one_ref)} and {short(other_ref)} are the same")
    for document in page.documents:
        yield Found(Kind.ORDER, None, document)
        async for found in _under(tx, organisation, document.ref):
            yield found


async def _under(tx: Transaction, organisation: Organisation, ref: Ref) -> AsyncIterator[Found]:
    below = await items.browse(tx, organisation, ref, ALL)
    _count("items", below)
    for item in below.documents:
        yield Found(Kind.ITEM, ref, item)
        async for found in _extension(tx, organisation, Owner.ITEM, item.ref):
            yield found
    async for found in _extension(tx, organisation, Owner.ORDER, ref):
        yield found
    for role, kind in ((Role.CONTACT, Kind.CONTACT), (Role.CONSUMER, Kind.CONSUMER)):
        page = await people.browse(tx, organisation, role, ref, ALL)
        _count(kind.value, page)
        for document in page.documents:
            yield Found(kind, ref, document)


async def _extension(
    tx: Transaction, organisation: Organisation, owner: Owner, ref: Ref
) -> AsyncIterator[Found]:
    try:
        yield Found(Kind.EXTENSION, ref, await extensions.fetch(tx, organisation, owner, ref))
    except NotFound:
        return


def _count(what: str, page: Page) -> None:
    if page.more is None and page.total != len(page.documents):
        raise Violation(f"of {what} there are {len(page.documents)}, and {page.total} counted")


async def look_through(
    machine: Machine, ledger: Ledger, organisation: Organisation, kind: Kind
) -> None:
    """A client's look at the list of orders, or of guests, while others write. Raises
    Unavailable."""
    store = machine.store
    floors = ledger.floors(organisation)
    if kind is Kind.ORDER:
        page = await store.read(orders.browse, organisation, OrderQuery(), ALL)
    else:
        page = await store.read(guests.browse, organisation, GuestQuery(), ALL)
    if machine.is_dark:
        raise Unplugged
    _count(kind.value, page)
    seen = [ledger.saw(organisation, kind, None, each, floors) for each in page.documents]
    there = {entry.ref for entry in seen}
    for ref in floors.keys() - there:
        if ledger.entries[ref].kind is kind:
            ledger.missed(ledger.entries[ref], organisation)
