"""What a guest is found by beside its ref: its marks and its phone numbers."""

from __future__ import annotations

from msgspec import Struct

from orderfolio.model import refs
from orderfolio.model.identities import Mark, mark_of_email, mark_of_identifier
from orderfolio.model.instants import Instant
from orderfolio.model.people import Person
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Connection, Value
from orderfolio.store.draws import Draws
from orderfolio.store.records import Organisation


class Key(Struct, frozen=True):
    """A mark with the id as it was given, which is empty for an email, and its expiry."""

    mark: Mark
    id: str
    expiry: Instant | None


class GuestKeys:
    def __init__(self, connection: Connection, draws: Draws) -> None:
        self._connection = connection
        self._draws = draws

    async def replace(
        self, organisation: Organisation, ref: Ref, before: Person | None, after: Person | None
    ) -> None:
        """Keep what `after` carries and drop what only `before` did; None carries nothing."""
        had, has = keys_of(before), keys_of(after)
        for key in had - has:
            await self._connection.rows("guest_marks_delete", self._mark(organisation, ref, key))
        for key in has - had:
            expiry = None if key.expiry is None else key.expiry.microseconds
            await self._connection.rows(
                "guest_marks_insert",
                {**self._mark(organisation, ref, key), "expires_at": expiry},
            )
        phones_had, phones_has = phones_of(before), phones_of(after)
        for phone in phones_had - phones_has:
            await self._connection.rows("guest_phones_delete", _phone(organisation, ref, phone))
        for phone in phones_has - phones_had:
            await self._connection.rows("guest_phones_insert", _phone(organisation, ref, phone))

    def _mark(self, organisation: Organisation, ref: Ref, key: Key) -> dict[str, Value]:
        return {
            "organisation": organisation,
            "provider": key.mark.provider,
            "value": key.mark.value,
            "guest_ref": ref,
            "id": key.id,
            "shard": self._draws.shard_of_mark(organisation, key.mark),
        }


def keys_of(person: Person | None) -> set[Key]:
    """Those of a person; an identifier given twice lasts as long as the one that lasts."""
    found: dict[tuple[Mark, str], Instant | None] = {}
    if person is None:
        return set()
    for email in person.emails or ():
        found[mark_of_email(email), ""] = None
    for identifier in person.identifiers or ():
        name = (mark_of_identifier(identifier.provider, identifier.id), identifier.id)
        expiry = identifier.expiry_date
        earlier = found.get(name, expiry)
        lasts = expiry is None or earlier is None
        found[name] = None if lasts else max(expiry, earlier)  # type: ignore[type-var]
    return {Key(*name, expiry) for name, expiry in found.items()}


def phones_of(person: Person | None) -> set[str]:
    """The phone numbers of a person."""
    return set(person.phone_numbers or ()) if person is not None else set()


def _phone(organisation: Organisation, ref: Ref, phone: str) -> dict[str, Value]:
    return {
        "organisation": organisation,
        "value": phone,
        "guest_ref": ref,
        "shard": refs.shard_of(ref),
    }
