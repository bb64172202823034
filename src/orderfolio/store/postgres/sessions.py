"""Sessions: a connection to the server that writes, and what was prepared on it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from orderfolio.errors import CannotStart
from orderfolio.store.connections import Value
from orderfolio.store.postgres.failures import FAILURES
from orderfolio.store.postgres.hosts import Place, places
from orderfolio.store.postgres.spelling import Spelling, spelt, together

Row = Sequence[Any]

OLDEST_VERSION: Final = 15
CONNECT_SECONDS: Final = 3.0
_INCARNATION_BYTES: Final = 16
# A plan made over a table that was empty may read the whole of it when it is long. PostgreSQL
# makes others once it has looked through the table, which takes it a minute or more: until
# then, and after, plans are made again each time that a session has become twice as old.
_FIRST_PLANS_SECONDS: Final = 1.0
_ON_DISK: Final = {"on", "remote_apply"}

SETTINGS: Final = {
    "application_name": "orderfolio",
    "client_encoding": "UTF8",
    # Plans that don't depend on what is bound, nor on how many rows there were when a
    # statement was first run: every one of ours goes by an index, from the first row on.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # A server that was stopped in the middle must not hold its locks against the others.
    "idle_in_transaction_session_timeout": "10s",
    # Who waits for a lock doesn't see that its client went away. It is longer than it takes to
    # find a deadlock, and leaves a request the time to go on without those it was stuck with.
    "lock_timeout": "1500ms",
}

_POOLER: Final = (
    "a connection pooler, such as PgBouncer, stands before the database; orderfolio keeps few "
    "connections and prepares its statements on them: give it the address of PostgreSQL itself"
)
_types: Final[dict[str, Sequence[str]]] = {}


class NotWritable(OSError):
    """The server that was reached isn't the one that writes."""


