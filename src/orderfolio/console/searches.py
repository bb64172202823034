"""What somebody may mean by what they typed into a search field."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

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


def of_guests(text: str, guest_type: str | None) -> list[Meaning]:
    """The likeliest meaning first; a single one, of all guests, where nothing was typed."""
    text = text.strip()
    if not text:
        return [Meaning("all", "", GuestQuery(guest_type=guest_type))]
    ref = refs.parse(text)
    if ref is not None:
        query = GuestQuery(guest_ref=ref, guest_type=guest_type)
        return [Meaning("ref", "with this guest reference", query)]
    found = [*_of_identifiers(text, guest_type), *_of_names(text, guest_type)]
    if sum(character.isdigit() for character in text) >= 3:
        query = GuestQuery(phone_number=text, guest_type=guest_type)
        found.append(Meaning("phone", "with this phone number", query))
    return found


def _of_identifiers(text: str, guest_type: str | None) -> list[Meaning]:
    found = []
    if "@" in text:
        query = GuestQuery(email=text, guest_type=guest_type)
        found.append(Meaning("email", "with this email address", query))
    provider, colon, id = (part.strip() for part in text.partition(":"))
    if colon and provider and id:
        query = GuestQuery(identifier=(provider, id), guest_type=guest_type)
        found.append(Meaning("identifier", "with this identifier", query))
    return found


def _of_names(text: str, guest_type: str | None) -> list[Meaning]:
    words = text.split()
    if len(words) == 1:
        return [
            Meaning(
                "first",
                "with this first name",
                GuestQuery(first_name=text, guest_type=guest_type),
            ),
            Meaning(
                "last", "with this last name", GuestQuery(last_name=text, guest_type=guest_type)
            ),
        ]
    return [
        Meaning(
            f"name{parted}",
            f"with the first name “{first}” and the last name “{last}”",
            GuestQuery(first_name=first, last_name=last, guest_type=guest_type),
        )
        for parted in range(1, min(len(words), _WORDS))
        for first, last in [(" ".join(words[:parted]), " ".join(words[parted:]))]
    ]
