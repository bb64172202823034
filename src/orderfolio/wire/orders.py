"""The six operations of orders."""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Kind
from orderfolio.operations import orders
from orderfolio.store.queries import Cursor
from orderfolio.wire import bodies, envelopes, links, lists, queries, responses, writes
from orderfolio.wire.reading import orders as reading
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

_KIND: Final = Kind.ORDER


async def create(service: Service, request: Request) -> Answer:
    """The order, or the one that it matches."""
    queries.read_none(request.query)
    order = reading.read_new(bodies.parse(request.body))
    document, replayed = await writes.create(service, request, _KIND, orders.create, order)
    return responses.created(request, document, links.order(document.ref), replayed=replayed)


async def browse(service: Service, request: Request) -> Answer:
    query, paging = queries.read_orders(request.query, strict=service.strict)
    listing = lists.Asked(links.ORDERS, query, paging, links.order)
    if query is None:
        return lists.nothing(request, listing)
    return await lists.answer(service, request, listing, orders.browse, query)


async def fetch(service: Service, request: Request) -> Answer:
    relations = queries.read_relations(request.query)
    ref = request.resolved(_KIND)
    if not relations:
        document = await service.store.read(orders.fetch, request.organisation, ref)
        return responses.resource(request, document)
    opened = await service.store.read(orders.fetch_opened, request.organisation, ref, relations)

    def seal(cursor: Cursor, path: str) -> str:
        return lists.seal(service, request, cursor, path, None)

    return responses.text(request, envelopes.opened(opened, seal))


async def replace(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=True)


async def amend(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=False)


async def _change(service: Service, request: Request, *, replacing: bool) -> Answer:
    queries.read_none(request.query)
    changes = reading.read_changes(bodies.parse(request.body), request.ref(), replacing)
    ref = request.resolved(_KIND)
    document = await service.store.transact(
        orders.replace if replacing else orders.amend,
        request.organisation,
        ref,
        changes,
        request.guard(),
    )
    return responses.resource(request, document)


async def remove(service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KIND)
    await service.store.transact(orders.remove, request.organisation, ref, request.guard())
    return responses.NOTHING
