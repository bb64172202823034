"""What somebody may mean by what they typed into a search field."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace as with_fields

from orderfolio.model import refs
from orderfolio.store.queries import GuestQuery

# More ways than this to part a name in two are not tried.
_WORDS: Final = 6


class Meaning(Struct, frozen=True):
    """One way to understand the text. `key` names it in an address; `label` says it, as in
    `3 guests with the last name “Byron”`."""

    key: str
    label: str
    query: GuestQuery


def of_guests(text: str, guest_type: str | None, *, descending: bool = True) -> list[Meaning]:
    """The likeliest meaning first; a single one, of all guests, where nothing was typed."""
    all_guests = GuestQuery(guest_type=guest_type, descending=descending)
    text = text.strip()
    if not text:
        return [Meaning("all", "", all_guests)]
    ref = refs.parse(text)
    if ref is not None:
        query = with_fields(all_guests, guest_ref=ref)
        return [Meaning("ref", "with this guest reference", query)]
    found = [*_of_identifiers(text, all_guests), *_of_names(text, all_guests)]
    if sum(character.isdigit() for character in text) >= 3:
        query = with_fields(all_guests, phone_number=text)
        found.append(Meaning("phone", "with this phone number", query))
    return found


def _of_identifiers(text: str, all_guests: GuestQuery) -> list[Meaning]:
    found = []
    if "@" in text:
        query = with_fields(all_guests, email=text)
        found.append(Meaning("email", "with this email address", query))
    provider, colon, id = (part.strip() for part in text.partition(":"))
    if colon and provider and id:
        query = with_fields(all_guests, identifier=(provider, id))
        found.append(Meaning("identifier", "with this identifier", query))
    return found


def _of_names(text: str, all_guests: GuestQuery) -> list[Meaning]:
    words = text.split()
    if len(words) == 1:
        return [
            Meaning("first", "with this first name", with_fields(all_guests, first_name=text)),
            Meaning("last", "with this last name", with_fields(all_guests, last_name=text)),
        ]
    return [
        Meaning(
            f"name{parted}",
            f"with the first name “{first}” and the last name “{last}”",
            with_fields(all_guests, first_name=first, last_name=last),
        )
        for parted in range(1, min(len(words), _WORDS))
        for first, last in [(" ".join(words[:parted]), " ".join(words[parted:]))]
    ]
