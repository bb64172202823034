"""What clients know of resources and of writes: the lines of a ledger."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from typing import Any

from msgspec import Struct, field
from tests.operations.examples import shown

from orderfolio.errors import Kind
from orderfolio.model.refs import Ref
from orderfolio.store.records import Document, Organisation

PEOPLE = (Kind.CONTACT, Kind.CONSUMER)
_TOKEN = re.compile(rb"w\d+w")


class Standing(Enum):
    """What is known of the write that bears a token."""

    ASKED = "asked"
    DONE = "done"
    UNKNOWN = "unknown"
    VOID = "void"


class Entry(Struct, eq=False):
    """A resource that somebody was told of. `removals` are under way; one that `may_be_gone`
    was in reach of a deletion whose outcome or extent nobody can tell."""

    organisation: Organisation
    kind: Kind
    ref: Ref
    parent: Entry | None
    versions: dict[int, bytes] = field(default_factory=dict)
    is_removed: bool = False
    may_be_gone: bool = False
    removals: int = 0
    # Of an order: writes of its people that are under way, or of unknown outcome.
    strangers: int = 0

    @property
    def version(self) -> int:
        """The latest that anybody was told of."""
        return max(self.versions, default=0)

    @property
    def is_gone(self) -> bool:
        return self.is_removed or (self.parent is not None and self.parent.is_gone)

    @property
    def is_certain(self) -> bool:
        """Whether it must be there."""
        if self.is_removed or self.may_be_gone or self.removals:
            return False
        return self.parent is None or self.parent.is_certain


class Write(Struct, eq=False):
    """A write that was asked for. `target` is what it changes, `parent` what it adds to;
    `sent` are the members, as clients spell them, that it may change."""

    organisation: Organisation
    words: str
    token: bytes
    target: Entry | None = None
    parent: Entry | None = None
    guarded: int | None = None
    sent: frozenset[str] | None = None
    removes: bool = False
    brings_people: bool = False
    is_basket: bool = False
    scope: bytes | None = None

    # What was known when it was asked for.
    before: Standing | None = None
    floor: int = 0
    was_gone: bool = False
    first_ref: Ref | None = None
    reach: list[Entry] = field(default_factory=list)
    is_shadowed: bool = False


Made = Sequence[tuple[Kind, Entry | None, Document]]
"""What a write made or changed: each of a kind and under a parent."""


def tokens_of(document: Document) -> set[bytes]:
    return set(_TOKEN.findall(document.body))


def difference(before: bytes, after: bytes) -> set[str]:
    """The members in which two documents differ, but for the time of the change."""
    one, other = (_members(body) for body in (before, after))
    return {
        name
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name) and name != "modifiedAt"
    }


def _members(body: bytes) -> dict[str, Any]:
    return shown(Document(Ref(b""), 0, body))
