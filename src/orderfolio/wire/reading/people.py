"""Contacts and consumers, as a client sends them, and what they are linked to."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET, UnsetType

from orderfolio.errors import Flaw, Kind
from orderfolio.model import people, refs
from orderfolio.model.changes import Changes
from orderfolio.model.instants import Instant
from orderfolio.model.people import Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.wire import links
from orderfolio.wire.flaws import LIMIT, Wrong, wrong
from orderfolio.wire.reading.attributes import Attribute, Mode, Table, read, refuse_unfit
from orderfolio.wire.reading.values import (
    NAME_LENGTH,
    at,
    day,
    identifiers,
    letters,
    one_of,
    reject,
    text,
    texts,
)

ATTRIBUTES: Final = (
    Attribute("title", "title", text()),
    Attribute("firstName", "first_name", text(1, NAME_LENGTH)),
    Attribute("lastName", "last_name", text(1, NAME_LENGTH)),
    Attribute("gender", "gender", one_of(people.GENDERS)),
    Attribute("dateOfBirth", "date_of_birth", day, past=True),
    Attribute("nationality", "nationality", text()),
    Attribute("passportNumber", "passport_number", text()),
    Attribute("passportExpiry", "passport_expiry", day),
    Attribute("emails", "emails", texts(1, NAME_LENGTH)),
    Attribute("phoneNumbers", "phone_numbers", texts(1, NAME_LENGTH)),
    Attribute("street", "street", texts()),
    Attribute("city", "city", text()),
    Attribute("state", "state", text()),
    Attribute("postCode", "post_code", text()),
    Attribute("country", "country", letters(2, "IE")),
    Attribute("identifiers", "identifiers", identifiers),
)
_TABLES: Final = {
    Role.CONTACT: Table("an order contact", ATTRIBUTES, links=("order",)),
    Role.CONSUMER: Table("an order consumer", ATTRIBUTES, links=("order",)),
}
_read_email: Final = text(1, NAME_LENGTH)


def read_new(
    body: dict[str, object], role: Role, strict: bool, now: Instant
) -> tuple[Person, Links]:
    """Raises Misread."""
    values, found = _read(body, role, Mode.CREATE, None, strict=strict, now=now)
    return Person(**values), found


def read_changes(
    body: dict[str, object], role: Role, ref: Ref, replacing: bool, strict: bool, now: Instant
) -> tuple[Changes, Links]:
    """A PATCH of `email` without `emails` leaves `email` among the changes, for whoever
    knows the stored ones to merge by `people.with_email_changed`. Raises Misread."""
    return _read(body, role, Mode.of(replacing=replacing), ref, strict=strict, now=now)


class Emails:
    """The attribute `email`, which is no field of its own: the first of `emails`."""

    __slots__ = ("_email",)

    def __init__(self) -> None:
        self._email: str | UnsetType | None = UNSET

    def take(self, value: object) -> None:
        self._email = None if value is None else _read_email(value)

    def fold_into(self, values: Changes, mode: Mode) -> None:
        """Put it first of the `emails` among `values`; on PATCH, leave it beside those that
        aren't there."""
        email = self._email
        if email is UNSET:
            return
        if mode is Mode.AMEND and "emails" not in values:
            values["email"] = email
        elif email is not None:
            values["emails"] = people.with_email(values.get("emails"), email)


def _read(
    body: dict[str, object], role: Role, mode: Mode, ref: Ref | None, *, strict: bool, now: Instant
) -> tuple[Changes, Links]:
    emails = Emails()
    guest: Ref | UnsetType | None = UNSET
    consumed: tuple[Ref, ...] | UnsetType = UNSET

    def other(name: str, value: object) -> bool:
        nonlocal guest, consumed
        if strict and name in ("email", "guest"):
            raise wrong(
                f"can't be sent to {_TABLES[role].noun} in strict mode",
                _STRICT[name],
                "strict-mode",
            )
        if name == "email":
            emails.take(value)
        elif name == "guest":
            if value is not None:
                guest = _link(value, Kind.GUEST)
            elif mode is not Mode.CREATE:
                guest = None
        elif name == "orderItems" and role is Role.CONSUMER:
            if value is not None:
                consumed = _items(value)
            elif mode is Mode.AMEND:
                consumed = ()
        else:
            return False
        return True

    values = read(_TABLES[role], body, mode, ref=ref, now=now, other=other)
    emails.fold_into(values, mode)
    return values, Links(guest=guest, items=consumed)


_STRICT: Final = {
    "email": 'Send it as the first of "emails".',
    "guest": "Leave it out: guests are found by emails and identifiers.",
}
_LINK: Final = {
    Kind.GUEST: 'Send {"href": "…/v2.1/guests/{guestRef}"}.',
    Kind.ITEM: (
        'Send {"href": "…/v2.1/orderItems/{orderItemRef}"} or {"ref": "{orderItemRef}"}.'
        " Items are created at POST /v2.1/orders/{orderRef}/orderItems."
    ),
}


def _link(value: object, kind: Kind) -> Ref:
    """The ref of what is linked to, by its address, its ref or both."""
    if type(value) is not dict:
        reject(value, "must be a link", _LINK[kind])
    unknown = [
        Flaw(f".{name}", "is not part of a link", _LINK[kind], "unknown-attribute")
        for name in list(value)[:LIMIT]
        if name not in ("href", "ref")
    ]
    if unknown:
        raise Wrong(*unknown)
    found = [
        _ref(part, kind, is_address=name == "href")
        for name, part in value.items()
        if part is not None
    ]
    if not found:
        raise wrong("must be a link", _LINK[kind])
    if found[0] != found[-1]:
        raise wrong("has an href and a ref that differ", _LINK[kind])
    return found[0]


def _ref(value: object, kind: Kind, *, is_address: bool) -> Ref:
    if type(value) is str:
        found = links.parse(kind, value) if is_address else refs.parse(value)
        if found is not None:
            return found
    return reject(value, f"leads to no {kind.value}", _LINK[kind])


_COLLECTION: Final = frozenset(("href", "offset", "limit", "first", "last", "next", "items"))
_ITEMS: Final = 'Send {"items": [{"href": "…"}]}, with all the items that the consumer consumes.'


def _items(value: object) -> tuple[Ref, ...] | UnsetType:
    """The refs in a collection of links; UNSET for the link as it is read."""
    if type(value) is not dict:
        reject(value, "must be a link or a collection of links", _ITEMS)
    flaws = [
        Flaw(f".{name}", "is not part of a collection", _ITEMS, "unknown-attribute")
        for name in list(value)[:LIMIT]
        if name not in _COLLECTION
    ]
    if flaws:
        raise Wrong(*flaws)
    refuse_unfit({name: part for name, part in value.items() if name != "items"})
    if "items" not in value:
        if type(value.get("href")) is str:
            return UNSET
        raise wrong("must be a link or a collection of links", _ITEMS)
    entries = value["items"]
    if type(entries) is not list:
        try:
            reject(entries, "must be an array of links", _ITEMS)
        except Wrong as bad:
            raise Wrong(*at(".items", bad)) from None
    found: list[Ref] = []
    for position, entry in enumerate(entries):
        try:
            found.append(_link(entry, Kind.ITEM))
        except Wrong as bad:
            flaws += at(f".items[{position}]", bad)
            if len(flaws) > LIMIT:
                break
    if flaws:
        raise Wrong(*flaws)
    return tuple(found)
