"""Single values: what each kind of attribute may hold, and how it is read.

A reader takes what JSON held and returns the model's value, or raises Wrong. None never
reaches one: what null means depends on the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Final, NoReturn

from orderfolio.errors import Flaw
from orderfolio.model import instants
from orderfolio.model.instants import Instant
from orderfolio.model.people import Identifier
from orderfolio.wire.bodies import Unfit
from orderfolio.wire.flaws import LIMIT, Wrong, wrong

Reader = Callable[[object], object]

LENGTH: Final = 16_384
NAME_LENGTH: Final = 255


def reject(value: object, problem: str, remedy: str) -> NoReturn:
    """Raises Wrong: what the body's reading found unfit before, else `problem`."""
    if isinstance(value, Unfit):
        raise wrong(value.problem, value.remedy, value.code)
    raise wrong(problem, remedy)


def text(least: int = 0, most: int = LENGTH) -> Callable[[object], str]:
    """Strings of so many code points."""
    remedy = f"Give a string of {least} to {most} characters."

    def read(value: object) -> str:
        if type(value) is str and least <= len(value) <= most:
            return value
        if type(value) is not str:
            reject(value, "must be a string", remedy)
        if len(value) < least:
            reject(value, "may not be empty", remedy)
        reject(value, f"is longer than {most} characters", remedy)

    return read


def one_of(choices: Sequence[str]) -> Callable[[object], str]:
    allowed = frozenset(choices)
    remedy = f"Give one of {', '.join(choices)}."

    def read(value: object) -> str:
        if type(value) is str and value in allowed:
            return value
        if type(value) is not str:
            reject(value, "must be a string", remedy)
        near = get_close_matches(value[:64].upper(), [c.upper() for c in choices], 1)
        hint = next((f" Did you mean {c}?" for c in choices if [c.upper()] == near), "")
        reject(value, "is not one of the values that it may have", remedy + hint)

    return read


def other_than(choices: Sequence[str]) -> Callable[[object], str]:
    """Any string but these."""
    refused = frozenset(choices)
    plain = text()

    def read(value: object) -> str:
        found = plain(value)
        if found in refused:
            reject(
                value,
                f"may not be {found}, which is reserved",
                f"Give any other text than {', '.join(choices)}.",
            )
        return found

    return read


def letters(count: int, example: str) -> Callable[[object], str]:
    """Exactly so many letters from A to Z."""
    form = re.compile(rf"[A-Z]{{{count}}}")
    number = {2: "two", 3: "three"}[count]
    remedy = f"Give {number} letters from A to Z, such as {example}."

    def read(value: object) -> str:
        if type(value) is str and form.fullmatch(value) is not None:
            return value
        reject(value, f"must be {number} letters from A to Z", remedy)

    return read


def number(value: object) -> Decimal:
    if type(value) is Decimal:
        return value
    reject(value, "must be a number", "Give a JSON number without quotes, such as 100.10.")


def count(value: object) -> int:
    """A whole number of 0 or more; 2.0 is the 2 that it equals."""
    remedy = "Give a whole number of 0 or more, without quotes."
    if type(value) is not Decimal:
        reject(value, "must be an integer", remedy)
    if value != value.to_integral_value():
        reject(value, "must be an integer", remedy)
    if value < 0:
        reject(value, "may not be negative", remedy)
    return int(value)


_INSTANT: Final = "Give an ISO 8601 date and time, such as 2024-03-01T12:30:00Z."
_DAY: Final = "Give a date such as 2024-03-01, or a date and time such as 2024-03-01T12:30:00Z."


def instant(value: object) -> Instant:
    if type(value) is str and (found := instants.parse(value)) is not None:
        return found
    reject(value, "is not a date and time", _INSTANT)


def day(value: object) -> str:
    """A plain date as it was given, or an instant in its one spelling."""
    if type(value) is str:
        if instants.parse_day(value) is not None:
            return value
        if (found := instants.parse(value)) is not None:
            return instants.spell(found)
    reject(value, "is not a date", _DAY)


def is_past(spelled: str, now: Instant) -> bool:
    """Whether what `day` returned lies before `now`; a date does once it has begun (UTC)."""
    found = instants.parse_day(spelled)
    moment = instants.parse(spelled) if found is None else instants.start_of(found)
    return moment is not None and moment < now


def texts(least: int = 0, most: int = LENGTH) -> Callable[[object], tuple[str, ...]]:
    """Arrays of strings."""
    read_one = text(least, most)

    def read(value: object) -> tuple[str, ...]:
        if type(value) is not list:
            reject(value, "must be an array of strings", 'Give an array, such as ["…"].')
        found, flaws = [], []
        for position, entry in enumerate(value):
            try:
                found.append(read_one(entry))
            except Wrong as bad:
                flaws += at(f"[{position}]", bad)
                if len(flaws) > LIMIT:
                    break
        if flaws:
            raise Wrong(*flaws)
        return tuple(found)

    return read


def at(step: str, bad: Wrong) -> list[Flaw]:
    """The flaws of a part, as seen from the whole that holds it at `step`."""
    return [Flaw(step + one.field, one.problem, one.remedy, one.code) for one in bad.flaws]


def identifiers(value: object) -> tuple[Identifier, ...]:
    if type(value) is not list:
        reject(value, "must be an array of identifiers", _IDENTIFIER)
    found, flaws = [], []
    for position, entry in enumerate(value):
        try:
            found.append(_identifier(entry))
        except Wrong as bad:
            flaws += at(f"[{position}]", bad)
            if len(flaws) > LIMIT:
                break
    if flaws:
        raise Wrong(*flaws)
    return tuple(found)


_IDENTIFIER: Final = 'Give identifiers such as {"provider": "email", "id": "ann@example.com"}.'
_PARTS: Final[dict[str, Reader]] = {
    "provider": text(1, NAME_LENGTH),
    "id": text(1, NAME_LENGTH),
    "expiryDate": instant,
}


def _identifier(value: object) -> Identifier:
    if type(value) is not dict:
        reject(value, "must be an object", _IDENTIFIER)
    parts: dict[str, object] = {}
    flaws: list[Flaw] = []
    for name, part in value.items():
        reader = _PARTS.get(name)
        if reader is None:
            flaws.append(
                Flaw(
                    f".{name}",
                    "is not an attribute of an identifier",
                    "An identifier has provider, id and, if it expires, expiryDate.",
                    "unknown-attribute",
                )
            )
            if len(flaws) > LIMIT:
                break
        elif part is not None:
            try:
                parts[name] = reader(part)
            except Wrong as bad:
                flaws += at(f".{name}", bad)
    flaws += [
        Flaw(f".{name}", "is required", _IDENTIFIER)
        for name in ("provider", "id")
        if value.get(name) is None
    ]
    if flaws:
        raise Wrong(*flaws)
    return Identifier(
        provider=parts["provider"],  # type: ignore[arg-type]
        id=parts["id"],  # type: ignore[arg-type]
        expiry_date=parts.get("expiryDate"),  # type: ignore[arg-type]
    )
