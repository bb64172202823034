"""The seven operations of data extensions, of orders and of order items alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from orderfolio.errors import Flaw, Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.extensions import NAME, Owner
from orderfolio.model.refs import Ref
from orderfolio.operations import extensions
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Document, Organisation
from orderfolio.wire import bodies, links, lists, queries, responses, writes
from orderfolio.wire.flaws import Misread
from orderfolio.wire.reading import extensions as reading
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

_KINDS: Final = {Owner.ORDER: Kind.ORDER, Owner.ITEM: Kind.ITEM}


async def create(owner: Owner, service: Service, request: Request) -> Answer:
    _check_name(request)
    queries.read_none(request.query)
    body = bodies.parse(request.body)
    pairs = reading.read_pairs(body, None)
    owner_ref = request.resolved(_KINDS[owner])
    document, replayed = await writes.create(
        service,
        request,
        Kind.EXTENSION,
        _held_to(reading.echoed_ref(body), extensions.create),
        owner,
        owner_ref,
        pairs,
        service.strict,
    )
    path = links.extension(owner, owner_ref)
    return responses.created(request, document, path, replayed=replayed)


async def browse(owner: Owner, service: Service, request: Request) -> Answer:
    """A list of one, or of none."""
    paging = queries.read_paging(request.query, strict=service.strict)
    owner_ref = request.resolved(_KINDS[owner])

    def place(_: Ref) -> str:
        return links.extension(owner, owner_ref)

    listing = lists.Asked(
        links.extensions_of(owner, owner_ref), None, paging, place, (owner, owner_ref)
    )
    return await lists.answer(service, request, listing, extensions.browse, owner, owner_ref)


async def fetch(owner: Owner, service: Service, request: Request) -> Answer:
    _check_name(request)
    queries.read_none(request.query)
    owner_ref = request.resolved(_KINDS[owner])
    document = await service.store.read(extensions.fetch, request.organisation, owner, owner_ref)
    return responses.resource(request, document)


async def replace(owner: Owner, service: Service, request: Request) -> Answer:
    return await _change(owner, service, request, replacing=True)


async def amend(owner: Owner, service: Service, request: Request) -> Answer:
    return await _change(owner, service, request, replacing=False)


async def _change(owner: Owner, service: Service, request: Request, *, replacing: bool) -> Answer:
    _check_name(request)
    queries.read_none(request.query)
    body = bodies.parse(request.body)
    pairs = reading.read_pairs(body, None)
    owner_ref = request.resolved(_KINDS[owner])
    document = await service.store.transact(
        _held_to(reading.echoed_ref(body), extensions.replace if replacing else extensions.amend),
        request.organisation,
        owner,
        owner_ref,
        pairs,
        request.guard(),
    )
    return responses.resource(request, document)


async def remove(owner: Owner, service: Service, request: Request) -> Answer:
    """The guide's answer to this is the body `null`, not 204."""
    _check_name(request)
    queries.read_none(request.query)
    owner_ref = request.resolved(_KINDS[owner])
    await service.store.transact(
        extensions.remove, request.organisation, owner, owner_ref, request.guard()
    )
    return responses.NULL


async def clear(owner: Owner, service: Service, request: Request) -> Answer:
    """Some of the keys, or all of them; the extension itself stays."""
    _check_name(request)
    keys = queries.read_keys(request.query)
    owner_ref = request.resolved(_KINDS[owner])
    document = await service.store.transact(
        extensions.clear, request.organisation, owner, owner_ref, keys, request.guard()
    )
    return responses.resource(request, document)


def _held_to(
    echoed: Ref | None, operation: Callable[..., Awaitable[Document]]
) -> Callable[..., Awaitable[Document]]:
    """`operation`, once the ref that came in the body is seen to be the extension's own.

    The address names the owner, not the ref, so only the transaction can tell.
    """
    if echoed is None:
        return operation

    async def held(
        tx: Transaction,
        organisation: Organisation,
        owner: Owner,
        owner_ref: Ref,
        *rest: object,
    ) -> Document:
        try:
            document = await extensions.fetch(tx, organisation, owner, owner_ref)
        except NotFound as error:
            if error.kind is Kind.EXTENSION and operation is extensions.create:
                raise _misread("ref", "can't be chosen", "Leave it out.") from None
            raise
        if document.ref != echoed:
            remedy = f"Leave it out, or send {refs.spell(document.ref)}."
            raise _misread("ref", "can't be changed", remedy)
        return await operation(tx, organisation, owner, owner_ref, *rest)

    return held


def _misread(field: str, problem: str, remedy: str) -> Misread:
    return Misread([Flaw(field, problem, remedy, "immutable-attribute")])


def _check_name(request: Request) -> None:
    """The name comes before anything else about the resource."""
    if request.parameters[1] != NAME:
        raise Misread([Flaw("dataExtensionName", f"must be {NAME}", f"Send it to …/{NAME}.")])
