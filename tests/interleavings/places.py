"""A database that is put back as it was before each schedule, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement
from tests.interleavings.worlds import World, populate

from orderfolio.store import postgres
from orderfolio.store.connections import Value
from orderfolio.store.draws import Draws, Source
from orderfolio.store.postgres import sessions
from orderfolio.store.postgres.sessions import Session
from orderfolio.store.records import Problem
from orderfolio.store.tables.checks import Checks
from orderfolio.wire.documents import SPELLING

TABLES: Final = (
    "numbering",
    "organisations",
    "credentials",
    "users",
    "rules",
    "orders",
    "items",
    "people",
    "consumed",
    "extensions",
    "guests",
    "guest_marks",
    "guest_phones",
    "deletions",
    "kept_answers",
    "tallies",
    "tally_nodes",
    "tally_parts",
    "refusals",
    "audit",
    "traces",
    "kept_answer_guests",
)
# What was folded is seen in sums alone; a number that was given to nobody isn't seen at all, nor
# is in which order what was done is told: its refs are drawn in another one.
UNSEEN: Final = {"audit", "numbering", "tallies", "tally_nodes", "tally_parts"}

# The world was made in the morning; what is done in it comes a second after another.
MORNING: Final = 1_704_100_000_000_000
SECOND: Final = 1_000_000

_SUMS: Final = """
SELECT organisation, list, part, CAST(sum(size) AS bigint)
FROM (
    SELECT organisation, list, '' AS part, size FROM tally_nodes WHERE level = 5
    UNION ALL SELECT organisation, list, '', change FROM tallies
    UNION ALL SELECT organisation, list, part, size FROM tally_parts
    UNION ALL SELECT organisation, list, part, change FROM tallies WHERE part <> ''
) AS sizes
GROUP BY 1, 2, 3 HAVING sum(size) <> 0 ORDER BY 1, 2, 3
"""
_DUMP: Final = "SELECT " + ", ".join(
    f"(SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM {table} AS t)"
    for table in TABLES
)
# What somebody may read.
_SIGHT: Final = "SELECT " + ", ".join(
    f"(SELECT string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\") FROM visible_{noun} AS t"
    " WHERE organisation IN (SELECT organisation FROM organisations))"
    for noun in ("orders", "items", "people", "extensions", "guests")
)
# Only rows that differ: of each row put back, a dead one stays to be walked over.
_RESTORED: Final = (
    "DELETE FROM {0} AS t WHERE NOT EXISTS (SELECT 1 FROM saved.{0} AS s WHERE s::text = t::text);"
    "INSERT INTO {0} SELECT * FROM saved.{0} AS s"
    " WHERE NOT EXISTS (SELECT 1 FROM {0} AS t WHERE t::text = s::text);"
)
_TIDY_AFTER: Final = 200
# Whole tables are read here, and compared with each other.
_PLANNED: Final = "SET enable_seqscan = on; SET enable_hashjoin = on"


class Connected:
    """The tables' `Connection`, over a session to itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._session.fetch(statement, values)]


class Place:
    """A world in a database."""

    def __init__(self, connection: asyncpg.Connection, key: bytes, world: World) -> None:
        self.connection = connection
        self.key = key
        self.world = world
        self._tables = Connected(Session(connection, b""))
        self._prepared: dict[str, PreparedStatement] = {}
        # By the rows: what follows from them alone is asked for once.
        self._looked_at: dict[str, list[Problem]] = {}
        self._told: dict[str, tuple[str, ...]] = {}
        self._seen: dict[str, str] = {}
        self._restored = 0
        self._saved: dict[str, str | None] = {}
        self._left: dict[str, str | None] = {}

    async def save(self) -> None:
        """Keep what is there as what `restore` puts back."""
        await self.connection.execute("DROP SCHEMA IF EXISTS saved CASCADE; CREATE SCHEMA saved")
        for table in TABLES:
            await self.connection.execute(f"CREATE TABLE saved.{table} AS SELECT * FROM {table}")
        self._saved = self._left = await self._dump()

    async def restore(self) -> None:
        """Put back what wasn't as it was saved when `contents` was last asked for."""
        changed = [table for table in TABLES if self._left[table] != self._saved[table]]
        if changed:
            await self.connection.execute("".join(_RESTORED.format(table) for table in changed))
            self._restored += 1
            if self._restored % _TIDY_AFTER == 0:
                await self.connection.execute(f"VACUUM {', '.join(TABLES)}")

    async def contents(self) -> tuple[str, ...]:
        """Every row, and how long lists are."""
        rows = self._left = await self._dump()
        if (known := str(rows)) not in self._told:
            sums = await self._fetch(_SUMS)
            told = (f"{table}: {rows[table]}" for table in TABLES if table not in UNSEEN)
            self._told[known] = (*told, *(str(tuple(row)) for row in sums))
        return self._told[known]

    async def sight(self) -> str:
        """Every row that isn't hidden, of organisations that are there."""
        (row,) = await self._fetch(_SIGHT)
        return str(tuple(row))

    async def sight_of_contents(self) -> str:
        """The same, where `contents` was just asked for."""
        rows = str(self._left)
        if rows not in self._seen:
            self._seen[rows] = await self.sight()
        return self._seen[rows]

    async def problems(self) -> list[Problem]:
        """What `check` finds where `contents` was just asked for; in rows that it has looked at
        before, what it found then."""
        rows = str(self._left)
        if rows not in self._looked_at:
            checks = Checks(self._tables, SPELLING, Draws(self.source(0)))
            self._looked_at[rows] = await checks.problems()
        return self._looked_at[rows]

    def leave(self) -> None:
        self.connection.terminate()

    def source(self, number: int) -> Source:
        """What draws the same each time; every number something of its own."""
        now = MORNING + number * SECOND
        return Source(self.key, None, lambda: now, lambda size: bytes([number]) * size)

    async def _dump(self) -> dict[str, str | None]:
        (row,) = await self._fetch(_DUMP)
        return dict(zip(TABLES, row, strict=True))

    async def _fetch(self, text: str) -> list[Any]:
        """The rows of a statement that is planned once."""
        if text not in self._prepared:
            self._prepared[text] = await self.connection.prepare(text)
        return list(await self._prepared[text].fetch())


async def a_place(url: str) -> Place:
    """The world made in an empty database, and saved."""
    store = await postgres.open_store(url, SPELLING, clock=lambda: MORNING)
    try:
        world = await populate(store)
        key = store.cursor_key()
    finally:
        await store.close()
    connection = await connect(url)
    await connection.execute(_PLANNED)
    place = Place(connection, key, world)
    await place.save()
    return place


async def connect(url: str) -> asyncpg.Connection:
    """A connection that loses no time over what isn't looked at here."""
    connection = await sessions.connect(url, 10.0)
    await connection.execute("SET synchronous_commit = off; SET deadlock_timeout = '20ms'")
    return connection
