"""Query strings: which parameters an operation takes, and what they mean.

Each reader takes the raw query and raises Misread with all that is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from orderfolio.model import guests, refs
from orderfolio.operations.orders import Relation
from orderfolio.store.queries import GuestQuery, OrderQuery
from orderfolio.wire.flaws import Flaws, Wrong, wrong
from orderfolio.wire.reading.hints import nearest
from orderfolio.wire.reading.values import NAME_LENGTH

# The furthest offset that is counted to; what lies beyond is as empty.
OFFSET_MAXIMUM: Final = 10**18
LIMIT_DEFAULT: Final = 10
LIMIT_MAXIMUM: Final = 100
STRICT_LIMIT_MINIMUM: Final = 10
_REPEATED_BYTES: Final = 64
_OF_ONE_PART: Final = ("offset", "limit", "after")

Reader = Callable[[str], Any]
Readers = Mapping[str, Reader]


class Paging(Struct, frozen=True):
    """Which part of a list was asked for: `limit` as it is served, `after` as it came.

    `whole` asks for resources rather than for links to them. `asked` are all parameters of
    the request as links repeat them; `kept` are those of other parts of the list, which have
    offsets, limits and cursors of their own.
    """

    offset: int
    limit: int
    whole: bool
    after: str | None
    asked: str
    kept: str


def read_none(raw: bytes) -> None:
    """For an operation that takes no parameters."""
    if raw:
        _read(raw, {}).flaws.check("query")


def read_paging(raw: bytes, *, strict: bool) -> Paging:
    query = _read(raw, _PAGING)
    paging = _paging(query, strict=strict)
    query.flaws.check("query")
    return paging


def read_orders(raw: bytes, *, strict: bool) -> tuple[OrderQuery | None, Paging]:
    """None where no order can be listed: those of a guest whose ref is malformed."""
    # Clients ask for the same pages again and again; what they ask for of one order's or one
    # guest's, and behind cursors, is longer, and each time something else.
    if len(raw) > _REPEATED_BYTES:
        return _read_orders(raw, strict=strict)
    return _read_orders_once(raw, strict=strict)


def _read_orders(raw: bytes, *, strict: bool) -> tuple[OrderQuery | None, Paging]:
    query = _read(raw, _ORDERS)
    values, flaws = query.values, query.flaws
    sort = values.get("sort", _SORTS["created"])
    if "referenceId" in query.names and "guestRef" in query.names:
        flaws.add("guestRef", "can't be sent with referenceId", "Send one of them.")
    if "guestRef" not in query.names and sort.by_ordered_at:
        flaws.add("sort", "can be orderedAt only with guestRef", "Sort by created here.")
    if strict and query.names.isdisjoint(("referenceId", "guestRef")):
        flaws.add(
            "referenceId",
            "is required in strict mode, or guestRef",
            "Say whose orders, or which, are to be listed.",
            "strict-mode",
        )
    paging = _paging(query, strict=strict)
    flaws.check("query")
    if "guestRef" in values and values["guestRef"] is None:
        return None, paging
    listed = OrderQuery(
        reference_id=values.get("referenceId"),
        guest_ref=values.get("guestRef"),
        by_ordered_at=sort.by_ordered_at,
        descending=sort.descending,
    )
    return listed, paging


_read_orders_once = lru_cache(256)(_read_orders)


def read_guests(raw: bytes, *, strict: bool) -> tuple[GuestQuery | None, Paging]:
    """None where no guest can be listed: the one whose ref is malformed."""
    query = _read(raw, _GUESTS)
    values = query.values
    for name, other in (_IDENTIFIER, _IDENTIFIER[::-1]):
        if name in query.names and other not in query.names:
            query.flaws.add(other, f"is required with {name}", "Send both, of one identifier.")
    paging = _paging(query, strict=strict)
    query.flaws.check("query")
    if "guestRef" in values and values["guestRef"] is None:
        return None, paging
    provider, id_ = (values.get(name) for name in _IDENTIFIER)
    found = GuestQuery(
        guest_ref=values.get("guestRef"),
        email=values.get("email"),
        first_name=values.get("firstName"),
        last_name=values.get("lastName"),
        phone_number=values.get("phoneNumber"),
        guest_type=values.get("guestType"),
        identifier=None if provider is None or id_ is None else (provider, id_),
    )
    return found, paging


def read_relations(raw: bytes) -> frozenset[Relation]:
    """The relations of one order that are to be opened."""
    if not raw:
        return frozenset()
    query = _read(raw, {"expand": _relations})
    query.flaws.check("query")
    opened: frozenset[Relation] = query.values.get("expand", frozenset())
    return opened


def read_keys(raw: bytes) -> list[str] | None:
    """The keys of a data extension that are named; None where the query names none."""
    query = _read(raw, {"name": _keys}, repeatable=("name",))
    query.flaws.check("query")
    keys: list[list[str]] | None = query.values.get("name")
    return None if keys is None else [key for several in keys for key in several]


class _Sort(Struct, frozen=True):
    by_ordered_at: bool
    descending: bool


class _Query:
    """A query once it is read: `values` of what is right, `names` of all that was sent."""

    __slots__ = ("asked", "flaws", "names", "values")

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.flaws = Flaws()
        self.names: set[str] = set()
        self.values: dict[str, Any] = {}


def _read(raw: bytes, readers: Readers, repeatable: Collection[str] = ()) -> _Query:
    query = _Query()
    for part in raw.split(b"&"):
        if not part:
            continue
        left, _, right = part.partition(b"=")
        try:
            name = _decoded(left)
        except Wrong as bad:
            query.flaws.extend("query", bad)
            continue
        try:
            _take(query, name, right, readers, repeatable)
        except Wrong as bad:
            query.flaws.extend(name, bad)
    return query


def _take(
    query: _Query, name: str, raw: bytes, readers: Readers, repeatable: Collection[str]
) -> None:
    reader = readers.get(name)
    if reader is None:
        remedy = "" if query.flaws.is_full else _on_unknown(name, readers)
        raise wrong("is not a parameter of this operation", remedy, "unknown-parameter")
    if name in query.names and name not in repeatable:
        raise wrong("is given twice", "Give each parameter once.", "unknown-parameter")
    query.names.add(name)
    text = _decoded(raw)
    query.asked.append((name, text))
    value = reader(text)
    if name in repeatable:
        query.values.setdefault(name, []).append(value)
    else:
        query.values[name] = value


_BROKEN: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _decoded(raw: bytes) -> str:
    if raw.isalnum():
        return raw.decode("ascii")
    if _BROKEN.search(raw) is not None:
        raise wrong("has a % that encodes nothing", "Send % itself as %25.")
    try:
        text = unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise wrong("is not UTF-8", "Percent-encode text in UTF-8.") from None
    if "\0" in text:
        raise wrong("holds U+0000", "Send text without U+0000.")
    return text


def _on_unknown(name: str, readers: Readers) -> str:
    if not readers:
        return "This operation takes no parameters."
    near = nearest(name, readers)
    if near:
        return f"Did you mean {near}?"
    return f"The parameters of this operation are {', '.join(readers)}."


def _paging(query: _Query, *, strict: bool) -> Paging:
    values = query.values
    limit = values.get("limit", LIMIT_DEFAULT)
    if strict and not STRICT_LIMIT_MINIMUM <= limit <= LIMIT_MAXIMUM:
        query.flaws.add(
            "limit",
            f"must be from {STRICT_LIMIT_MINIMUM} to {LIMIT_MAXIMUM}",
            f"Send {STRICT_LIMIT_MINIMUM} to {LIMIT_MAXIMUM}; outside strict mode 1 would do.",
            "strict-mode",
        )
    return Paging(
        offset=values.get("offset", 0),
        limit=min(limit, LIMIT_MAXIMUM),
        whole=values.get("expand", False),
        after=values.get("after"),
        asked=_spelled(query.asked),
        kept=_spelled([pair for pair in query.asked if pair[0] not in _OF_ONE_PART]),
    )


def _spelled(parameters: Sequence[tuple[str, str]]) -> str:
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in parameters])


def _quoted(text: str) -> str:
    # Most are words and numbers, which stand for themselves; seeing that takes a tenth of
    # what quoting does.
    return text if text.isascii() and text.isalnum() else quote(text, safe=":,")


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise wrong("must be a whole number", "Send digits only.")
    # The digits are bounded before they are read: reading them takes quadratic time.
    digits = text.lstrip("0") or "0"
    return OFFSET_MAXIMUM if len(digits) > 18 else int(digits)


def _limit(text: str) -> int:
    limit = _whole_number(text)
    if limit == 0:
        raise wrong("may not be 0", f"Send 1 to {LIMIT_MAXIMUM}.")
    return limit


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise wrong("must be true or false", "Send true for whole resources.")
    return text == "true"


def _sort(text: str) -> _Sort:
    found = _SORTS.get(text)
    if found is None:
        raise wrong(
            "is not an order in which orders are listed",
            "Send created or orderedAt, with ::ASC or ::DESC behind it if you like.",
        )
    return found


def _sought(text: str) -> str:
    """A value that some resource could have: nothing else is found, or meant."""
    if not 1 <= len(text) <= NAME_LENGTH:
        raise wrong(f"must have 1 to {NAME_LENGTH} characters", "Send the whole value to look for.")
    return text


def _guest_type(text: str) -> str:
    if text not in guests.GUEST_TYPES:
        raise wrong("is not a type of guest", f"Send one of {', '.join(guests.GUEST_TYPES)}.")
    return text


def _relations(text: str) -> frozenset[Relation]:
    if text in ("true", "false"):
        return frozenset(Relation) if text == "true" else frozenset()
    names = text.split(",")
    if not _RELATIONS.keys() >= set(names):
        raise wrong(
            "names what can't be opened",
            f"Send true, or some of {', '.join(_RELATIONS)} with commas between.",
        )
    return frozenset(_RELATIONS[name] for name in names)


def _keys(text: str) -> list[str]:
    # The guide joins names with "|" in its words and with "," in its sample; clients may
    # have copied either.
    keys = [key for key in re.split(r"[|,]", text) if key]
    if not keys:
        raise wrong("names no key", "Send name=key, or leave name out to remove all pairs.")
    return keys


_SORTS: Final = {
    field + direction: _Sort(field == "orderedAt", direction == "::DESC")
    for field in ("created", "orderedAt")
    for direction in ("", "::ASC", "::DESC")
}
_RELATIONS: Final = {
    "orderItems": Relation.ITEMS,
    "contacts": Relation.CONTACTS,
    "consumers": Relation.CONSUMERS,
    "extensions": Relation.EXTENSIONS,
}
_IDENTIFIER: Final = ("identifiers.provider", "identifiers.id")
_PAGING: Final[Readers] = {
    "offset": _whole_number,
    "limit": _limit,
    "expand": _flag,
    "after": str,
}
_ORDERS: Final[Readers] = {
    "referenceId": _sought,
    "guestRef": refs.parse,
    "sort": _sort,
    **_PAGING,
}
_GUESTS: Final[Readers] = {
    "guestRef": refs.parse,
    "email": _sought,
    "firstName": _sought,
    "lastName": _sought,
    "phoneNumber": _sought,
    "guestType": _guest_type,
    **dict.fromkeys(_IDENTIFIER, _sought),
    **_PAGING,
}
