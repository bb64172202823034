"""Which engine keeps a database, and what that engine can do with it: nobody else asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from orderfolio.errors import CannotStart
from orderfolio.settings import Database
from orderfolio.store import copying, postgres, sqlite
from orderfolio.store.contract import Documents, Observer, Store
from orderfolio.store.copying import Copied, OnStep
from orderfolio.store.records import Problem
from orderfolio.store.shelves import Shelf

_TOOLS: Final = (
    "a PostgreSQL database is backed up and restored by PostgreSQL's own tools, such as "
    "pg_dump, or pg_basebackup with an archive of its log"
)


SWITCH_SECONDS: Final = sqlite.SWITCH_SECONDS
"""For `sys.setswitchinterval`: how long a thread of an engine may wait for a busy loop."""


@asynccontextmanager
async def opened(
    database: Database,
    documents: Documents,
    observer: Observer | None = None,
    *,
    migrates: bool,
) -> AsyncIterator[Store]:
    """The store over `database`, closed at the end. A file is made, or brought to this
    program's version, as need be; a server's database only where this `migrates` it. Raises
    CannotStart."""
    with ExitStack() as ends:
        if database.is_server:
            store = await postgres.open_store(
                database.url, documents, observer=observer, migrates=migrates
            )
        elif database.path is None:
            path = ends.enter_context(sqlite.private_folder()) / "orderfolio.db"
            store = sqlite.open_store(path, documents, observer=observer, delete_at_close=True)
        else:
            _make_folder(database.path.parent)
            store = sqlite.open_store(database.path, documents, observer=observer)
        try:
            yield store
        finally:
            await store.close()


def back_up(database: Database, target: Path, *, replaces: bool) -> int:
    """Copy the database to `target`, beside a server that may be using it; how many bytes it
    has. Raises CannotStart."""
    return sqlite.back_up(_file_of(database), target, replaces=replaces)


def restore(database: Database, backup: Path, *, replaces: bool) -> Path | None:
    """Put a backup into the database's place; where the one before is kept, if there was one.
    Raises CannotStart."""
    path = _file_of(database)
    _make_folder(path.parent)
    return sqlite.restore(backup, path, replaces=replaces)


def compact(database: Database) -> tuple[int, int]:
    """Write the database anew, beside a server that may be using it; how many bytes it had,
    and has. Raises CannotStart."""
    if database.is_server:
        raise CannotStart("a PostgreSQL database is compacted by PostgreSQL's own VACUUM")
    return sqlite.compact(_file_of(database))


async def check(database: Database, documents: Documents) -> list[Problem]:
    """What is wrong with the database, beside a server that may be using it. Raises
    CannotStart."""
    if database.is_server:
        return await postgres.check(database.url, documents)
    return sqlite.check(_file_of(database), documents)


async def copy(source: Database, target: Database, on_step: OnStep) -> list[Copied]:
    """Carry all that is in `source` to `target`, an empty database or one that has a part of
    it from a run before: what is the same in both now. Raises CannotStart."""
    if source.path is not None and target.path is not None:
        _refuse_same(source.path, target.path)
    async with AsyncExitStack() as ends:
        if source.is_server:
            kept: Shelf = await ends.enter_async_context(postgres.source(source.url))
        else:
            kept = ends.enter_context(sqlite.source(_file_of(source)))
        if target.is_server:
            wanted: Shelf = await ends.enter_async_context(postgres.target(target.url))
        else:
            path = _file_of(target)
            _make_folder(path.parent)
            wanted = ends.enter_context(sqlite.target(path))
        return await copying.copy(kept, wanted, on_step)


def _refuse_same(source: Path, target: Path) -> None:
    if source.exists() and target.exists() and source.samefile(target):
        raise CannotStart("the database to copy to is the one to copy from")


def _file_of(database: Database) -> Path:
    if database.path is None:
        raise CannotStart(_TOOLS)
    return database.path.resolve()


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"the folder {folder} can't be made: {error.strerror}") from error
