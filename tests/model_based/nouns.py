"""What an organisation keeps, and what each of it looks like: the contract's nouns in plain Python.

Nothing here is taken from the program. Refs are names such as `order-1`, which the test
translates; times are the texts that clients see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

BASE = "http://api.test"

Attributes = dict[str, Any]
Json = dict[str, Any]


def moment(text: str) -> datetime:
    """The point in time that a client's text means."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def spelled(time: datetime) -> str:
    """ISO 8601 in UTC, as answers spell it."""
    text = time.astimezone(UTC).replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def to_the_second(time: datetime) -> str:
    return spelled(time.replace(microsecond=0))


@dataclass(kw_only=True, eq=False)
class Resource:
    """One resource. `version` is raised by every change of what a client sees of it."""

    noun: ClassVar[str]
    place: ClassVar[str]

    ref: str
    created: str
    modified: str
    attributes: Attributes
    version: int = 1

    @property
    def path(self) -> str:
        return f"{self.place}/{self.ref}"

    def change(self, now: datetime, attributes: Attributes | None = None) -> None:
        if attributes is not None:
            self.attributes = attributes
        self.modified = to_the_second(now)
        self.version += 1

    def head(self) -> Json:
        return {
            "href": BASE + self.path,
            "ref": self.ref,
            "createdAt": self.created,
            "modifiedAt": self.modified,
        }

    def document(self) -> Json:
        return self.head() | self.attributes


@dataclass(kw_only=True, eq=False)
class Order(Resource):
    noun = "Order"
    place = "/v2.1/orders"

    @property
    def ordered_at(self) -> datetime:
        return moment(self.attributes["orderedAt"])

    def matches(self, reference_id: str, ordered_at: datetime) -> bool:
        """The same order: equal `referenceId`s, and at most two days apart."""
        apart = abs(self.ordered_at - ordered_at)
        return self.attributes["referenceId"] == reference_id and apart <= timedelta(hours=48)

    def document(self) -> Json:
        relations = ("orderItems", "contacts", "consumers", "extensions")
        return super().document() | {name: link(f"{self.path}/{name}") for name in relations}


@dataclass(kw_only=True, eq=False)
class Item(Resource):
    noun = "Order item"
    place = "/v2.1/orderItems"

    order: Order
    consumers: int = 0

    def document(self) -> Json:
        document = super().document()
        # The quantity represents the consumers of the item.
        if self.consumers:
            document["quantity"] = max(self.attributes.get("quantity", 0), self.consumers)
        extensions = link(f"{self.path}/extensions")
        return document | {"order": link(self.order.path), "extensions": extensions}


@dataclass(kw_only=True, eq=False)
class Guest(Resource):
    noun = "Guest"
    place = "/v2.1/guests"

    def document(self) -> Json:
        emails = self.attributes.get("emails")
        return super().document() | ({"email": emails[0]} if emails else {})


@dataclass(kw_only=True, eq=False)
class Person(Resource):
    """A contact or a consumer of an order."""

    order: Order
    guest: Guest | None = None

    def document(self) -> Json:
        guest = {} if self.guest is None else {"guest": link(self.guest.path)}
        return super().document() | {"order": link(self.order.path)} | guest


@dataclass(kw_only=True, eq=False)
class Contact(Person):
    noun = "Order contact"
    place = "/v2.1/orderContacts"


@dataclass(kw_only=True, eq=False)
class Consumer(Person):
    noun = "Order consumer"
    place = "/v2.1/orderConsumers"

    items: list[Item] = field(default_factory=list)

    def document(self) -> Json:
        return super().document() | {"orderItems": link(f"{self.path}/orderItems")}


@dataclass(kw_only=True, eq=False)
class Extension(Resource):
    """The pairs of an order or an item are its attributes."""

    noun = "Data extension"
    place = ""

    owner: Order | Item

    @property
    def path(self) -> str:
        return f"{self.owner.path}/extensions/ext"

    @property
    def order(self) -> Order:
        return self.owner if isinstance(self.owner, Order) else self.owner.order

    def document(self) -> Json:
        relation = "order" if isinstance(self.owner, Order) else "orderItem"
        fixed = {"name": "ext", "key": "default", relation: link(self.owner.path)}
        return super().document() | fixed


def link(path: str) -> Json:
    return {"href": BASE + path}
