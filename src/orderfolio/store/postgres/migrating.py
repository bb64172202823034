"""Bringing a database to the program's version, or saying why it can't be used.

Migrations expand first: one leaves what the version before reads and writes, so that older
servers keep serving while newer ones come. Each says how old a program may be (`-- serves: 3`);
without that line, only a program that knows it may use the schema.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final, TypeAlias

import asyncpg

from orderfolio.errors import CannotStart
from orderfolio.model.refs import Ref
from orderfolio.store import ledgers
from orderfolio.store.connections import Value
from orderfolio.store.draws import KEY_BYTES, KEY_SETTING, Clock, Entropy, Source
from orderfolio.store.migrating import Migration, migrations_of
from orderfolio.store.postgres.failures import FAILURES, in_words
from orderfolio.store.postgres.sessions import NotWritable, connect, open_session

Connection: TypeAlias = asyncpg.Connection

_log = logging.getLogger(__name__)

_SERVES: Final = re.compile(r"^-- serves: (\d+)$", re.MULTILINE)
_STEP_ENDS: Final = re.compile(r";\s*$", re.MULTILINE)
# A server that starts, or has no connection to spare, is waited for: it is there.
_STARTING: Final = {"57P03", "53300"}
_STARTING_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.2
_CREATING: Final = 20

# The row of version 0 is held by whoever migrates; the others are what was applied.
_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    version bigint NOT NULL PRIMARY KEY,
    serves bigint NOT NULL
)
"""


async def prepare(url: str, clock: Clock, entropy: Entropy, *, migrates: bool) -> Source:
    """See to it that the database can be served from, and read what draws depend on."""
    if migrates:
        await migrate(url)
    async with connected(url) as connection:
        await refuse_unusable(connection)
    try:
        session = await open_session(url)
        try:
            unfinished = await session.fetch("settings_find", {"name": ledgers.SETTING})
            ledgers.refuse(unfinished, "the database")
            # Several servers may open a new database at once: the first key stays.
            new: Mapping[str, Value] = {"name": KEY_SETTING, "value": entropy(KEY_BYTES)}
            await session.fetch("settings_insert", new)
            ((key,),) = await session.fetch("settings_find", {"name": KEY_SETTING})
            last = await session.fetch("refs_greatest", {})
        finally:
            session.terminate()
    except FAILURES as error:
        raise CannotStart(f"the database can't be reached: {in_words(error)}") from error
    return Source(key, Ref(last[0][0]) if last else None, clock, entropy)


async def refuse_unusable(connection: Connection) -> None:
    """Raises CannotStart unless its tables are of this program's version, on a server that
    keeps what it acknowledges."""
    await _refuse_unsafe(connection)
    _refuse_schema(*await versions(connection))


async def migrate(url: str) -> None:
    """Apply what the database lacks; another server that does so already is waited for.
    Raises CannotStart."""
    migrations = migrations_of("postgres")
    async with connected(url) as holder, connected(url) as worker:
        await _make_ledger(worker)
        try:
            # Held while the steps run, and for as long as an index takes to be made.
            await holder.execute("SET idle_in_transaction_session_timeout = 0")
            for connection in (holder, worker):
                await connection.execute("SET lock_timeout = 0")
            await holder.execute("BEGIN")
            await holder.execute("SELECT 1 FROM migrations WHERE version = 0 FOR UPDATE")
            version, serves = await versions(worker)
            if version > len(migrations):
                _refuse_schema(version, serves)
            for migration in migrations[version:]:
                await _apply(worker, migration)
            await holder.execute("COMMIT")
        except FAILURES as error:
            raise CannotStart(f"the database can't be migrated: {in_words(error)}") from error


async def _make_ledger(connection: Connection) -> None:
    # Two that create one table at once may both fail to find it, and one then fails.
    for _ in range(_CREATING):
        try:
            await connection.execute(_LEDGER)
            await connection.execute(
                "INSERT INTO migrations (version, serves) VALUES (0, 0)"
                " ON CONFLICT (version) DO NOTHING"
            )
        except (asyncpg.UniqueViolationError, asyncpg.DuplicateTableError):
            await asyncio.sleep(_PAUSE_SECONDS)
        except FAILURES as error:
            raise CannotStart(f"the database can't be migrated: {in_words(error)}") from error
        else:
            return
    raise CannotStart("the database can't be migrated: others keep on creating its tables")


async def _apply(connection: Connection, migration: Migration) -> None:
    _log.info("migrating the database to version %d: %s", migration.version, migration.title)
    for step in steps_of(migration.text):
        await connection.execute(step)
    await connection.execute(
        "INSERT INTO migrations (version, serves) VALUES ($1, $2) ON CONFLICT (version) DO NOTHING",
        migration.version,
        serves(migration),
    )


def serves(migration: Migration) -> int:
    """The oldest version whose programs may use a database that has this migration."""
    match = _SERVES.search(migration.text)
    return migration.version if match is None else int(match[1])


def steps_of(text: str) -> Sequence[str]:
    """The statements of a migration, one a step."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
    steps = (step.strip() for step in _STEP_ENDS.split("\n".join(lines)))
    return [step for step in steps if step]


async def versions(connection: Connection) -> tuple[int, int]:
    """Which migrations the database has, and the oldest version that they serve."""
    is_there = await connection.fetchval("SELECT to_regclass('migrations') IS NOT NULL")
    if not is_there:
        return 0, 0
    row = await connection.fetchrow(
        "SELECT coalesce(max(version), 0), coalesce(max(serves), 0) FROM migrations"
    )
    assert row is not None  # noqa: S101 - an aggregate has a row
    return int(row[0]), int(row[1])


def _refuse_schema(version: int, served: int) -> None:
    newest = len(migrations_of("postgres"))
    if version < newest:
        state = f"has version {version}" if version else "is empty"
        raise CannotStart(
            f"the database {state}; orderfolio migrate, or serve --migrate, brings it to {newest}"
        )
    if served > newest:
        raise CannotStart(
            f"the database has version {version}, made by a newer program; "
            f"this one knows versions up to {newest}"
        )


async def _refuse_unsafe(connection: Connection) -> None:
    """Raises CannotStart where the server may lose what it acknowledged."""
    row = await connection.fetchrow(
        "SELECT current_setting('fsync'), current_setting('full_page_writes'),"
        " current_setting('server_encoding')"
    )
    assert row is not None  # noqa: S101 - a SELECT without FROM has a row
    fsync, full_page_writes, encoding = row
    if encoding != "UTF8":
        raise CannotStart(f"the database is encoded in {encoding}; orderfolio needs UTF8")
    if fsync == "off":
        raise CannotStart(
            "the database runs with fsync = off, and would lose acknowledged orders in a power "
            "cut; turn it on in postgresql.conf"
        )
    if full_page_writes == "off":
        _log.warning(
            "the database runs with full_page_writes = off: unless its file system writes whole "
            "pages or none, a power cut can damage what it holds"
        )


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection for a moment. Raises CannotStart, in words, where there is none."""
    connection = await _connect_patiently(url)
    try:
        yield connection
    finally:
        connection.terminate()


async def _connect_patiently(url: str) -> Connection:
    until = monotonic() + _STARTING_SECONDS
    while True:
        try:
            return await connect(url)
        except NotWritable as error:
            raise CannotStart(f"{error}: name the server that writes, or all of them") from error
        except FAILURES as error:
            starts = getattr(error, "sqlstate", None) in _STARTING
            if not starts or monotonic() > until:
                raise CannotStart(f"the database can't be reached: {in_words(error)}") from error
            await asyncio.sleep(_PAUSE_SECONDS)
