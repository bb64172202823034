"""Numbers: decimals kept exactly. Nothing here is ever a binary float."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact
from typing import Final

DIGITS: Final = 38
# An exponent of more digits than this needs no arithmetic to be too large.
_EXPONENT_DIGITS: Final = 4
# Twice the digits, and room for the carries of more numbers than a memory holds.
_EXACTLY: Final = Context(prec=2 * DIGITS + 24, traps=[Inexact])


def parse(text: str) -> Decimal | None:
    """The value of a number in JSON's notation, exactly; None where it has more than 38
    digits when written without exponent, leading zeros aside. No text is costly."""
    mantissa, _, power = text.lower().partition("e")
    if not power and len(mantissa) <= DIGITS:
        return Decimal(mantissa)
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    significant = (whole + fraction).lstrip("0")
    if not significant and not fraction:
        return Decimal(0)
    if len(power.lstrip("+-0")) > _EXPONENT_DIGITS:
        return None
    exponent = int(power or "0") - len(fraction)
    if max(len(significant) + exponent, 0) + max(-exponent, 0) > DIGITS:
        return None
    return Decimal(format(Decimal(f"{mantissa}e{power or 0}"), "f"))


def add(one: Decimal, other: Decimal) -> Decimal:
    """The exact sum, where Decimal's own would be rounded to 28 digits."""
    return _EXACTLY.add(one, other)


def spell(number: Decimal) -> str:
    """Decimal notation without exponent: the spelling that clients are sent."""
    return format(number, "f")
