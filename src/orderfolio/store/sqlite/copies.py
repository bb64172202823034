"""Copies of a database: made while others write it, and put into its place."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store.migrating import migrations_of
from orderfolio.store.sqlite import files


def back_up(path: Path, target: Path, *, replaces: bool) -> int:
    """Copy the database in `path`, as it stands now, to `target`; how many bytes it has.

    Whoever writes it meanwhile isn't held up. The copy has its name only once it is whole,
    on disk and checked. Raises CannotStart, and where `target` is there unless it `replaces`.
    """
    files.check(path)
    is_there = _is_there(target)
    _refuse_same(path, target)
    if is_there and not replaces:
        raise CannotStart(f"there is a file {target} already; --force replaces it")
    for suffix in files.BESIDE:
        if files.beside(target, suffix).exists():
            # SQLite would read it into the copy; and a server may be using it.
            raise CannotStart(f"the file {target} is in use as a database: {suffix} is beside it")
    with _checked_copy(path, target) as copy:
        copy.replace(target)
        files.sync_folder(target.parent)
        return target.stat().st_size


def restore(backup: Path, path: Path, *, replaces: bool) -> Path | None:
    """Put a copy of `backup` into the place of the database `path`, at no moment without a
    whole file there; what was there before is kept, and where to is returned.

    Raises CannotStart for a backup that isn't ours, is newer or damaged; for a database that
    somebody has open; and where there is one unless the backup `replaces` it.
    """
    if not _is_there(backup):
        raise CannotStart(f"there is no file {backup}")
    files.check(backup)
    _refuse_same(path, backup)
    if path.is_dir():
        raise CannotStart(f"the database {path} is a folder")
    if path.exists() and not replaces:
        raise CannotStart(f"there is a database {path} already; --force replaces it")
    with _checked_copy(backup, path) as copy:
        if path.exists():
            shutil.copymode(path, copy)
        kept = _exchange(copy, path)
        files.sync_folder(path.parent)
        return kept


def write(source: apsw.Connection, partial: Path) -> None:
    """Write one snapshot of `source` to a file that stands alone, and sync it."""
    target = apsw.Connection(str(partial))
    try:
        # A reader never keeps a writer waiting: only the WAL can't begin anew meanwhile.
        with target.backup("main", source, "main") as backup:
            backup.step(-1)
        target.execute("PRAGMA journal_mode = DELETE").fetchall()
    finally:
        target.close()
    _sync(partial)


def compact(copy: Path) -> None:
    """Write a copy anew from its rows alone, and sync it: between them, pages may still hold
    what moved or was deleted."""
    database = apsw.Connection(str(copy))
    try:
        # Nobody else has it, and half of one is deleted.
        database.execute("PRAGMA journal_mode = OFF").fetchall()
        database.execute("PRAGMA synchronous = OFF").fetchall()
        database.execute("VACUUM").fetchall()
    finally:
        database.close()
    _sync(copy)


def _sync(file: Path) -> None:
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def _refuse_same(path: Path, copy: Path) -> None:
    if path.exists() and copy.exists() and path.samefile(copy):
        raise CannotStart(f"the file {copy} is the database itself")


def _is_there(path: Path) -> bool:
    """Whether there is such a file; raises CannotStart for a device and the like, which no
    copy may take the place of, and where that can't be told."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise CannotStart(f"{path} isn't a file")
        return path.exists()
    except OSError as error:
        raise CannotStart(f"the file {path} can't be reached: {error.strerror}") from error


@contextmanager
def _checked_copy(source: Path, target: Path) -> Iterator[Path]:
    """A copy of `source` under a name of its own beside `target`, where it is found whole;
    what is left under that name at the end is deleted."""
    partial: Path | None = None
    try:
        handle, name = tempfile.mkstemp(".partial", f"{target.name}.", target.parent)
        os.close(handle)
        partial = Path(name)
        _copy(source, partial)
        yield partial
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise CannotStart(f"the database {source} is damaged: {error}") from error
    except apsw.Error as error:
        raise CannotStart(f"the database {source} can't be copied: {error}") from error
    except OSError as error:
        raise CannotStart(f"the file {target} can't be made: {error.strerror}") from error
    finally:
        if partial is not None:
            files.delete(partial)


def _copy(source: Path, partial: Path) -> None:
    reader = files.open_reader(source, None)
    try:
        _refuse(reader, source)
        write(reader, partial)
    finally:
        files.close(reader)
    copy = files.open_reader(partial, None)
    try:
        # What counts is what can be read back, not what was meant to be written.
        _refuse(copy, source)
        problems = [text for (text,) in copy.execute("PRAGMA integrity_check(1)")]
    finally:
        files.close(copy)
    if problems != ["ok"]:
        raise CannotStart(f"the database {source} is damaged: {problems[0]}")
    compact(partial)


def _refuse(database: apsw.Connection, path: Path) -> None:
    if files.version_of(database, path, len(migrations_of("sqlite"))) == 0:
        raise CannotStart(f"the database {path} is empty")


def _exchange(copy: Path, path: Path) -> Path | None:
    """Give `copy` the name of `path`; where the file that had it is kept."""
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    kept = path.with_name(f"{path.name}.replaced.{moment}")
    held = _hold(path) if path.exists() else None
    try:
        # A WAL or a journal that stayed would be read into the new file.
        left = [suffix for suffix in files.BESIDE if files.beside(path, suffix).exists()]
        is_there = path.exists()
        if is_there:
            kept.hardlink_to(path)
        for suffix in left:
            files.beside(path, suffix).rename(files.beside(kept, suffix))
        files.sync_folder(path.parent)
        copy.replace(path)
    finally:
        if held is not None:
            files.close(held)
    return kept if is_there else None


def _hold(path: Path) -> apsw.Connection | None:
    """Hold the database against everybody, with all of its WAL brought home; None where it is
    too damaged to be anybody's. Raises CannotStart where it is in use, or another program's."""
    database: apsw.Connection | None = None
    try:
        database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        database.set_busy_timeout(files.BUSY_MILLISECONDS)
        # Of a damaged database, the log may be all that is left.
        database.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        files.refuse_foreign(database, path)
        # Only who is alone with it can do this.
        database.execute("PRAGMA journal_mode = DELETE").fetchall()
        database.execute("BEGIN EXCLUSIVE")
    except (apsw.CorruptError, apsw.NotADBError):
        if database is not None:
            files.close(database)
        return None
    except BaseException as error:
        if database is not None:
            files.close(database)
        if isinstance(error, apsw.BusyError):
            raise CannotStart(f"the database {path} is in use; stop its server first") from error
        raise
    return database
