"""Guests as rows, found by their marks, and searched for."""

from __future__ import annotations

from collections.abc import Sequence

from orderfolio.model import refs
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark, mark_of_identifier
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws
from orderfolio.store.queries import Cursor, GuestQuery, Page, Window
from orderfolio.store.records import Document, GuestRow, Organisation
from orderfolio.store.tables import pages, tallies
from orderfolio.store.tables.claims import Claims
from orderfolio.store.tables.guest_keys import GuestKeys
from orderfolio.store.tables.tallies import Tallies


class Guests:
    def __init__(
        self, connection: Connection, documents: Documents, draws: Draws, claims: Claims
    ) -> None:
        self._connection = connection
        self._documents = documents
        self._draws = draws
        self._claims = claims
        self._keys = GuestKeys(connection, draws)
        self._tallies = Tallies(connection)

    async def document(self, organisation: Organisation, ref: Ref) -> Document | None:
        rows = await self._connection.rows("guests_document", _key(organisation, ref))
        return Document(ref, *rows[0]) if rows else None

    async def find(self, organisation: Organisation, ref: Ref) -> GuestRow | None:
        return await self._find("guests_find", organisation, ref)

    async def find_for_update(self, organisation: Organisation, ref: Ref) -> GuestRow | None:
        return await self._find("guests_find_for_update", organisation, ref)

    async def claim(self, organisation: Organisation, marks: Sequence[Mark]) -> Ref:
        # In one order everywhere, so that no two writers wait for each other.
        for shard in sorted({self._draws.shard_of_mark(organisation, mark) for mark in marks}):
            await self._claims.mark(shard)
        if not marks:
            return self._draws.new_ref(self._draws.any_shard())
        return self._draws.new_ref(self._draws.shard_of_mark(organisation, marks[0]))

    async def first_with(
        self, organisation: Organisation, marks: Sequence[Mark], now: Instant
    ) -> Ref | None:
        found = []
        for mark in dict.fromkeys(marks):
            values = {**self._mark(organisation, mark), "now": now.microseconds}
            rows = await self._connection.rows("guest_marks_first", values)
            found += [Ref(row[0]) for row in rows]
        return min(found, default=None)

    async def carried_by_others(
        self, organisation: Organisation, ref: Ref, marks: Sequence[Mark], now: Instant
    ) -> frozenset[Mark]:
        found = set()
        for mark in set(marks):
            values = {
                **self._mark(organisation, mark),
                "guest_ref": ref,
                "now": now.microseconds,
            }
            if await self._connection.rows("guest_marks_of_others", values):
                found.add(mark)
        return frozenset(found)

    async def insert(self, row: GuestRow) -> Document:
        document = Document(row.ref, row.version, self._documents.guest(row))
        await self._connection.rows(
            "guests_insert",
            {**_values(row, document), "created_at": row.created_at.microseconds},
        )
        await self._keys.replace(row.organisation, row.ref, None, row.guest)
        await self._count(row.organisation, row.ref, row.guest, 1)
        return document

    async def update(self, row: GuestRow) -> Document:
        before = await self._kept(row.organisation, row.ref)
        document = Document(row.ref, row.version, self._documents.guest(row))
        await self._connection.rows("guests_update", _values(row, document))
        await self._keys.replace(row.organisation, row.ref, before, row.guest)
        if before is not None and before.guest_type != row.guest.guest_type:
            await self._count_type(row.organisation, row.ref, before, -1)
            await self._count_type(row.organisation, row.ref, row.guest, 1)
        return document

    async def remove(self, organisation: Organisation, ref: Ref) -> None:
        """Delete the guest, hidden or not, with its marks."""
        before = await self._kept(organisation, ref)
        if before is None:
            return
        await self._connection.rows("guests_delete", _key(organisation, ref))
        await self._keys.replace(organisation, ref, before, None)
        await self._count(organisation, ref, before, -1)

    async def page(self, organisation: Organisation, query: GuestQuery, window: Window) -> Page:
        if (query.guest_ref, query.email, query.identifier, query.phone_number) != (None,) * 4:
            return await self._page_of_found(organisation, query, window)
        values: dict[str, Value] = {
            "organisation": organisation,
            "first_name": _lower(query.first_name),
            "last_name": _lower(query.last_name),
            "guest_type": query.guest_type,
        }
        if query.last_name is not None or query.first_name is not None:
            listed = "last_name" if query.last_name is not None else "first_name"
            return await pages.browse(
                self._connection,
                f"guests_of_{listed}",
                values,
                window,
                descending=query.descending,
            )
        if query.guest_type is not None:
            name = tallies.guests_of_type(query.guest_type)
            listed = "guests_of_type"
        else:
            name, listed = tallies.GUESTS, "guests"
        return await self._tallies.browse(name, listed, values, window, descending=query.descending)

    def said(self, document: Document) -> Guest:
        return self._documents.read_guest(document.body)

    async def _page_of_found(
        self, organisation: Organisation, query: GuestQuery, window: Window
    ) -> Page:
        """The guests that what few share finds: so few that all of them are looked at."""
        mark = mark_of_identifier(*query.identifier) if query.identifier is not None else None
        rows = await self._connection.rows(
            "guests_found",
            {
                "organisation": organisation,
                "guest_ref": query.guest_ref,
                "email": _lower(query.email),
                "provider": None if mark is None else mark.provider,
                "value": None if mark is None else mark.value,
                "id": None if query.identifier is None else query.identifier[1],
                "phone_number": query.phone_number,
                "first_name": _lower(query.first_name),
                "last_name": _lower(query.last_name),
                "guest_type": query.guest_type,
            },
        )
        found = sorted((Ref(row[0]) for row in rows), reverse=query.descending)
        start = window.offset
        if window.after is not None:
            last = window.after.ref
            start = sum(ref >= last if query.descending else ref <= last for ref in found)
        chosen = found[start : start + window.limit]
        documents = [await self.document(organisation, ref) for ref in chosen]
        return Page(
            documents=[
                document if window.whole else Document(document.ref, document.version, b"")
                for document in documents
                if document is not None
            ],
            total=len(found),
            more=Cursor(chosen[-1]) if start + window.limit < len(found) else None,
        )

    async def _find(self, statement: str, organisation: Organisation, ref: Ref) -> GuestRow | None:
        rows = await self._connection.rows(statement, _key(organisation, ref))
        if not rows:
            return None
        version, created_at, modified_at, body = rows[0]
        return GuestRow(
            organisation=organisation,
            ref=ref,
            version=version,
            created_at=Instant(created_at),
            modified_at=Instant(modified_at),
            guest=self._documents.read_guest(body),
        )

    async def _kept(self, organisation: Organisation, ref: Ref) -> Guest | None:
        rows = await self._connection.rows("guests_kept_for_update", _key(organisation, ref))
        return self._documents.read_guest(rows[0][0]) if rows else None

    async def _count(self, organisation: Organisation, ref: Ref, guest: Guest, change: int) -> None:
        await self._tallies.add(organisation, tallies.GUESTS, ref, change)
        await self._count_type(organisation, ref, guest, change)

    async def _count_type(
        self, organisation: Organisation, ref: Ref, guest: Guest, change: int
    ) -> None:
        name = tallies.guests_of_type(guest.guest_type)
        await self._tallies.add(organisation, name, ref, change)

    def _mark(self, organisation: Organisation, mark: Mark) -> dict[str, Value]:
        return {
            "organisation": organisation,
            "provider": mark.provider,
            "value": mark.value,
            "shard": self._draws.shard_of_mark(organisation, mark),
        }


def _values(row: GuestRow, document: Document) -> dict[str, Value]:
    return {
        **_key(row.organisation, row.ref),
        "version": row.version,
        "modified_at": row.modified_at.microseconds,
        "guest_type": row.guest.guest_type,
        "first_name": _lower(row.guest.first_name),
        "last_name": _lower(row.guest.last_name),
        "document": document.body,
    }


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _key(organisation: Organisation, ref: Ref) -> dict[str, Value]:
    return {"organisation": organisation, "ref": ref, "shard": refs.shard_of(ref)}
