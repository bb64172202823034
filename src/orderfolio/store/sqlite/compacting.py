"""A database written anew, from its rows alone: nothing is left between them."""

from __future__ import annotations

from pathlib import Path

import apsw

from orderfolio.errors import CannotStart
from orderfolio.store.migrating import migrations_of
from orderfolio.store.sqlite import files


def compact(path: Path) -> tuple[int, int]:
    """Write the database in `path` anew; how many bytes it had, and has. Others read it
    meanwhile, and wait to write. Raises CannotStart where it can't be done, with all as it
    was before."""
    files.check(path)
    try:
        database = files.open_writer(path, None)
    except apsw.Error as error:
        raise CannotStart(f"the database {path} can't be opened: {error}") from error
    try:
        if files.version_of(database, path, len(migrations_of("sqlite"))) == 0:
            raise CannotStart(f"the database {path} is empty")
        files.cut_log(database)
        before = path.stat().st_size
        database.execute("VACUUM").fetchall()
        if not files.cut_log(database):
            raise CannotStart(
                f"the database {path} is compacted, but somebody reads what was there before; "
                "do it again once they are done"
            )
        return before, path.stat().st_size
    except apsw.Error as error:
        raise CannotStart(f"the database {path} can't be compacted: {error}") from error
    finally:
        files.close(database)
