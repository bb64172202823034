"""Addresses: where each resource and each list is found, as a path below the server's base.

Children are created and listed under their order, but live at the top level.
Whoever shows an address puts the base before it.
"""

from __future__ import annotations

import re
from typing import Final

from orderfolio.errors import Kind
from orderfolio.model import extensions, refs
from orderfolio.model.extensions import Owner
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref

ROOT: Final = "/v2.1"
ORDERS: Final = "/v2.1/orders"
GUESTS: Final = "/v2.1/guests"

_PEOPLE: Final = {Role.CONTACT: "/v2.1/orderContacts/", Role.CONSUMER: "/v2.1/orderConsumers/"}
_PEOPLE_OF_ORDER: Final = {Role.CONTACT: "/contacts", Role.CONSUMER: "/consumers"}
_OWNERS: Final = {Owner.ORDER: "/v2.1/orders/", Owner.ITEM: "/v2.1/orderItems/"}


def order(ref: Ref) -> str:
    return f"/v2.1/orders/{refs.spell(ref)}"


def items_of_order(ref: Ref) -> str:
    return f"/v2.1/orders/{refs.spell(ref)}/orderItems"


def people_of_order(role: Role, ref: Ref) -> str:
    return f"/v2.1/orders/{refs.spell(ref)}{_PEOPLE_OF_ORDER[role]}"


def item(ref: Ref) -> str:
    return f"/v2.1/orderItems/{refs.spell(ref)}"


def person(role: Role, ref: Ref) -> str:
    return f"{_PEOPLE[role]}{refs.spell(ref)}"


def items_of_consumer(ref: Ref) -> str:
    return f"/v2.1/orderConsumers/{refs.spell(ref)}/orderItems"


def guest(ref: Ref) -> str:
    return f"/v2.1/guests/{refs.spell(ref)}"


def owner(of: Owner, ref: Ref) -> str:
    """The order or the item that carries an extension."""
    return f"{_OWNERS[of]}{refs.spell(ref)}"


def extensions_of(of: Owner, ref: Ref) -> str:
    return f"{_OWNERS[of]}{refs.spell(ref)}/extensions"


def extension(of: Owner, owner_ref: Ref) -> str:
    return f"{_OWNERS[of]}{refs.spell(owner_ref)}/extensions/{extensions.NAME}"


_LINKED: Final = {
    Kind.GUEST: re.compile(r"(?:.*/)?guests/([0-9A-Fa-f-]{36})", re.ASCII),
    Kind.ITEM: re.compile(r"(?:.*/)?orderItems/([0-9A-Fa-f-]{36})", re.ASCII),
}


def parse(kind: Kind, href: str) -> Ref | None:
    """The ref of the guest or the item that `href` leads to; None where it leads to none.

    Only the end of the path counts: one server is known by several addresses.
    """
    match = _LINKED[kind].fullmatch(href)
    return None if match is None else refs.parse(match[1])
