"""The six operations of order items, and the list of those that a consumer consumes."""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Kind
from orderfolio.operations import items
from orderfolio.wire import bodies, links, lists, queries, responses, writes
from orderfolio.wire.reading import items as reading
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

_KIND: Final = Kind.ITEM


async def create(service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    item = reading.read_new(bodies.parse(request.body))
    order_ref = request.resolved(Kind.ORDER)
    document, replayed = await writes.create(service, request, _KIND, items.create, order_ref, item)
    return responses.created(request, document, links.item(document.ref), replayed=replayed)


async def browse(service: Service, request: Request) -> Answer:
    paging = queries.read_paging(request.query, strict=service.strict)
    order_ref = request.resolved(Kind.ORDER)
    listing = lists.Asked(links.items_of_order(order_ref), None, paging, links.item)
    return await lists.answer(service, request, listing, items.browse, order_ref)


async def browse_consumed(service: Service, request: Request) -> Answer:
    paging = queries.read_paging(request.query, strict=service.strict)
    consumer_ref = request.resolved(Kind.CONSUMER)
    listing = lists.Asked(links.items_of_consumer(consumer_ref), None, paging, links.item)
    return await lists.answer(service, request, listing, items.browse_consumed, consumer_ref)


async def fetch(service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KIND)
    document = await service.store.read(items.fetch, request.organisation, ref)
    return responses.resource(request, document)


async def replace(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=True)


async def amend(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=False)


async def _change(service: Service, request: Request, *, replacing: bool) -> Answer:
    queries.read_none(request.query)
    changes = reading.read_changes(bodies.parse(request.body), request.ref(), replacing)
    ref = request.resolved(_KIND)
    document = await service.store.transact(
        items.replace if replacing else items.amend,
        request.organisation,
        ref,
        changes,
        request.guard(),
    )
    return responses.resource(request, document)


async def remove(service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KIND)
    await service.store.transact(items.remove, request.organisation, ref, request.guard())
    return responses.NOTHING
