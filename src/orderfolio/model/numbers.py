"""Numbers: decimals kept exactly. Nothing here is ever a binary float."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

DIGITS: Final = 38


def has_too_many_digits(number: Decimal) -> bool:
    """Whether `number` needs more than 38 digits when written without exponent."""
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return True
    significant = "".join(map(str, digits)).lstrip("0")
    whole = max(len(significant) + exponent, 0)
    return whole + max(-exponent, 0) > DIGITS


def spell(number: Decimal) -> str:
    """Decimal notation without exponent: the spelling that clients are sent."""
    return format(number, "f")
