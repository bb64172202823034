"""The history of a round, in words: what was asked, answered, broken and found."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

from orderfolio.model import refs
from orderfolio.model.refs import Ref

TAIL = 40


class Violation(AssertionError):
    """Something that the store promises doesn't hold."""


class Journal:
    """All lines make the digest; of a failure, the last TAIL are shown."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._digest = sha256()
        self._tail: list[str] = []
        self._length = 0

    def say(self, what: str, words: str = "") -> None:
        """A line: what happened, which is counted, and to whom."""
        self.counts[what] += 1
        self._length += 1
        line = f"{self._length:5} {what}{words and ': '}{words}"
        self._digest.update(f"{line}\n".encode())
        self._tail = [*self._tail[1 - TAIL :], line]

    def keep(self, answer: bytes) -> None:
        """What somebody was answered, for the digest alone."""
        self._digest.update(answer)

    def digest(self) -> str:
        return self._digest.hexdigest()

    def tail(self) -> str:
        return "\n".join(self._tail)


def short(ref: Ref) -> str:
    """As much of a ref as tells it from others, and where its time ends."""
    text = refs.spell(ref)
    return f"{text[9:18]}…{text[-6:]}"
