"""A process that outlives its caller by a moment, to end what works in a folder, and the folder.

It is run as a script and needs nothing but Python: `caretaker.py FOLDER`. Its caller holds the
other end of its input, which closes with the caller, however that ends: `kill -9` included.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

IPC_RMID = 0


def working_in(folder: Path) -> list[int]:
    """The processes whose current folder is `folder` or below it, oldest first.

    A server's children are found so even when their parent is gone: PostgreSQL, all of it, works
    in its data folder.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        # What has ended meanwhile, or is somebody else's, can't be read.
        with suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(int(entry.name))
    return sorted(found)


def send(number: signal.Signals, processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def end(folder: Path) -> None:
    """Stop whatever works in `folder`, and remove it."""
    # Nothing that was asked politely would be kept, and whoever hangs or is paused doesn't hear.
    while processes := working_in(folder):
        send(signal.SIGKILL, processes)
        time.sleep(0.01)
    _give_back_memory(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _give_back_memory(folder: Path) -> None:
    """Remove the System V segments that killed servers could not; all else is in the folder."""
    for note in folder.rglob("postmaster.pid"):
        # The seventh line is the segment's key and number; a server that only began has none.
        with suppress(IndexError, ValueError, OSError):
            segment = int(note.read_text("utf-8").splitlines()[6].split()[1])
            ctypes.CDLL(None).shmctl(segment, IPC_RMID, None)


def main(folder: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end(Path(folder))


if __name__ == "__main__":
    main(sys.argv[1])
