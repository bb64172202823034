"""One PostgreSQL server for tests: made in a moment, killed at will, gone with its process."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import quote

from tests.clusters import binaries, psql
from tests.clusters.folders import Folder
from tests.clusters.ports import free_port

SUPERUSER: Final = "postgres"
WAIT_SECONDS: Final = 30

# Every promise about commits is kept as in production; what is small here is memory.
SETTINGS: Final = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 200
shared_buffers = 32MB
max_wal_size = 256MB
fsync = on
full_page_writes = on
synchronous_commit = on
log_line_prefix = '%m [%p] %q%a '
# In the data folder, with which it goes; the other kinds outlive a killed server.
dynamic_shared_memory_type = mmap
"""

# What a server says that meets the remains of one that was killed a moment ago.
REMAINS: Final = re.compile(r"lock file .+ already exists|pre-existing shared memory block")


class Server:
    """PostgreSQL on a loopback port and a socket of its own, which trusts whoever connects.

    It is created stopped, in a folder of its own, which is in `place` where that is given.
    Raises Missing where there is nothing to run, or nobody to run it as.
    """

    def __init__(self, place: Path | None = None) -> None:
        self._programs = binaries.find()
        self.folder = Folder("postgres", place)
        self.port = free_port()
        self._data = self.folder.path / "data"
        self._log = self.folder.path / "log"
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._create()
        except BaseException:
            self.close()
            raise

    @property
    def log(self) -> str:
        """All that the server has written."""
        return self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""

    @property
    def pid(self) -> int:
        """Of its first process, the parent of the others."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, database: str) -> str:
        return f"postgresql://{SUPERUSER}@127.0.0.1:{self.port}/{quote(database)}"

    def start(self) -> None:
        """Returns when connections are taken, after a crash too; at once where it runs.

        The remains of a killed server are waited out. Raises RuntimeError with the server's
        words where it doesn't start.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.is_running:
            words = self._attempt(deadline)
            if words and (not REMAINS.search(words) or time.monotonic() > deadline):
                raise RuntimeError(f"PostgreSQL did not start:\n{words}")

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End it: `fast` with a last checkpoint, `immediate` without, as after a crash."""
        self.resume()
        self._end(signal.SIGINT if mode == "fast" else signal.SIGQUIT)

    def kill(self) -> None:
        """End all of its processes at once, as the loss of a machine does."""
        self.folder.send(signal.SIGKILL)
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        """It hangs: the system takes connections, and nobody answers."""
        self.folder.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.folder.send(signal.SIGCONT)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Its URL. Nobody may be connected to the template."""
        copied = f" TEMPLATE {psql.name(template)}" if template else ""
        self.sql("postgres", f"CREATE DATABASE {psql.name(name)}{copied}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Whoever is connected is thrown out; one that isn't there is fine."""
        self.sql("postgres", f"DROP DATABASE IF EXISTS {psql.name(name)} WITH (FORCE)")

    def sql(self, database: str, text: str) -> str:
        """As `psql.ask`."""
        return psql.ask(self.url(database), text)

    def set(self, name: str, value: str | None) -> None:
        """Give a setting another value, or with None its own again; holds when this returns.

        What PostgreSQL reads only when it starts holds from its next start.
        """
        change = f"SET {name} = {psql.literal(value)}" if value is not None else f"RESET {name}"
        loaded = self.sql("postgres", f"ALTER SYSTEM {change}; SELECT pg_conf_load_time()")
        self.sql("postgres", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + WAIT_SECONDS
        while self.sql("postgres", "SELECT pg_conf_load_time()") == loaded:
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL did not reload {name}.")
            time.sleep(0.01)

    def close(self) -> None:
        """End it where it runs, and leave nothing behind."""
        self.folder.close()
        if self._process is not None:
            self._process.wait(WAIT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _create(self) -> None:
        how = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        where = ("-D", self._data, "-U", SUPERUSER)
        self.folder.run(self._programs / "initdb", *where, *how)
        with (self._data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(port=self.port, sockets=self.folder.path))

    def _attempt(self, deadline: float) -> str:
        """Nothing where it takes connections now, else its last words."""
        before = len(self.log)
        with self._log.open("ab") as log:
            program = self._programs / "postgres"
            process = self._process = self.folder.spawn(program, "-D", self._data, log=log)
        while not self._takes_connections(process.pid):
            if process.poll() is not None:
                return self.log[before:] or f"code {process.returncode}"
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not get ready:\n{self.log[before:]}")
            time.sleep(0.01)
        return ""

    def _takes_connections(self, pid: int) -> bool:
        """What the server itself notes, as `pg_ctl` reads it: number first, state in line 8."""
        note = self._data / "postmaster.pid"
        lines = note.read_text("utf-8").splitlines() if note.exists() else []
        return len(lines) > 7 and (int(lines[0]), lines[7].strip()) == (pid, "ready")

    def _end(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(WAIT_SECONDS)
