"""Rows as the program sees them: keys beside what a client said.

The store keeps each as the JSON that a client is sent, with columns for what is looked up.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NewType

from msgspec import Struct

from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Person, Role
from orderfolio.model.refs import Ref

Organisation = NewType("Organisation", int)

# Stands in stored documents for the server's address: links are absolute, and the address
# belongs to the request. JSON can't hold this byte unescaped, so it is never data.
BASE: Final = b"\x1f"


class Document(Struct, frozen=True):
    """A resource as a client is sent it, but for BASE, and the version that makes its tag.

    Lists that weren't asked for whole resources leave `body` empty.
    """

    ref: Ref
    version: int
    body: bytes


class OrderRow(Struct, frozen=True, kw_only=True):
    organisation: Organisation
    ref: Ref
    version: int
    created_at: Instant
    modified_at: Instant
    order: Order


class ItemRow(Struct, frozen=True, kw_only=True):
    """`consumers` counts the consumers linked to it; `item.quantity` is as it was given."""

    organisation: Organisation
    ref: Ref
    version: int
    created_at: Instant
    modified_at: Instant
    order_ref: Ref
    consumers: int
    item: Item


class PersonRow(Struct, frozen=True, kw_only=True):
    """A contact or a consumer. `ordered_at` is its order's, by which a guest's orders sort."""

    organisation: Organisation
    ref: Ref
    version: int
    created_at: Instant
    modified_at: Instant
    order_ref: Ref
    ordered_at: Instant
    role: Role
    guest_ref: Ref | None
    person: Person


class Involvement(Struct, frozen=True, kw_only=True):
    """An order in which a guest has a role; the order is whole. `since` is when the first
    contact or consumer that says so was created."""

    order: Document
    ordered_at: Instant
    since: Instant


class GuestRow(Struct, frozen=True, kw_only=True):
    organisation: Organisation
    ref: Ref
    version: int
    created_at: Instant
    modified_at: Instant
    guest: Guest


class ExtensionRow(Struct, frozen=True, kw_only=True):
    """`order_ref` is the order at the top: the owner itself, or the owner's."""

    organisation: Organisation
    ref: Ref
    version: int
    created_at: Instant
    modified_at: Instant
    owner: Owner
    owner_ref: Ref
    order_ref: Ref
    pairs: Pairs


class Credential(Struct, frozen=True, kw_only=True):
    """`token_digest` is the SHA-256 of the API token; the token itself is kept nowhere.
    `last_used_at` lags behind by a minute at most; None is never."""

    client_key: str
    organisation: Organisation
    token_digest: bytes
    read_only: bool
    created_at: Instant
    last_used_at: Instant | None = None


class User(Struct, frozen=True, kw_only=True):
    """A console user. `password_hash` is argon2's own notation: salt and costs are in it."""

    name: str
    organisation: Organisation
    password_hash: str
    read_only: bool
    created_at: Instant


class OrganisationRow(Struct, frozen=True, kw_only=True):
    organisation: Organisation
    name: str
    created_at: Instant


# Whose audit log has what happened to organisations that are gone.
NOBODY: Final = Organisation(0)


class Actor(Enum):
    """What kind of hand changes something: a client's, a console user's, that of whoever runs
    a command, or the server's own."""

    CLIENT = "client"
    USER = "user"
    COMMAND = "command"
    SERVER = "server"


class Change(Enum):
    """What happened to a resource."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class By(Struct, frozen=True, kw_only=True):
    """Who acts, and doing what. `name` is a client key or a console user's name, empty for
    the others; `operation` is the API's name for it, or a noun and a verb of `operations`;
    `request_id` is empty where there is no request."""

    actor: Actor
    name: str = ""
    operation: str = ""
    request_id: str = ""


class Gone(Struct, frozen=True, kw_only=True):
    """How much was deleted with a guest, wherever it stood."""

    orders: int = 0
    items: int = 0
    contacts: int = 0
    consumers: int = 0
    extensions: int = 0

    def __add__(self, other: Gone) -> Gone:
        return Gone(
            orders=self.orders + other.orders,
            items=self.items + other.items,
            contacts=self.contacts + other.contacts,
            consumers=self.consumers + other.consumers,
            extensions=self.extensions + other.extensions,
        )


class Entry(Struct, frozen=True, kw_only=True):
    """What an operation did to one resource.

    `ref` is the entry's own, and tells when. `touched` is the resource, `called` the name of
    what has no ref. `order_ref` is the order above it, or in which a guest was seen;
    `guest_ref` the guest that a person is, or with whom something was deleted. `version` is
    the new one, None of what was deleted or has none. `gone` makes it the receipt of a guest's
    deletion.
    """

    organisation: Organisation
    ref: Ref
    by: By
    change: Change
    noun: str
    touched: Ref | None = None
    called: str | None = None
    order_ref: Ref | None = None
    guest_ref: Ref | None = None
    version: int | None = None
    gone: Gone | None = None


class Preview(Struct, frozen=True, kw_only=True):
    """How much would go with a guest: orders with all that is under them, and the guest's
    contacts and consumers in orders that would stay."""

    orders: int
    contacts: int
    consumers: int


class Refused(Struct, frozen=True, kw_only=True):
    """How often an operation was refused with an error of this code; `operation` is empty
    where the request named none."""

    code: str
    operation: str
    count: int


class KeptAnswer(Struct, frozen=True, kw_only=True):
    """What a POST with an idempotency key was answered.

    `scope` digests organisation, method, address and key; `request` the body that came.
    `order_ref` and `guest_ref` name whose data the body holds, so that deleting a guest can
    find it; `document` is None once that has happened.
    """

    organisation: Organisation
    scope: bytes
    request: bytes
    created_at: Instant
    ref: Ref
    order_ref: Ref | None
    guest_ref: Ref | None
    document: Document | None


class Problem(Struct, frozen=True):
    """What is wrong with the data, in words without anybody's data: where, as far as it has a
    place, and what."""

    organisation: int | None
    noun: str
    ref: str | None
    text: str
