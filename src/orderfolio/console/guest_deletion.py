"""Settings > Manage guests: deleting one, with what goes with it said before."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from starlette.responses import Response

from orderfolio.console import audit_log, formats, guests as listing, paging, readings, searches
from orderfolio.console.readings import Reading
from orderfolio.console.visits import Visit
from orderfolio.errors import Kind
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.guests import Guest
from orderfolio.model.refs import Ref
from orderfolio.operations import audit, deletions, guests
from orderfolio.operations.audit import Receipt
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Document, Organisation, Preview

PATH: Final = "/console/settings/guests"


class Shown(Struct, frozen=True):
    """A receipt as it is shown: what it counts, in words, and where the log tells more."""

    receipt: Receipt
    counted: str
    log: str


async def browse(visit: Visit) -> Response:
    text = visit.query.get("search", "").strip()
    window = paging.read(visit.query)
    meanings = searches.of_guests(text, None)
    wanted = visit.query.get("by", "")
    found = await visit.store.read(listing.search, visit.organisation, meanings, wanted, window)
    asked = {"search": text, "by": found.shown.key if text else ""}
    return visit.show(
        "manage_guests.html",
        search=text,
        asked=asked,
        found=found,
        guests=[readings.guest(visit.documents, one) for one in found.page.documents],
        pager=paging.pager(PATH, asked, window, found.page, "guest"),
        receipt=await _receipt(visit),
    )


async def ask_remove(visit: Visit) -> Response:
    document, gone = await visit.store.read(_look, visit.organisation, visit.ref(Kind.GUEST))
    guest: Reading[Guest] = readings.guest(visit.documents, document)
    orders, contacts, consumers = (
        formats.plural(count, noun)
        for count, noun in (
            (gone.orders, "order"),
            (gone.contacts, "contact"),
            (gone.consumers, "consumer"),
        )
    )
    return visit.ask(
        title=f"Delete {_name(guest.what)}?",
        consequences=(
            f"The guest {guest.ref} is deleted, with its identifiers and all that is known of it.",
            f"Deleted with it: {orders} without another guest as contact, and all under them.",
            f"Deleted from other orders: {contacts} and {consumers}.",
            "From that moment on nothing of it can be read. It can't be brought back.",
        ),
        action=f"{listing.PATH}/{guest.ref}/delete",
        fields={},
        button="Delete the guest",
        back=f"{listing.PATH}/{guest.ref}",
    )


async def remove(visit: Visit) -> Response:
    ref = visit.ref(Kind.GUEST)
    request = await visit.store.transact(guests.remove, visit.organisation, ref, UNGUARDED)
    return visit.go(PATH, deleted=refs.spell(ref), request=refs.spell(request))


async def _receipt(visit: Visit) -> Shown | None:
    """What was deleted just now, where the address tells of it."""
    ref = refs.parse(visit.query.get("deleted", ""))
    request = refs.parse(visit.query.get("request", ""))
    if ref is None or request is None:
        return None
    found = await visit.store.read(audit.find_receipt, visit.organisation, ref, request)
    if found is None:
        return None
    return Shown(found, audit_log.counted(found.gone), audit_log.address_of(found))


async def _look(tx: Transaction, organisation: Organisation, ref: Ref) -> tuple[Document, Preview]:
    """The guest, and what would go with it."""
    guest = await guests.fetch(tx, organisation, ref)
    return guest, await deletions.preview(tx, organisation, ref)


def _name(guest: Guest) -> str:
    return " ".join(filter(None, (guest.first_name, guest.last_name))) or "this anonymous guest"
