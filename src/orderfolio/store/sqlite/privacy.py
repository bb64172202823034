"""Private folders: where a database is that is to be gone with its process.

Whoever is killed leaves one behind, with people's data in it; the next to start removes it. The
living are told from the dead by a lock, which the system lets go of with its process.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from orderfolio.errors import CannotStart

# In memory where the system offers a place for it: such a database outlives no process.
MEMORY: Final = Path("/dev/shm")  # noqa: S108
PREFIX: Final = "orderfolio-"
LOCK: Final = "lock"

_log = logging.getLogger(__name__)


@contextmanager
def private_folder(place: Path | None = None) -> Iterator[Path]:
    """A folder in `place` that nobody else reads, gone with all that is in it at the end.
    Raises CannotStart."""
    if place is None:
        place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    _sweep(place)
    try:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    except OSError as error:
        raise CannotStart(f"no folder can be made in {place}: {error.strerror}") from error
    try:
        with _held(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    # It bears its name only once it is locked: a lock that nobody holds is a dead one's.
    new = folder / f"{LOCK}.new"
    descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        new.rename(folder / LOCK)
        yield
    finally:
        os.close(descriptor)


def _sweep(place: Path) -> None:
    """Remove the folders whose processes are gone. What isn't ours, or can't be told, stays."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_own(folder) and _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)
                _log.info("A private database was removed that a killed server left in %s.", folder)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder, no link to one, of the user that we are."""
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()


def _is_abandoned(folder: Path) -> bool:
    """Whether nobody holds its lock. Raises OSError where there is none."""
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True
