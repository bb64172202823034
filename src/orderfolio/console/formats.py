"""How values are written for people: money, times, labels. Exact, whatever they look like."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from orderfolio.model import instants
from orderfolio.model.extensions import Value
from orderfolio.model.instants import Instant

# ISO 4217: every other currency has two decimals.
_NONE: Final = re.compile("BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF")
_THREE: Final = re.compile("BHD|IQD|JOD|KWD|LYD|OMR|TND")
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_GOOD: Final = frozenset(("CONFIRMED", "PURCHASED"))
_BAD: Final = frozenset(("CANCELLED", "DECLINED", "REFUNDED", "PARTIALY_REFUNDED"))
_OPEN: Final = frozenset(("PENDING", "PAYMENT_PENDING", "RESERVED", "PARTIALY_CONFIRMED"))


def amount(value: Decimal, currency: str) -> str:
    """With the decimals of its currency, or more where it has more: none is ever cut off."""
    decimals = 0 if _NONE.fullmatch(currency) else 3 if _THREE.fullmatch(currency) else 2
    text = format(value, "f")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    sign, digits = ("\N{MINUS SIGN}", whole[1:]) if whole.startswith("-") else ("", whole)
    grouped = f"{int(digits):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{sign}{grouped}.{fraction}" if fraction else f"{sign}{grouped}"


def count(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def utc(instant: Instant) -> str:
    """To the minute, which is how people read a time."""
    return instants.spell(instant)[:16].replace("T", " ") + " UTC"


def exactly(instant: Instant) -> str:
    """As the API spells it."""
    return instants.spell(instant)


def label(key: str) -> str:
    """`firstTimeOrder` and `MOBILE_APP` as words: First Time Order, Mobile App."""
    # PARTIALY is how the vendor spells it to programs; people get the word.
    words = _WORDS.split("PARTIALLY" + key[8:] if key.startswith("PARTIALY_") else key)
    if key.isupper():
        words = [word.lower() for word in words]
    return " ".join(word[:1].upper() + word[1:] for word in words)


def pair_value(value: Value) -> str:
    """The value of an extension as JSON spells it, text without its quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "f") if isinstance(value, Decimal) else value


def mood(status: str) -> str:
    """What a status says at a glance, as the end of a class name."""
    moods = (("good", _GOOD), ("bad", _BAD), ("open", _OPEN))
    return next((name for name, members in moods if status.upper() in members), "plain")


def plural(number: int, noun: str) -> str:
    """`1 order`, `2 orders`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"
