"""Instants, days and decimals: exact, or not at all."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from orderfolio.model import instants, numbers, refs

# Beyond this the standard library's own arithmetic takes its time, or gives up.
_COMPARABLE: Final = 200
_POWER_DIGITS: Final = 4
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def times(data: bytes) -> None:
    """What is read and spelt is read alike, and spelt alike."""
    text = data.decode("utf-8", "replace")
    instant = instants.parse(text)
    if instant is not None:
        spelled = instants.spell(instant)
        assert instants.parse(spelled) == instant
        assert instants.spell_to_the_second(instant)[:19] == spelled[:19]
    day = instants.parse_day(text)
    assert day is None or day.isoformat() == text
    ref = refs.parse(text)
    assert ref is None or refs.parse(refs.spell(ref)) == ref


def decimals(data: bytes) -> None:
    """A number of JSON is kept to the last digit, or is too long."""
    text = data.decode("latin-1")
    if _NUMBER.fullmatch(text) is None:
        return
    number = numbers.parse(text)
    if number is None:
        assert len(text) > 2
        return
    spelled = numbers.spell(number)
    assert numbers.parse(spelled) == number
    assert "e" not in spelled.lower()
    if len(text) < _COMPARABLE:
        assert number == exactly(text)


def exactly(text: str) -> Decimal:
    """The number as the standard library reads it, which takes no huge power of nothing."""
    mantissa, _, power = text.lower().partition("e")
    return Decimal(mantissa if len(power.lstrip("+-0")) > _POWER_DIGITS else text)
