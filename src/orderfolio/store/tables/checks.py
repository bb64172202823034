"""What must hold between rows, looked for in each: parents, keys, shards, matches, counts.

Whoever writes keeps all of it; what is found here is damage, or a bug of ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from msgspec import Struct

from orderfolio.model import refs
from orderfolio.model.orders import MATCHING_WINDOW_MICROSECONDS
from orderfolio.store.connections import Connection, Value
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws
from orderfolio.store.records import Organisation, Problem
from orderfolio.store.tables.audit_checks import AuditChecks
from orderfolio.store.tables.erasure_checks import ErasureChecks
from orderfolio.store.tables.guest_checks import GuestChecks
from orderfolio.store.tables.order_checks import OrderChecks
from orderfolio.store.tables.tally_checks import TallyChecks

ROWS_AT_ONCE: Final = 1_000
# Of a table that is broken through and through, more would tell nobody more.
ENOUGH: Final = 1_000

_PLAIN: Final = ("organisation", "ref", "shard")
_OWNED: Final = ("organisation", "owner_ref", "shard")
_LINKED: Final = ("consumer_ref", "item_ref", "shard")
_MARKED: Final = ("organisation", "provider", "value", "guest_ref", "id", "shard")
_CALLED: Final = ("organisation", "value", "guest_ref", "shard")
# The last one is no part of the key: it is what an answer is known by.
_KEPT: Final = ("organisation", "scope", "shard", "ref")
_PARTAKING: Final = ("organisation", "guest_ref", "scope", "shard")
_GOING: Final = ("organisation", "guest_ref")
_NUMBERS: Final = {"organisation", "shard"}
_TEXTS: Final = {"provider", "value", "id"}

Look = Callable[[tuple[Any, ...]], Awaitable[list[str]]]


class _Walk(Struct, frozen=True):
    """A table: the statement that gives its rows behind one of them, the key that they begin
    with, which of it is shown, and what looks at a row."""

    statement: str
    noun: str
    key: tuple[str, ...]
    shown: str
    look: Look


class Checks:
    """`documents` are those that the rows were written with."""

    def __init__(self, connection: Connection, documents: Documents, draws: Draws) -> None:
        self._connection = connection
        orders = OrderChecks(documents, draws)
        guests = GuestChecks(connection, documents, draws)
        erasure = self._erasure = ErasureChecks(connection)
        self._tallies = TallyChecks(connection)
        self._walks = (
            _Walk("checks_orders", "order", _PLAIN, "ref", orders.order),
            _Walk("checks_items", "order item", _PLAIN, "ref", orders.item),
            _Walk("checks_people", "order contact or consumer", _PLAIN, "ref", orders.person),
            _Walk("checks_extensions", "data extension of", _OWNED, "owner_ref", orders.extension),
            _Walk("checks_consumed", "link of consumer", _LINKED, "consumer_ref", orders.link),
            _Walk("checks_guests", "guest", _PLAIN, "ref", guests.guest),
            _Walk("checks_marks", "mark of guest", _MARKED, "guest_ref", guests.mark),
            _Walk("checks_phones", "phone number of guest", _CALLED, "guest_ref", guests.phone),
            _Walk("checks_audit", "audit entry", _PLAIN, "ref", AuditChecks().entry),
            _Walk("checks_kept_answers", "kept answer", _KEPT, "ref", erasure.answer),
            _Walk(
                "checks_parts", "part in an answer of guest", _PARTAKING, "guest_ref", erasure.part
            ),
            _Walk("checks_deletions", "guest being deleted", _GOING, "guest_ref", erasure.deletion),
            _Walk("checks_traces", "trace of guest", _GOING, "guest_ref", erasure.trace),
        )

    async def problems(self) -> list[Problem]:
        """What is wrong, at most ENOUGH of each table."""
        found: list[Problem] = []
        for noun, organisation in await self._connection.rows("checks_strays", {}):
            found.append(Problem(organisation, noun, None, "its organisation isn't there"))
        await self._erasure.begin()
        for walk in self._walks:
            found += await self._walked(walk)
        for row in await self._connection.rows("organisations_all", {}):
            organisation = Organisation(row[0])
            for name, text in await self._tallies.organisation(organisation):
                found.append(Problem(organisation, f"count of {name}", None, text))
        return found

    async def _walked(self, walk: _Walk) -> list[Problem]:
        found: list[Problem] = []
        position: dict[str, Any] = {name: _before_all(name) for name in walk.key}
        while len(found) < ENOUGH:
            rows = await self._connection.rows(
                walk.statement,
                {**position, "limit": ROWS_AT_ONCE, "window": MATCHING_WINDOW_MICROSECONDS},
            )
            for row in rows:
                position = dict(zip(walk.key, row, strict=False))
                ref = refs.spell(position[walk.shown])
                organisation = position.get("organisation")
                texts = await walk.look(row)
                found += [Problem(organisation, walk.noun, ref, text) for text in texts]
            if len(rows) < ROWS_AT_ONCE:
                break
        return found[:ENOUGH]


def _before_all(name: str) -> Value:
    if name in _NUMBERS:
        return -(1 << 63)
    return "" if name in _TEXTS else b""
