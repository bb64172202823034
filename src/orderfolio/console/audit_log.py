"""Settings > Audit log: who changed what, the newest first."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from msgspec import Struct, structs
from starlette.responses import Response

from orderfolio.console import formats
from orderfolio.console.visits import Visit
from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.operations import audit
from orderfolio.operations.audit import Receipt
from orderfolio.store.queries import EntryQuery
from orderfolio.store.records import Entry, Gone

PATH: Final = "/console/settings/audit"
LIMIT: Final = 50
_PLACES: Final = {Kind.ORDER.value: "/console/orders", Kind.GUEST.value: "/console/guests"}


class Line(Struct, frozen=True):
    """An entry as it is shown. `place` is where what it touched can be looked at, as far as
    that has a page; `with_it` counts what went with a guest."""

    at: Instant
    entry: Entry
    place: str | None
    with_it: str


async def browse(visit: Visit) -> Response:
    wanted = visit.query.get("ref", "").strip()
    about = refs.parse(wanted)
    before = refs.parse(visit.query.get("before", ""))
    query = EntryQuery(limit=LIMIT, about=about, before=before)
    if wanted and about is None:
        found, more = [], None
    else:
        page = await visit.store.read(audit.browse, visit.organisation, query)
        found, more = [_line(entry) for entry in page.entries], page.more
    return visit.show(
        "audit_log.html",
        wanted=wanted,
        lines=found,
        is_first=before is None,
        newest=_address(wanted, None),
        older=None if more is None else _address(wanted, more),
    )


def counted(gone: Gone) -> str:
    """What went, in words: `1 order, 2 items`."""
    nouns = ((name.removesuffix("s"), count) for name, count in structs.asdict(gone).items())
    return ", ".join(formats.plural(count, noun) for noun, count in nouns)


def address_of(receipt: Receipt) -> str:
    """Where the log tells of a guest that is gone, with the refs of all that went with it."""
    return _address(refs.spell(receipt.guest_ref), None)


def _line(entry: Entry) -> Line:
    place = _PLACES.get(entry.noun)
    is_there = place is not None and entry.touched is not None and entry.version is not None
    return Line(
        at=Instant(refs.milliseconds_of(entry.ref) * 1000),
        entry=entry,
        place=f"{place}/{refs.spell(entry.touched)}" if is_there and entry.touched else None,
        with_it="" if entry.gone is None else counted(entry.gone),
    )


def _address(wanted: str, before: Ref | None) -> str:
    query = {"ref": wanted, "before": "" if before is None else refs.spell(before)}
    kept = urlencode({name: value for name, value in query.items() if value})
    return f"{PATH}?{kept}" if kept else PATH