class Session:
    """One connection. Statements are prepared when they are first run on it.

    Its methods raise what the driver raises; see `failures`.
    """

    def __init__(self, connection: asyncpg.Connection, incarnation: bytes) -> None:
        self.incarnation = incarnation
        # Of the transaction that is open, once the server was heard to have given it one.
        self.number: int | None = None
        self._connection = connection
        self._spelt = spelt()
        self._prepared: dict[str, PreparedStatement] = {}
        self._prepared_for_many: dict[str, PreparedStatement] = {}
        self._prepared_together: dict[tuple[str, ...], PreparedStatement] = {}
        self._opened_at = monotonic()
        self._plans_end_after = _FIRST_PLANS_SECONDS

    @property
    def is_in_transaction(self) -> bool:
        is_in_transaction: bool = self._connection.is_in_transaction()
        return is_in_transaction

    async def execute(self, text: str) -> str:
        """Run a statement without values; the server's word for what it did."""
        word: str = await self._connection.execute(text)
        return word

    async def begin(self, kind: str) -> None:
        """Open a transaction of this kind, in words of SQL."""
        self.number = None
        end = "; DISCARD PLANS" if self._plans_are_due() else ""
        await self.execute(f"BEGIN ISOLATION LEVEL {kind}{end}")

    async def end_old_plans(self) -> None:
        """For statements that have no transaction, as `begin` does for those that have one."""
        if self._plans_are_due():
            await self.execute("DISCARD PLANS")

    def _plans_are_due(self) -> bool:
        """Whether plans have been kept for long enough; once they were, for twice as long."""
        age = monotonic() - self._opened_at
        is_due = age > self._plans_end_after
        if is_due:
            self._plans_end_after = 2 * age
        return is_due

    async def commit(self, seconds: float) -> str:
        """The server's word for the end of the transaction. Raises TimeoutError after so many
        seconds, with the session given up.

        It is never cancelled: one that waits for a synchronous follower would then count as
        committed although the follower has nothing of it.
        """
        commit = asyncio.ensure_future(self.execute("COMMIT"))
        done, _ = await asyncio.wait({commit}, timeout=seconds)
        if not done:
            self.terminate()
            with suppress(*FAILURES):
                await commit
            raise TimeoutError("the database didn't confirm a COMMIT in time")
        return commit.result()

    async def fetch(self, statement: str, values: Mapping[str, Value]) -> list[Row]:
        """The rows of a named statement, in their order."""
        spelling = self._spelt[statement]
        return await self._fetch_one(spelling, spelling.pick(values))

    async def fetch_each(
        self, statement: str, given: Sequence[Mapping[str, Value]]
    ) -> list[list[Row]]:
        """The rows of a named statement for each of these values: in one go where the
        statement can be run so. Nobody may change them: others may be given the same."""
        spelling = self._spelt[statement]
        if len(given) == 1 or spelling.many is None:
            return [await self.fetch(statement, values) for values in given]
        picked = [spelling.pick(values) for values in given]
        if spelling.writes or spelling.holds:
            return await self._fetch_many(spelling, picked)
        # Who looks for the same in the same moment finds the same: it is looked for once.
        distinct = list(dict.fromkeys(picked))
        if len(distinct) == 1:
            return [await self._fetch_one(spelling, picked[0])] * len(picked)
        found = await self._fetch_many(spelling, distinct)
        if len(distinct) == len(picked):
            return found
        rows = dict(zip(distinct, found, strict=True))
        return [rows[values] for values in picked]

    async def put(self, given: Mapping[str, Sequence[Mapping[str, Value]]]) -> None:
        """Run statements that have a table, each for all of its values, in one go. No two may
        be of the same table, nor concern the same row, for none sees what another does."""
        names = tuple(given)
        if len(names) == 1:
            await self.fetch_each(names[0], given[names[0]])
            return
        prepared = self._prepared_together.get(names)
        if prepared is None:
            prepared = await self._prepare_together(names)
        columns: list[tuple[Value, ...]] = []
        for name, several in given.items():
            columns += zip(*map(self._spelt[name].pick, several), strict=True)
        self.number = (await prepared.fetch(*columns))[0][0]

    async def _fetch_many(
        self, spelling: Spelling, given: Sequence[tuple[Value, ...]]
    ) -> list[list[Row]]:
        prepared = self._prepared_for_many.get(spelling.name)
        if prepared is None:
            prepared = await self._prepare_for_many(spelling)
        # By their values, so that two that hold the same rows hold them in the same order.
        order: Sequence[int] = range(len(given))
        if spelling.holds:
            order = sorted(order, key=given.__getitem__)
            given = [given[n] for n in order]
        found: list[list[Row]] = [[] for _ in given]
        rows: list[Row] = await prepared.fetch(*zip(*given, strict=True))
        for row in self._numbered(rows) if spelling.holds else rows:
            found[order[row[0] - 1]].append(row[1:])
        return found

    async def _fetch_one(self, spelling: Spelling, values: tuple[Value, ...]) -> list[Row]:
        prepared = self._prepared.get(spelling.name)
        if prepared is None:
            prepared = await self._prepare(spelling)
        rows: list[Row] = await prepared.fetch(*values)
        return self._numbered(rows) if spelling.holds else rows

    def _numbered(self, rows: list[Row]) -> list[Row]:
        """Rows of a statement that holds, without the transaction's number, which is kept."""
        if rows:
            self.number = rows[0][-1]
        return [row[:-1] for row in rows]

    async def close(self) -> None:
        """Say goodbye to the server, for as long as that may take."""
        await self._connection.close()

    def terminate(self) -> None:
        """Let go at once; what was open and not committed is rolled back."""
        self._connection.terminate()

    async def _prepare_for_many(self, spelling: Spelling) -> PreparedStatement:
        text = spelling.many_given(await self._types_of(spelling))
        prepared = await self._connection.prepare(text, name=f"{spelling.name}_for_many")
        self._prepared_for_many[spelling.name] = prepared
        return prepared

    async def _prepare_together(self, names: tuple[str, ...]) -> PreparedStatement:
        spellings = [self._spelt[name] for name in names]
        text = together([(spelling, await self._types_of(spelling)) for spelling in spellings])
        # Names have 63 bytes at most, which those of several statements may exceed.
        name = f"together_{len(self._prepared_together)}"
        prepared = await self._connection.prepare(text, name=name)
        self._prepared_together[names] = prepared
        return prepared

    async def _types_of(self, spelling: Spelling) -> Sequence[str]:
        """Of its parameters, as the server takes them. They are the schema's, and so the same
        on every session: a new one needn't ask again."""
        types = _types.get(spelling.name)
        if types is None:
            alone = self._prepared.get(spelling.name) or await self._prepare(spelling)
            types = [parameter.name for parameter in alone.get_parameters()]
            _types[spelling.name] = types
        return types

    async def _prepare(self, spelling: Spelling) -> PreparedStatement:
        # Without a name, it would be parsed and planned again whenever another one was run.
        prepared = await self._connection.prepare(spelling.one, name=spelling.name)
        self._prepared[spelling.name] = prepared
        return prepared


