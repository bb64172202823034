"""All that is wrong with a request, gathered so that it is said at once.

A problem reads on from its attribute's name and has no full stop; a remedy is a sentence.
"""

from __future__ import annotations

from typing import Final

from orderfolio.errors import Flaw, Invalid

# Of a request that is wrong in more places, the first ones teach enough.
LIMIT: Final = 100
_NAME_LENGTH: Final = 64


class Misread(Invalid):
    """Flaws whose fields are spelt as the client spelt them."""


class Wrong(Exception):
    """What is wrong with one value: a flaw or several, each `field` the rest of its path."""

    def __init__(self, *flaws: Flaw) -> None:
        super().__init__()
        self.flaws = flaws


def wrong(problem: str, remedy: str, code: str = "validation") -> Wrong:
    return Wrong(Flaw("", problem, remedy, code))


class Flaws:
    """Those found so far, in the order in which they were found."""

    __slots__ = ("_found", "_passed_over")

    def __init__(self) -> None:
        self._found: list[Flaw] = []
        self._passed_over = 0

    @property
    def is_full(self) -> bool:
        """Whether more would only be counted."""
        return len(self._found) >= LIMIT

    def add(self, field: str, problem: str, remedy: str, code: str = "validation") -> None:
        if self.is_full:
            self._passed_over += 1
        else:
            self._found.append(Flaw(shown(field), problem, remedy, code))

    def extend(self, field: str, found: Wrong) -> None:
        for flaw in found.flaws:
            self.add(field + flaw.field, flaw.problem, flaw.remedy, flaw.code)

    def check(self, whole: str = "body") -> None:
        """Raises Misread where anything was found; `whole` is what it was found in."""
        if self._passed_over:
            rest = Flaw(
                whole,
                f"is wrong in other places too ({self._passed_over})",
                "Correct these first, then send it again.",
            )
            raise Misread([*self._found, rest])
        if self._found:
            raise Misread(self._found)


def shown(name: str, most: int = _NAME_LENGTH) -> str:
    """A name that a client sent, fit for a message: escaped where it isn't printable,
    quoted where it is empty, shortened where it is longer than `most`."""
    if len(name) > most:
        name = name[: most - 1] + "…"
    if not name:
        return '""'
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in name)
