"""A folder for servers, in which nothing outlives the process that asked for it."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from tests.clusters import caretaker
from tests.clusters.binaries import Missing, bare_environment

MEMORY: Final = Path("/dev/shm")
# A server takes 100 MiB, three under Patroni 700.
ROOM_BYTES: Final = 2**31
# PostgreSQL refuses to run as root; Debian's packages bring this user along.
OWNER: Final = "postgres"
END_SECONDS: Final = 60


class Folder:
    """Empty at first; `close` ends what works in it and removes it, and so does the end of this
    process, however it comes.

    In `place`, or in memory where there is room, so that a server that syncs each commit costs
    nothing. As root it belongs to `postgres`, as which everything in it runs. Raises Missing
    where that can't be.
    """

    def __init__(self, kind: str, place: Path | None = None) -> None:
        if not Path("/proc/self/cwd").exists():
            raise Missing("There is no /proc here by which to find a server's processes.")
        self._owner = _owner()
        self.path = (place or _place()).resolve() / f"orderfolio-{kind}-{secrets.token_hex(4)}"
        # First who cleans up, then what there is to clean up. In a session of its own, because
        # Ctrl-C reaches every process of the terminal's.
        self._caretaker = subprocess.Popen(
            [sys.executable, "-I", "-S", caretaker.__file__, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        self.make("")

    def make(self, name: str) -> Path:
        """A folder in this one, for its servers alone."""
        made = self.path / name
        made.mkdir(mode=0o700)
        if self._owner is not None:
            os.chown(made, self._owner.pw_uid, self._owner.pw_gid)
        return made

    def run(self, *command: str | Path) -> str:
        """What a command printed that was run here to its end."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command,
            **self._as_owner(""),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def spawn(self, *command: str | Path, log: IO[bytes], at: str = "") -> subprocess.Popen[bytes]:
        """A server that works here, or in the folder `at`; no signal of the terminal reaches it."""
        return subprocess.Popen(
            command, **self._as_owner(at), stdout=log, stderr=log, start_new_session=True
        )

    def send(self, number: signal.Signals, at: str = "") -> None:
        """A signal to all that works here, or in the folder `at`, until nothing new joins them."""
        reached: list[int] = []
        while reached != (found := caretaker.working_in(self.path / at)):
            reached = found
            caretaker.send(number, reached)

    def close(self) -> None:
        assert self._caretaker.stdin is not None
        self._caretaker.stdin.close()
        self._caretaker.wait(END_SECONDS)

    def _as_owner(self, at: str) -> dict[str, Any]:
        """How a process of this folder is started, whoever starts it."""
        shared = {
            "cwd": self.path / at,
            "env": {**bare_environment(), "HOME": str(self.path)},
            "stdin": subprocess.DEVNULL,
        }
        if self._owner is None:
            return shared
        identity = {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
        return {**shared, **identity}


def _owner() -> pwd.struct_passwd | None:
    """Whom servers run as; None for whoever this is already."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(OWNER)
    except KeyError:
        why = f"There is no user {OWNER} here, and PostgreSQL refuses to run as root."
        raise Missing(why) from None


def _place() -> Path:
    """Memory, where it has room; containers are often given 64 MiB."""
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        return MEMORY
    return Path(tempfile.gettempdir())
