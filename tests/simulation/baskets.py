"""Operations made of several, as the store allows: all of one happens, or none."""

from __future__ import annotations

from orderfolio.errors import Invalid
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.operations import extensions, items, orders, people
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Document, Organisation


async def create(
    tx: Transaction, organisation: Organisation, order: Order, item: Item, buyer: Person, title: str
) -> tuple[Document, Document, Document, Document, Document]:
    """An order with an item, its contact, a consumer of the item, and an extension."""
    document = await orders.create(tx, organisation, order)
    ref = document.ref
    bought = await items.create(tx, organisation, ref, item)
    contact = await people.create(tx, organisation, Role.CONTACT, ref, buyer, AS_THEY_ARE)
    reader = Person(title=title)
    links = Links(items=(bought.ref,))
    consumer = await people.create(tx, organisation, Role.CONSUMER, ref, reader, links)
    pairs: Pairs = {"basket": title}
    extension = await extensions.create(tx, organisation, Owner.ORDER, ref, pairs, True)
    # Linking the consumer changed the item.
    bought = await items.fetch(tx, organisation, bought.ref)
    return document, bought, contact, consumer, extension


async def spoil(
    tx: Transaction, organisation: Organisation, order: Order, item: Item, buyer: Person, title: str
) -> None:
    """The same, until its owner thinks better of it. Raises Invalid."""
    await create(tx, organisation, order, item, buyer, title)
    raise Invalid(())
