"""Instants: points in time, exact to the microsecond, always UTC.

The spellings that are read are many (docs/quirks.md), the one that is written is one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import total_ordering
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAIN_EPOCH: Final = _EPOCH.replace(tzinfo=None)
_MICROSECOND: Final = timedelta(microseconds=1)
_FORM: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"
    r"([Zz]|([+-])(\d\d):(\d\d))?",
    re.ASCII,
)


@total_ordering
class Instant:
    """A point in time, in microseconds since 1970-01-01T00:00:00Z."""

    __slots__ = ("microseconds",)

    def __init__(self, microseconds: int) -> None:
        self.microseconds = microseconds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instant) and self.microseconds == other.microseconds

    def __lt__(self, other: Instant) -> bool:
        return self.microseconds < other.microseconds

    def __hash__(self) -> int:
        return hash(self.microseconds)

    def __repr__(self) -> str:
        return f"Instant({spell(self)!r})"


def parse(text: str) -> Instant | None:
    """The instant that `text` spells, or None: RFC 3339, a blank for `T` allowed,
    seconds and offset optional (then UTC), at most six fractional digits."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    day, hour, minute, second, fraction, _, sign, offset_hours, offset_minutes = match.groups()
    try:
        local = datetime.fromisoformat(f"{day}T{hour}:{minute}:{second or '00'}+00:00")
    except ValueError:
        return None
    microseconds = (local - _EPOCH) // _MICROSECOND + int((fraction or "").ljust(6, "0"))
    if sign is not None:
        if int(offset_hours) > 23 or int(offset_minutes) > 59:
            return None
        offset = (int(offset_hours) * 60 + int(offset_minutes)) * 60_000_000
        microseconds += -offset if sign == "+" else offset
    if not _MINIMUM <= microseconds <= _MAXIMUM:
        return None
    return Instant(microseconds)


def parse_day(text: str) -> date | None:
    """The day that `text` spells as `YYYY-MM-DD`, or None."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def spell(instant: Instant) -> str:
    """ISO 8601 in UTC with `Z`; a fraction without trailing zeros, if there is one."""
    seconds, fraction = divmod(instant.microseconds, 1_000_000)
    # isoformat, since strftime's %Y pads the years before 1000 on some platforms only.
    text = (_PLAIN_EPOCH + timedelta(0, seconds)).isoformat()
    if fraction:
        text += f".{fraction:06}".rstrip("0")
    return text + "Z"


def spell_to_the_second(instant: Instant) -> str:
    return spell(Instant(instant.microseconds // 1_000_000 * 1_000_000))


def day_of(instant: Instant) -> date:
    """The day, in UTC."""
    return (_EPOCH + timedelta(microseconds=instant.microseconds)).date()


def start_of(day: date) -> Instant:
    """Midnight UTC, with which the day begins."""
    return Instant((datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // _MICROSECOND)


_MINIMUM: Final = start_of(date.min).microseconds
_MAXIMUM: Final = start_of(date.max).microseconds + 86_400_000_000 - 1