async def connect(url: str, seconds: float = CONNECT_SECONDS) -> asyncpg.Connection:
    """A connection to the server that writes, set up for our statements.

    Where several are named, each has its share of the time. Raises NotWritable, what the driver
    raises, and CannotStart for what no retry mends.
    """
    tried: Sequence[Place | None] = places(url) or [None]
    failure: BaseException | None = None
    for place in tried:
        try:
            async with asyncio.timeout(seconds / len(tried)):
                return await _connect_to(url, place)
        except FAILURES as error:
            failure = error
    assert failure is not None  # noqa: S101 - at least one was tried
    raise failure


async def _connect_to(url: str, place: Place | None) -> asyncpg.Connection:
    chosen = {} if place is None else place._asdict()
    try:
        connection = await asyncpg.connect(
            url, **chosen, timeout=None, statement_cache_size=0, server_settings=SETTINGS
        )
    except asyncpg.ProtocolViolationError as error:
        # PostgreSQL itself knows every setting of a session; a pooler passes few of them on.
        if "startup parameter" in str(error):
            raise CannotStart(_POOLER) from error
        raise
    except asyncpg.ClientConfigurationError as error:
        raise CannotStart(f"the database's address can't be understood: {error}") from error
    except ValueError:
        # Its words may hold a part of the password.
        raise CannotStart("the database's address can't be understood: look at its port") from None
    try:
        await _look_over(connection)
        await connection.set_type_codec(
            "numeric", schema="pg_catalog", encoder=str, decoder=int, format="text"
        )
    except BaseException:
        connection.terminate()
        raise
    return connection


async def open_session(url: str, seconds: float = CONNECT_SECONDS) -> Session:
    """A session that runs named statements; raises as `connect`."""
    async with asyncio.timeout(seconds):
        connection = await connect(url, seconds)
        try:
            session = Session(connection, b"")
            session.incarnation = await _incarnation(session)
            return session
        except BaseException:
            connection.terminate()
            raise


async def _look_over(connection: asyncpg.Connection) -> None:
    version = connection.get_server_version()
    if version.major < OLDEST_VERSION:
        raise CannotStart(
            f"the database runs PostgreSQL {version.major}; orderfolio needs {OLDEST_VERSION} "
            "or later"
        )
    row = await connection.fetchrow(
        "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',"
        " pg_backend_pid(), current_setting('synchronous_commit')"
    )
    assert row is not None  # noqa: S101 - a SELECT without FROM has a row
    is_read_only, process, synchronous_commit = row
    if process != connection.get_server_pid():
        # A pooler answers with a number of its own making.
        raise CannotStart(_POOLER)
    if is_read_only:
        raise NotWritable("the database can only be read there")
    if synchronous_commit not in _ON_DISK:
        # An acknowledged write is on disk, and on that of a standby that is waited for,
        # whatever the server's default.
        await connection.execute("SET synchronous_commit = on")


async def _incarnation(session: Session) -> bytes:
    """The name of the time since the server last crashed: kept in a table that PostgreSQL
    empties when it recovers, so that nobody takes a transaction's number for an older one's."""
    rows = await session.fetch("incarnations_find", {})
    if not rows:
        name = secrets.token_bytes(_INCARNATION_BYTES)
        await session.fetch("incarnations_insert", {"name": name})
        rows = await session.fetch("incarnations_find", {})
    incarnation: bytes = rows[0][0]
    return incarnation
