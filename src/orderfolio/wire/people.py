"""The operations of order contacts and order consumers: the same six, but for the role."""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Kind
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.operations import people
from orderfolio.wire import bodies, links, lists, queries, responses, writes
from orderfolio.wire.reading import people as reading
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

_KINDS: Final = {Role.CONTACT: Kind.CONTACT, Role.CONSUMER: Kind.CONSUMER}


async def create(role: Role, service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    person, linked = reading.read_new(
        bodies.parse(request.body), role, service.strict, service.clock()
    )
    order_ref = request.resolved(Kind.ORDER)
    document, replayed = await writes.create(
        service, request, _KINDS[role], people.create, role, order_ref, person, linked
    )
    path = links.person(role, document.ref)
    return responses.created(request, document, path, replayed=replayed)


async def browse(role: Role, service: Service, request: Request) -> Answer:
    paging = queries.read_paging(request.query, strict=service.strict)
    order_ref = request.resolved(Kind.ORDER)

    def place(ref: Ref) -> str:
        return links.person(role, ref)

    listing = lists.Asked(links.people_of_order(role, order_ref), None, paging, place)
    return await lists.answer(service, request, listing, people.browse, role, order_ref)


async def fetch(role: Role, service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KINDS[role])
    document = await service.store.read(people.fetch, request.organisation, role, ref)
    return responses.resource(request, document)


async def replace(role: Role, service: Service, request: Request) -> Answer:
    return await _change(role, service, request, replacing=True)


async def amend(role: Role, service: Service, request: Request) -> Answer:
    return await _change(role, service, request, replacing=False)


async def _change(role: Role, service: Service, request: Request, *, replacing: bool) -> Answer:
    queries.read_none(request.query)
    changes, linked = reading.read_changes(
        bodies.parse(request.body),
        role,
        request.ref(),
        replacing,
        service.strict,
        service.clock(),
    )
    ref = request.resolved(_KINDS[role])
    document = await service.store.transact(
        people.replace if replacing else people.amend,
        request.organisation,
        role,
        ref,
        changes,
        linked,
        request.guard(),
    )
    return responses.resource(request, document)


async def remove(role: Role, service: Service, request: Request) -> Answer:
    queries.read_none(request.query)
    ref = request.resolved(_KINDS[role])
    await service.store.transact(people.remove, request.organisation, role, ref, request.guard())
    return responses.NOTHING
