"""What writers were told, and what therefore may be found in the database, and what may not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from time import monotonic
from typing import Any, Final

from tests.clusters import psql

START_PRICE: Final = 1

ORDERS: Final = """
SELECT encode(ref, 'hex'), reference_id, convert_from(document, 'UTF8') FROM orders
"""
CHILDREN: Final = """
SELECT encode(order_ref, 'hex'), encode(ref, 'hex') FROM items
UNION ALL SELECT encode(order_ref, 'hex'), encode(ref, 'hex') FROM people
"""
PAIRS: Final = """
SELECT encode(order_ref, 'hex'), convert_from(document, 'UTF8') FROM extensions
"""
PEOPLE_TWICE: Final = """
SELECT value FROM guest_marks GROUP BY provider, value HAVING count(DISTINCT guest_ref) > 1
"""


class Told(Enum):
    """What a writer knows of a write after its answer, or without one."""

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Cell:
    """A value of which only one writer decides: what it may be by what that writer was told."""

    def __init__(self, value: Any) -> None:
        self.permitted = {value}

    def note(self, told: Told, value: Any) -> None:
        if told is Told.DONE:
            self.permitted = {value}
        elif told is Told.UNKNOWN:
            self.permitted.add(value)


class Life:
    """An order that one writer wrote, and what is under it."""

    def __init__(self, reference: str, ref: str) -> None:
        self.reference = reference
        self.ref = ref
        self.is_there = Cell(True)
        self.status = Cell(None)
        self.step = Cell(None)
        self.children: dict[str, Cell] = {}
        # Those that nobody knows the refs of, if they are there at all.
        self.loose = 0

    def find_untrue(self, found: Found) -> Iterator[str]:
        document = found.orders.get(self.ref)
        if (document is not None) not in self.is_there.permitted:
            yield "is lost" if document is None else "was deleted and is there"
        if document is None:
            return
        if document.get("status") not in self.status.permitted:
            yield f"has the status {document.get('status')}"
        step = found.pairs.get(self.ref, {}).get("step")
        if step not in self.step.permitted:
            yield f"has the step {step}, not {self.step.permitted}"
        there = found.children.get(self.ref, set())
        for ref, cell in self.children.items():
            if (ref in there) not in cell.permitted:
                yield f"lacks {ref}" if ref not in there else f"still has {ref}"
        if len(there - self.children.keys()) > self.loose:
            yield "has more than it was given"


class Found:
    """What is in a database, read past all of our code."""

    def __init__(self, url: str) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.references: Counter[str] = Counter()
        self.children: dict[str, set[str]] = {}
        self.pairs: dict[str, dict[str, Any]] = {}
        for line in psql.ask(url, ORDERS).splitlines():
            ref, reference, document = line.split("|", 2)
            self.references[reference] += 1
            self.orders[ref] = _json(document)
        for line in psql.ask(url, CHILDREN).splitlines():
            order, ref = line.split("|")
            self.children.setdefault(order, set()).add(ref)
        for line in psql.ask(url, PAIRS).splitlines():
            order, document = line.split("|", 1)
            self.pairs[order] = _json(document)
        self.people_twice = psql.ask(url, PEOPLE_TWICE).splitlines()


class Ledger:
    """Of all writers together. `surprises` are answers that nobody should have been given;
    `gap_seconds` is the longest time without an acknowledged write."""

    def __init__(self) -> None:
        self.lives: list[Life] = []
        self.counter = ""
        self.counted = Counter[Told]()
        self.seats: dict[str, Cell] = {}
        self.told = Counter[Told]()
        self.surprises: list[str] = []
        self.gap_seconds = 0.0
        self._last_done = monotonic()

    def note(self, told: Told) -> None:
        """What a writer was told of a write."""
        self.told[told] += 1
        if told is Told.DONE:
            now = monotonic()
            self.gap_seconds = max(self.gap_seconds, now - self._last_done)
            self._last_done = now

    def find_untrue(self, url: str) -> list[str]:
        """What the database at `url` has that it may not have, or lacks, a sentence each."""
        found = Found(url)
        untrue = [
            f"{life.reference} {words}" for life in self.lives for words in life.find_untrue(found)
        ]
        untrue += [f"{name} is there twice" for name, n in found.references.items() if n > 1]
        untrue += [f"{value} is two guests" for value in found.people_twice]
        counted = int(found.orders[self.counter]["price"]) - START_PRICE
        least = self.counted[Told.DONE]
        if not least <= counted <= least + self.counted[Told.UNKNOWN]:
            untrue.append(f"{counted} were counted, not {self.counted}")
        seats = found.pairs.get(self.counter, {})
        for name, cell in self.seats.items():
            if seats.get(name) not in cell.permitted:
                untrue.append(f"{name} is {seats.get(name)}, not {cell.permitted}")
        return [*untrue, *self.surprises]


def _json(document: str) -> dict[str, Any]:
    # Where a link's address belongs, the program keeps a byte that JSON can't hold.
    found: dict[str, Any] = json.loads(document.replace("\x1f", ""))
    return found
