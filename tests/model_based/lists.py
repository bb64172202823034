"""What lists answer: which resources, in which order, in which envelope."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.model_based.attributes import Refused
from tests.model_based.nouns import (
    BASE,
    Consumer,
    Contact,
    Extension,
    Guest,
    Item,
    Json,
    Order,
    Resource,
    link,
)
from tests.model_based.organisations import Organisation

Key = tuple[datetime | str, int]


@dataclass(frozen=True)
class Asked:
    """A list as it is asked for. `after` is what the page before ended with; the server's own
    word for it is opaque, and left out of links here."""

    path: str
    filters: tuple[tuple[str, str], ...] = ()
    sort: str | None = None
    offset: int | None = None
    limit: int | None = None
    expand: str | None = None
    after: Resource | None = None

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that links to other pages keep."""
        given = [("sort", self.sort), ("expand", self.expand)]
        return [*self.filters, *((name, value) for name, value in given if value is not None)]

    @property
    def parameters(self) -> list[tuple[str, str]]:
        given = [("offset", self.offset), ("limit", self.limit)]
        return self.kept + [(name, str(value)) for name, value in given if value is not None]

    @property
    def address(self) -> str:
        query = urlencode(self.parameters, quote_via=quote)
        return f"{self.path}?{query}" if query else self.path


@dataclass(frozen=True)
class Page:
    body: Json
    following: Asked | None


def page(asked: Asked, found: Sequence[Resource], extended: Resource | None = None) -> Page:
    """The part of `found` that is asked for, in the order of the list."""
    offset, limit = asked.offset or 0, min(asked.limit or 10, 100)
    descending = (asked.sort or "").endswith("::DESC")
    in_order = sorted(found, key=lambda one: _key(one, asked.sort), reverse=descending)
    start = offset
    if asked.after is not None:
        passed = _key(asked.after, asked.sort)
        start = sum(
            (_key(one, asked.sort) >= passed) if descending else (_key(one, asked.sort) <= passed)
            for one in in_order
        )
    chosen = in_order[start : start + limit]
    last = max(len(found) - 1, 0) // limit * limit
    body: Json = {
        "href": BASE + asked.address,
        "offset": offset,
        "limit": limit,
        "first": link(_part(asked, 0, limit)),
        "last": link(_part(asked, last, limit)),
        "items": _items(chosen, whole=asked.expand == "true"),
    }
    following = None
    if start + limit < len(found):
        following = replace(asked, offset=offset + limit, limit=limit, after=chosen[-1])
        body["next"] = link(_part(asked, offset + limit, limit))
    if extended is not None:
        relation = "order" if isinstance(extended, Order) else "orderItem"
        body |= {"name": "ext", relation: link(extended.path)}
    return Page(body, following)


def _part(asked: Asked, offset: int, limit: int) -> str:
    return replace(asked, offset=offset, limit=limit).address


def _items(chosen: Sequence[Resource], *, whole: bool) -> list[Json]:
    if whole:
        return [one.document() for one in chosen]
    return [{"href": BASE + one.path, "ref": one.ref} for one in chosen]


def _key(resource: Resource, sort: str | None) -> tuple[Any, int]:
    """Equal ones are in the order of creation, which the number in a ref tells."""
    created = int(resource.ref.rpartition("-")[2])
    if sort is not None and sort.startswith("orderedAt") and isinstance(resource, Order):
        return resource.ordered_at, created
    return 0, created


def orders(organisation: Organisation, asked: Asked) -> list[Order]:
    filters = dict(asked.filters)
    if "referenceId" in filters and "guestRef" in filters:
        raise Refused(400, "guestRef: can't be sent with referenceId.")
    if (asked.sort or "").startswith("orderedAt") and "guestRef" not in filters:
        raise Refused(400, "sort: can be orderedAt only with guestRef.")
    found = organisation.all(Order)
    if "referenceId" in filters:
        return [one for one in found if one.attributes["referenceId"] == filters["referenceId"]]
    if "guestRef" in filters:
        of_guest = {
            contact.order.ref
            for contact in organisation.all(Contact)
            if contact.guest is not None and contact.guest.ref == filters["guestRef"]
        }
        return [one for one in found if one.ref in of_guest]
    return found


def guests(organisation: Organisation, asked: Asked) -> list[Guest]:
    """All conditions hold; values compare exactly, emails and names without regard to case."""
    filters = dict(asked.filters)
    pair = ("identifiers.provider", "identifiers.id")
    for name, other in (pair, pair[::-1]):
        if name in filters and other not in filters:
            raise Refused(400, f"{other}: is required with {name}.")
    return [one for one in organisation.all(Guest) if _fits(one, filters)]


def _fits(guest: Guest, filters: dict[str, str]) -> bool:
    given = guest.attributes
    identifiers = [(one["provider"], one["id"]) for one in given.get("identifiers", [])]
    holds: dict[str, Callable[[str], bool]] = {
        "guestRef": lambda value: guest.ref == value,
        "email": lambda value: value.lower() in map(str.lower, given.get("emails", [])),
        "firstName": lambda value: value.lower() == given.get("firstName", "").lower(),
        "lastName": lambda value: value.lower() == given.get("lastName", "").lower(),
        "phoneNumber": lambda value: value in given.get("phoneNumbers", []),
        "guestType": lambda value: value == given["guestType"],
        "identifiers.provider": lambda value: (value, filters["identifiers.id"]) in identifiers,
        "identifiers.id": lambda value: (filters["identifiers.provider"], value) in identifiers,
    }
    return all(holds[name](value) for name, value in filters.items())


RELATIONS: dict[str, type[Item | Contact | Consumer]] = {
    "orderItems": Item,
    "contacts": Contact,
    "consumers": Consumer,
}


def listed(organisation: Organisation, asked: Asked) -> Page:
    """The page that is found at an address of a list."""
    match asked.path.split("/")[2:]:
        case ["orders"]:
            return page(asked, orders(organisation, asked))
        case ["guests"]:
            return page(asked, guests(organisation, asked))
        case ["orders", ref, "extensions"]:
            order = organisation.find(Order, ref)
            return page(asked, _extensions(organisation, order), order)
        case ["orderItems", ref, "extensions"]:
            item = organisation.find(Item, ref)
            return page(asked, _extensions(organisation, item), item)
        case ["orderConsumers", ref, "orderItems"]:
            return page(asked, organisation.find(Consumer, ref).items)
        case [_, ref, relation]:
            return page(asked, _under(organisation, organisation.find(Order, ref), relation))
    raise AssertionError(asked.path)


def _under(organisation: Organisation, order: Order, relation: str) -> Sequence[Resource]:
    if relation == "extensions":
        return _extensions(organisation, order)
    return [one for one in organisation.all(RELATIONS[relation]) if one.order is order]


def _extensions(organisation: Organisation, owner: Order | Item) -> list[Extension]:
    return [one for one in organisation.all(Extension) if one.owner is owner]


def opened(organisation: Organisation, ref: str, relations: Sequence[str]) -> Json:
    """An order with relations in place of their links."""
    order = organisation.find(Order, ref)
    document = order.document()
    for relation in relations:
        found = _under(organisation, order, relation)[:100]
        document[relation] |= {"offset": 0, "limit": 100, "items": _items(found, whole=True)}
    return document
