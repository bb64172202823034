"""Stored documents read back for the pages: what a client said, and where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct
from msgspec.json import Decoder

from orderfolio.model import instants, refs
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.orders import Order
from orderfolio.model.people import Person
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Documents
from orderfolio.store.records import BASE, Document

Noun = TypeVar("Noun")


class Reading(Struct, Generic[Noun], frozen=True, kw_only=True):
    """A resource as a page shows it. `path` is where the API has it, `text` its JSON with
    BASE where an address begins; `guest` is the guest that a person is."""

    ref: str
    path: str
    created_at: Instant
    modified_at: Instant
    guest: str | None
    what: Noun
    body: bytes

    def json(self, base: str) -> str:
        """What the API answers with at this address."""
        return self.body.replace(BASE, base.encode()).decode()


class _Link(Struct):
    href: str


class _Head(Struct, rename="camel"):
    href: str
    created_at: str
    modified_at: str
    guest: _Link | None = None


_HEAD = Decoder(_Head).decode


def order(documents: Documents, document: Document) -> Reading[Order]:
    return _read(documents.read_order, document)


def item(documents: Documents, document: Document) -> Reading[Item]:
    return _read(documents.read_item, document)


def person(documents: Documents, document: Document) -> Reading[Person]:
    return _read(documents.read_person, document)


def guest(documents: Documents, document: Document) -> Reading[Guest]:
    return _read(documents.read_guest, document)


def _read(decode: Callable[[bytes], Noun], document: Document) -> Reading[Noun]:
    head = _HEAD(document.body.replace(BASE, b""))
    linked = None if head.guest is None else head.guest.href.rpartition("/")[2]
    return Reading(
        ref=refs.spell(document.ref),
        path=head.href,
        created_at=_instant(head.created_at, document.ref),
        modified_at=_instant(head.modified_at, document.ref),
        guest=linked,
        what=decode(document.body),
        body=document.body,
    )


def _instant(text: str, ref: Ref) -> Instant:
    return instants.parse(text) or Instant(refs.milliseconds_of(ref) * 1000)
