"""The six operations of guests."""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Kind
from orderfolio.operations import guests
from orderfolio.wire import bodies, links, lists, queries, responses, writes
from orderfolio.wire.reading import guests as reading
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

_KIND: Final = Kind.GUEST


async def create(service: Service, request: Request) -> Answer:
    """A new guest, whoever is there already."""
    queries.read_none(request.query)
    guest = reading.read_new(bodies.parse(request.body), service.clock())
    document, replayed = await writes.create(service, request, _KIND, guests.create, guest)
    return responses.created(request, document, links.guest(document.ref), replayed=replayed)


async def browse(service: Service, request: Request) -> Answer:
    query, paging = queries.read_guests(request.query, strict=service.strict)
    listing = lists.Asked(links.GUESTS, query, paging, links.guest)
    if query is None:
        return lists.nothing(request, listing)
    return await lists.answer(service, request, listing, guests.browse, query)


async def fetch(service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KIND)
    document = await service.store.read(guests.fetch, request.organisation, ref)
    return responses.resource(request, document)


async def replace(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=True)


async def amend(service: Service, request: Request) -> Answer:
    return await _change(service, request, replacing=False)


async def _change(service: Service, request: Request, *, replacing: bool) -> Answer:
    queries.read_none(request.query)
    changes = reading.read_changes(
        bodies.parse(request.body), request.ref(), replacing, service.clock()
    )
    ref = request.resolved(_KIND)
    document = await service.store.transact(
        guests.replace if replacing else guests.amend,
        request.organisation,
        ref,
        changes,
        request.guard(),
    )
    return responses.resource(request, document)


async def remove(service: Service, request: Request) -> Answer:
    """The guest and all that is associated with it; from this answer on nothing of it can
    be read."""
    queries.read_none(request.query)
    ref = request.resolved(_KIND)
    await service.store.transact(guests.remove, request.organisation, ref, request.guard())
    return responses.NOTHING
