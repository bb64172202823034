"""Every operation of the API: start reading here.

A row is a method, an address, the operation's name in openapi.json, and who answers it.
HEAD is answered wherever GET is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, NamedTuple

from orderfolio.model.extensions import Owner
from orderfolio.model.people import Role
from orderfolio.wire import extensions, guests, items, orders, people
from orderfolio.wire.requests import Request, Service
from orderfolio.wire.responses import Answer

Handler = Callable[[Service, Request], Awaitable[Answer]]


class Route(NamedTuple):
    """One operation."""

    method: str
    template: str
    operation_id: str
    handler: Handler


_CONTACT, _CONSUMER = Role.CONTACT, Role.CONSUMER
_ORDER, _ITEM = Owner.ORDER, Owner.ITEM

_ORDERS: Final = "/v2.1/orders"
_ORDER_ONE: Final = "/v2.1/orders/{orderRef}"
_ITEMS: Final = "/v2.1/orders/{orderRef}/orderItems"
_ITEM_ONE: Final = "/v2.1/orderItems/{orderItemRef}"
_CONTACTS: Final = "/v2.1/orders/{orderRef}/contacts"
_CONTACT_ONE: Final = "/v2.1/orderContacts/{orderContactRef}"
_CONSUMERS: Final = "/v2.1/orders/{orderRef}/consumers"
_CONSUMER_ONE: Final = "/v2.1/orderConsumers/{orderConsumerRef}"
_ORDER_EXT: Final = "/v2.1/orders/{orderRef}/extensions/{dataExtensionName}"
_ITEM_EXT: Final = "/v2.1/orderItems/{orderItemRef}/extensions/{dataExtensionName}"
_GUESTS: Final = "/v2.1/guests"
_GUEST_ONE: Final = "/v2.1/guests/{guestRef}"

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("POST",   _ORDERS,    "createOrder",          orders.create),
    Route("GET",    _ORDERS,    "listOrders",           orders.browse),
    Route("GET",    _ORDER_ONE, "retrieveOrder",        orders.fetch),
    Route("PUT",    _ORDER_ONE, "updateOrder",          orders.replace),
    Route("PATCH",  _ORDER_ONE, "partiallyUpdateOrder", orders.amend),
    Route("DELETE", _ORDER_ONE, "deleteOrder",          orders.remove),

    Route("POST",   _ITEMS,    "createOrderItem",          items.create),
    Route("GET",    _ITEMS,    "listOrderItems",           items.browse),
    Route("GET",    _ITEM_ONE, "retrieveOrderItem",        items.fetch),
    Route("PUT",    _ITEM_ONE, "updateOrderItem",          items.replace),
    Route("PATCH",  _ITEM_ONE, "partiallyUpdateOrderItem", items.amend),
    Route("DELETE", _ITEM_ONE, "deleteOrderItem",          items.remove),

    Route("POST",   _CONTACTS,    "createOrderContact",          partial(people.create, _CONTACT)),
    Route("GET",    _CONTACTS,    "listOrderContacts",           partial(people.browse, _CONTACT)),
    Route("GET",    _CONTACT_ONE, "retrieveOrderContact",        partial(people.fetch, _CONTACT)),
    Route("PUT",    _CONTACT_ONE, "updateOrderContact",          partial(people.replace, _CONTACT)),
    Route("PATCH",  _CONTACT_ONE, "partiallyUpdateOrderContact", partial(people.amend, _CONTACT)),
    Route("DELETE", _CONTACT_ONE, "deleteOrderContact",          partial(people.remove, _CONTACT)),

    Route("POST",   _CONSUMERS,    "createOrderConsumer",     partial(people.create, _CONSUMER)),
    Route("GET",    _CONSUMERS,    "listOrderConsumers",      partial(people.browse, _CONSUMER)),
    Route("GET",    _CONSUMER_ONE, "retrieveOrderConsumer",   partial(people.fetch, _CONSUMER)),
    Route("PUT",    _CONSUMER_ONE, "updateOrderConsumer",     partial(people.replace, _CONSUMER)),
    Route("PATCH",  _CONSUMER_ONE, "partiallyUpdateOrderConsumer",
          partial(people.amend, _CONSUMER)),
    Route("DELETE", _CONSUMER_ONE, "deleteOrderConsumer",     partial(people.remove, _CONSUMER)),
    Route("GET",    f"{_CONSUMER_ONE}/orderItems", "listOrderConsumerOrderItems",
          items.browse_consumed),

    Route("POST",   _ORDER_EXT, "createOrderDataExtension",   partial(extensions.create, _ORDER)),
    Route("GET",    _ORDER_EXT, "retrieveOrderDataExtension", partial(extensions.fetch, _ORDER)),
    Route("PUT",    _ORDER_EXT, "updateOrderDataExtension",   partial(extensions.replace, _ORDER)),
    Route("PATCH",  _ORDER_EXT, "partiallyUpdateOrderDataExtension",
          partial(extensions.amend, _ORDER)),
    Route("DELETE", _ORDER_EXT, "deleteOrderDataExtension",   partial(extensions.remove, _ORDER)),
    Route("DELETE", f"{_ORDER_EXT}/fields", "deleteOrderDataExtensionFields",
          partial(extensions.clear, _ORDER)),
    Route("GET",    f"{_ORDER_ONE}/extensions", "listOrderDataExtensions",
          partial(extensions.browse, _ORDER)),

    Route("POST",   _ITEM_EXT, "createOrderItemDataExtension",   partial(extensions.create, _ITEM)),
    Route("GET",    _ITEM_EXT, "retrieveOrderItemDataExtension", partial(extensions.fetch, _ITEM)),
    Route("PUT",    _ITEM_EXT, "updateOrderItemDataExtension",
          partial(extensions.replace, _ITEM)),
    Route("PATCH",  _ITEM_EXT, "partiallyUpdateOrderItemDataExtension",
          partial(extensions.amend, _ITEM)),
    Route("DELETE", _ITEM_EXT, "deleteOrderItemDataExtension",   partial(extensions.remove, _ITEM)),
    Route("DELETE", f"{_ITEM_EXT}/fields", "deleteOrderItemDataExtensionFields",
          partial(extensions.clear, _ITEM)),
    Route("GET",    f"{_ITEM_ONE}/extensions", "listOrderItemDataExtensions",
          partial(extensions.browse, _ITEM)),

    Route("POST",   _GUESTS,    "createGuest",          guests.create),
    Route("GET",    _GUESTS,    "listGuests",           guests.browse),
    Route("GET",    _GUEST_ONE, "retrieveGuest",        guests.fetch),
    Route("PUT",    _GUEST_ONE, "updateGuest",          guests.replace),
    Route("PATCH",  _GUEST_ONE, "partiallyUpdateGuest", guests.amend),
    Route("DELETE", _GUEST_ONE, "deleteGuest",          guests.remove),
)
# fmt: on


class Place(NamedTuple):
    """An address that is there: its operations by method, with their names, and what `Allow`
    says of it."""

    handlers: Mapping[str, Handler]
    names: Mapping[str, str]
    allow: str


# Fixed words and parameters take turns in every template, so that the fixed ones, and how
# many parts there are in all, tell the template.
Shape = tuple[int, tuple[str, ...]]


def _shape(parts: list[str]) -> Shape:
    return len(parts), tuple(parts[2::2])


def _places() -> dict[Shape, Place]:
    found: dict[Shape, dict[str, Route]] = {}
    for route in ROUTES:
        found.setdefault(_shape(route.template.split("/")), {})[route.method] = route
    for methods in found.values():
        if "GET" in methods:
            methods["HEAD"] = methods["GET"]
    return {
        shape: Place(
            {method: route.handler for method, route in methods.items()},
            {method: route.operation_id for method, route in methods.items()},
            ", ".join(sorted(methods)),
        )
        for shape, methods in found.items()
    }


_PLACES: Final = _places()


def find(parts: list[str]) -> tuple[Place, tuple[str, ...]] | None:
    """The place that a path leads to, split at its slashes, and the parameters in it.

    None where there is none; a slash at the end leads nowhere.
    """
    place = _PLACES.get(_shape(parts))
    if place is None or "" in parts[1:]:
        return None
    return place, tuple(parts[3::2])
