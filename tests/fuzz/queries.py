"""Query strings and cursors: understood, or refused by name; and a cursor is never made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.queries import Cursor
from orderfolio.store.records import Organisation
from orderfolio.wire import cursors, queries
from orderfolio.wire.flaws import Misread
from orderfolio.wire.queries import Paging

_KEY: Final = bytes(range(32))
_ORGANISATION: Final = Organisation(7)
# What eight signed bytes of microseconds can't hold, no instant is.
_INSTANT_BYTES: Final = 7

READERS: Final[tuple[Callable[[bytes], object], ...]] = (
    queries.read_none,
    lambda raw: queries.read_paging(raw, strict=False),
    lambda raw: queries.read_orders(raw, strict=False)[1],
    lambda raw: queries.read_orders(raw, strict=True)[1],
    lambda raw: queries.read_guests(raw, strict=False)[1],
    queries.read_relations,
    queries.read_keys,
)


def reading(data: bytes) -> None:
    """The first byte picks the operation."""
    if not data:
        return
    try:
        found = READERS[data[0] % len(READERS)](data[1:])
    except Misread as refusal:
        _look_at(refusal)
        return
    if isinstance(found, Paging):
        assert 1 <= found.limit <= queries.LIMIT_MAXIMUM
        assert 0 <= found.offset <= queries.OFFSET_MAXIMUM


def _look_at(refusal: Misread) -> None:
    """It names what is wrong, in text that can be sent."""
    assert refusal.flaws
    for flaw in refusal.flaws:
        assert flaw.field.encode()
        assert flaw.problem.encode()


def unsealing(data: bytes) -> None:
    """What nobody sealed is no cursor; what was sealed is, and not for another list."""
    text = data.decode("latin-1")
    assert cursors.unseal(text, _KEY, _ORGANISATION, "list") is None
    ref = Ref(data[:16].ljust(16, b"\0"))
    instant = Instant(int.from_bytes(data[16 : 16 + _INSTANT_BYTES], "big", signed=True))
    for cursor in (Cursor(ref), Cursor(ref, instant)):
        sealed = cursors.seal(cursor, _KEY, _ORGANISATION, text)
        assert cursors.unseal(sealed, _KEY, _ORGANISATION, text) == cursor
        assert cursors.unseal(sealed, _KEY, _ORGANISATION, text + "x") is None
        assert cursors.unseal(sealed, _KEY, Organisation(8), text) is None
