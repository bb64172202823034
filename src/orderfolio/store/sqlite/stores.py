"""The embedded store: opening a file, and the contract's `Store` over it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from threading import Lock
from time import perf_counter
from typing import Final

import apsw

from orderfolio.errors import CannotStart
from orderfolio.model.refs import Ref
from orderfolio.store import contract, statements
from orderfolio.store.contract import Documents, Observer, Operation, Parameters, Result
from orderfolio.store.draws import KEY_BYTES, KEY_SETTING, Clock, Drawn, Entropy, Source, wall_clock
from orderfolio.store.migrating import migrations_of
from orderfolio.store.sqlite import files
from orderfolio.store.sqlite.migrating import migrate
from orderfolio.store.sqlite.readers import Readers
from orderfolio.store.sqlite.submissions import Submission
from orderfolio.store.sqlite.writer import Writer

QUEUE_LIMIT: Final = 4096
# For `sys.setswitchinterval`, which is the program's to set: the writer's thread asks for
# the interpreter after each statement. Beside a loop that is busy for 90 % of the time, 264
# writes a second (p99 1,573 ms) with Python's 5 ms, 2,106 (p99 12 ms) with this.
SWITCH_SECONDS: Final = 0.0001


class SqliteStore:
    """The contract's `Store`. Writes queue for one thread; reads run where they are asked
    for, since a point read takes less than handing it to another thread would."""

    def __init__(
        self,
        writer: Writer,
        readers: Readers,
        source: Source,
        after_close: Callable[[], None],
        observer: Observer | None = None,
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._source = source
        self._after_close = after_close
        self._observer = observer
        self._closing = Lock()

    async def transact(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        submission = Submission(
            operation, arguments, named, Drawn(self._source.now()), asyncio.get_running_loop()
        )
        self._writer.submit(submission)
        try:
            result: Result = await submission.future
        finally:
            if self._observer is not None and submission.ended:
                _observe(self._observer, submission)
        return result

    async def read(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        if self._observer is None:
            return self._readers.mine().read(operation, *arguments, **named)
        began = perf_counter()
        try:
            return self._readers.mine().read(operation, *arguments, **named)
        finally:
            self._observer.observe_read(operation, 0.0, perf_counter() - began)

    async def read_shared(
        self,
        operation: Operation[Parameters, Result],
        /,
        *arguments: Parameters.args,
        **named: Parameters.kwargs,
    ) -> Result:
        if self._observer is None:
            return self._readers.mine().read_shared(operation, *arguments, **named)
        began = perf_counter()
        try:
            return self._readers.mine().read_shared(operation, *arguments, **named)
        finally:
            self._observer.observe_read(operation, 0.0, perf_counter() - began)

    async def scrub(self) -> bool:
        self._writer.truncate_next()
        # The writer's thread does it behind the group of the first, before that of the second.
        await self.transact(_pass)
        await self.transact(_pass)
        return self._writer.is_truncated

    def cursor_key(self) -> bytes:
        return self._source.key

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._closing:
            # Readers go first: the last checkpoint waits for them.
            self._readers.close()
            self._writer.close()
            self._after_close()


def open_store(
    path: Path,
    documents: Documents,
    *,
    clock: Clock = wall_clock,
    entropy: Entropy = os.urandom,
    vfs: str | None = None,
    queue_limit: int = QUEUE_LIMIT,
    delete_at_close: bool = False,
    observer: Observer | None = None,
) -> contract.Store:
    """Open the database in `path`, made or migrated as need be. At most `queue_limit`
    writes wait for their turn. Raises CannotStart, with one sentence for people."""
    files.check(path)
    try:
        source = _prepare(path, clock, entropy, vfs)
        open_writer = partial(files.open_writer, path, vfs)
        writer = Writer(open_writer, documents, source, queue_limit, observer)
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CannotStart(f"the database {path} is damaged: {error}") from error
    except (apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise CannotStart(f"the database {path} can't be written: {error}") from error
    except apsw.Error as error:
        raise CannotStart(f"the database {path} can't be opened: {error}") from error
    readers = Readers(partial(files.open_reader, path, vfs), documents, source)
    after_close = partial(files.delete, path) if delete_at_close else _leave
    return SqliteStore(writer, readers, source, after_close, observer)


def _observe(observer: Observer, submission: Submission) -> None:
    # What was refused as a group never began.
    began = submission.began or submission.ended
    observer.observe_write(
        submission.operation, began - submission.submitted, submission.ended - began
    )


async def _pass(_tx: contract.Transaction) -> None:
    """Take a turn of the writer's, and nothing else."""


def _leave() -> None:
    """A database stays where it is."""


def _prepare(path: Path, clock: Clock, entropy: Entropy, vfs: str | None) -> Source:
    """Bring the file to the program's version, and read what draws depend on."""
    database = files.open_writer(path, vfs)
    try:
        migrate(database, path, migrations_of("sqlite"), vfs)
        files.refuse_unfinished(database, path)
        # Two processes may open a new file at once: the first key stays.
        _one(database, "settings_insert", {"name": KEY_SETTING, "value": entropy(KEY_BYTES)})
        key = _one(database, "settings_find", {"name": KEY_SETTING})
        last = _one(database, "refs_greatest", {})
    finally:
        database.close(True)
    if not key:
        raise CannotStart(f"the database {path} has lost its key")
    return Source(key, None if last is None else Ref(last), clock, entropy)


def _one(
    database: apsw.Connection, statement: str, values: Mapping[str, str | bytes]
) -> bytes | None:
    value: bytes | None = database.execute(statements.named()[statement].text, values).get
    return value
