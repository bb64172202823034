"""What can be asked of a list, and the page that answers it. Engines are in `contract`."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.records import Document, Entry


class Cursor(Struct, frozen=True):
    """Where a page ended: its last ref, and that order's `ordered_at` where the list is
    sorted by it."""

    ref: Ref
    ordered_at: Instant | None = None


class Window(Struct, frozen=True, kw_only=True):
    """Which part of a list: `limit` resources after `after`, or, without it, after the
    first `offset`. `whole` asks for the documents, not only the refs; `joined` for all of them
    in one piece, where a list has them so."""

    offset: int = 0
    limit: int = 10
    after: Cursor | None = None
    whole: bool = False
    joined: bool = False


class Page(Struct, frozen=True, kw_only=True):
    """Part of a list as it stood in one snapshot.

    `total` is the exact size of the whole list; `more` is where the next page begins, None
    on the last one. `joined` are the documents with commas between, in place of `documents`,
    which are empty then.
    """

    documents: Sequence[Document]
    total: int
    more: Cursor | None
    joined: bytes | None = None


class OrderQuery(Struct, frozen=True, kw_only=True):
    """Orders of one `reference_id`, or whose contact is `guest_ref`, or of `status` and
    `channel` (either alone, or both), or all.

    Sorted by ref, which is creation; or by (`ordered_at`, ref), which only a guest's orders
    can be. `descending` is the exact reverse. An offset among the orders of a status or a
    channel is walked to: such lists are for cursors.
    """

    reference_id: str | None = None
    guest_ref: Ref | None = None
    status: str | None = None
    channel: str | None = None
    by_ordered_at: bool = False
    descending: bool = False

    def __post_init__(self) -> None:
        conditions = (self.reference_id, self.guest_ref, self.status or self.channel)
        if sum(condition is not None for condition in conditions) > 1:
            raise ValueError("orders are listed by reference, by guest or by part")


class GuestQuery(Struct, frozen=True, kw_only=True):
    """Guests for which all given conditions hold, in the order of refs, which is creation;
    `descending` is the exact reverse.

    `email` (any of the guest's), `first_name` and `last_name` compare in Unicode lower
    case, the rest exactly. `identifier` is (provider, id).
    """

    guest_ref: Ref | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_number: str | None = None
    guest_type: str | None = None
    identifier: tuple[str, str] | None = None
    descending: bool = False


class EntryQuery(Struct, frozen=True, kw_only=True):
    """At most `limit` entries of an audit log, the newest first: older than `before`, not
    older than `since`, and about `about`: what they touched, its order or its guest. For
    those, at most `looked` entries are looked through."""

    limit: int
    before: Ref | None = None
    since: Ref | None = None
    about: Ref | None = None
    looked: int = 20_000


class Entries(Struct, frozen=True, kw_only=True):
    """Part of an audit log; `more` is what to ask for as `before`, None at the end. Where it
    was looked for something, there may be more and nothing here."""

    entries: Sequence[Entry]
    more: Ref | None
