"""What to say of an attribute that a noun doesn't have: where it belongs, or what it is near.

Which noun has which attribute is read off the model.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

from msgspec import structs

from orderfolio.model.guests import Guest
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Person

_LONGEST: Final = 64

_PAIRS: Final = (
    "Pairs of one's own are created at POST /v2.1/orders/{orderRef}/extensions/ext or"
    " /v2.1/orderItems/{orderItemRef}/extensions/ext."
)
# Names that are no attributes of the noun they were sent to, and say what was meant.
_MEANT: Final = {
    "orderItems": "Items are created one by one, at POST /v2.1/orders/{orderRef}/orderItems.",
    "contacts": "Contacts are created one by one, at POST /v2.1/orders/{orderRef}/contacts.",
    "consumers": "Consumers are created one by one, at POST /v2.1/orders/{orderRef}/consumers.",
    "extensions": _PAIRS,
    "ext": _PAIRS,
    "dataExtensions": _PAIRS,
    "guest": "A guest is linked to a contact or a consumer of an order.",
    "order": "What belongs to an order is created under the order's address.",
    "email": "An email belongs to a guest, or to a contact or consumer of an order.",
}
_PERSON: Final = (
    "an order contact or consumer (POST /v2.1/orders/{orderRef}/contacts or …/consumers) and"
    " of a guest (POST /v2.1/guests)"
)
_OWNERS: Final = {
    **dict.fromkeys((f.encode_name for f in structs.fields(Guest)), "a guest (POST /v2.1/guests)"),
    **dict.fromkeys((f.encode_name for f in structs.fields(Person)), _PERSON),
    **dict.fromkeys(
        (f.encode_name for f in structs.fields(Item)),
        "an order item (POST /v2.1/orders/{orderRef}/orderItems)",
    ),
    **dict.fromkeys((f.encode_name for f in structs.fields(Order)), "an order (POST /v2.1/orders)"),
}


def on_relation(name: str) -> str:
    """What to do instead of sending the relatives `name` with their owner."""
    return _MEANT.get(name, "Leave it out.")


def on_unknown(name: str, noun: str, known: Collection[str]) -> str:
    """What to do about `name`, which isn't among the attributes `known` of `noun`."""
    near = "" if len(name) > _LONGEST else nearest(name, known)
    if near.lower() == name.lower():
        return f"Write it {near}."
    if name in _MEANT:
        return _MEANT[name]
    if name in _OWNERS:
        return f"It is an attribute of {_OWNERS[name]}."
    if near:
        return f"Did you mean {near}?"
    return f"The attributes of {noun} are {', '.join(known)}."


def nearest(name: str, known: Collection[str]) -> str:
    """The one of `known` that is spelt most like `name`, or an empty string."""
    lowered = {one.replace("_", "").lower(): one for one in known}
    plain = name[:_LONGEST].replace("_", "").replace("-", "").lower()
    found = get_close_matches(plain, lowered, 1, 0.7)
    return lowered[found[0]] if found else ""
