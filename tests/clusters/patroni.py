"""Three PostgreSQL servers under Patroni, with three etcd to agree on who leads them."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self
from urllib.parse import quote

from tests.clusters import binaries, psql
from tests.clusters.folders import Folder
from tests.clusters.ports import free_port

MEMBERS: Final = ("a", "b", "c")
SUPERUSER: Final = "postgres"
HERE: Final = "127.0.0.1"
WAIT_SECONDS: Final = 90
ASK_SECONDS: Final = 3
SHOWN_LINES: Final = 60

# A leader that is gone is missed after `ttl`; under `synchronous_mode` nobody follows it who lacks
# what it acknowledged.
AGREED: Final = {
    "ttl": 20,
    "loop_wait": 2,
    "retry_timeout": 3,
    "synchronous_mode": True,
    "postgresql": {
        "use_pg_rewind": True,
        "parameters": {
            "max_connections": 200,
            "shared_buffers": "32MB",
            "max_wal_size": "256MB",
            "fsync": "on",
            "full_page_writes": "on",
            "synchronous_commit": "on",
            # In the data folder, with which it goes; the other kinds outlive a killed server.
            "dynamic_shared_memory_type": "mmap",
        },
    },
}
TRUSTED: Final = [f"host {what} all {HERE}/32 trust" for what in ("all", "replication")]
# On the leader: both others, and one of them is waited for at each commit.
BOTH_STREAM: Final = """
SELECT count(*) = 2 AND count(*) FILTER (WHERE sync_state = 'sync') = 1
FROM pg_stat_replication WHERE state = 'streaming'
"""


class Ports(NamedTuple):
    """Of one member: its PostgreSQL, its Patroni, and its etcd for clients and for its peers."""

    postgres: int
    patroni: int
    etcd: int
    peers: int


class Cluster:
    """It is created stopped. Raises Missing where a program isn't here, or nobody to run it as."""

    def __init__(self) -> None:
        self._programs = binaries.find()
        self._commands = {name: binaries.need(name) for name in ("etcd", "patroni")}
        self._ports = {name: Ports(*(free_port() for _ in Ports._fields)) for name in MEMBERS}
        self._processes: list[subprocess.Popen[bytes]] = []
        self.folder = Folder("patroni")
        for name in MEMBERS:
            self.folder.make(f"etcd-{name}")
            settings = self.folder.make(name) / "settings.json"
            settings.write_text(json.dumps(self._settings(name)), "utf-8")

    @property
    def log(self) -> str:
        """What each process has written last, under its name."""
        written = []
        for log in sorted(self.folder.path.glob("*.log")):
            lines = log.read_text("utf-8", "replace").splitlines()
            written += [f"{log.name}:", *lines[-SHOWN_LINES:]]
        return "\n".join(written)

    def url(self, database: str) -> str:
        """It leads clients that know several hosts, as libpq and asyncpg do, to the leader."""
        hosts = ",".join(HERE for _ in MEMBERS)
        ports = ",".join(str(self._ports[name].postgres) for name in MEMBERS)
        way = f"host={hosts}&port={ports}&target_session_attrs=read-write"
        return f"postgresql://{SUPERUSER}@/{quote(database)}?{way}"

    def start(self) -> None:
        """Returns when there is a leader, and both others stream from it, one synchronously.

        Raises TimeoutError with what was written where that doesn't come about.
        """
        for name in MEMBERS:
            self._start_etcd(name)
        for name in MEMBERS:
            self._start_patroni(name)
        self._wait("Both don't stream.", self._both_stream)

    def leader(self) -> str | None:
        """The member that takes writes; None while there is none."""
        for name in MEMBERS:
            # Patroni calls it the primary while PostgreSQL is still being promoted.
            if self._holds_the_lock(name) and self._says(name, "SHOW transaction_read_only", "off"):
                return name
        return None

    def kill_leader(self) -> str:
        """End the leader's PostgreSQL and Patroni by SIGKILL, not its etcd; returns its name."""
        leader = self.wait_for_leader()
        self.folder.send(signal.SIGKILL, at=leader)
        return leader

    def wait_for_leader(
        self, other_than: str | None = None, timeout_seconds: float = WAIT_SECONDS
    ) -> str:
        """The name of the one that takes writes; raises TimeoutError."""
        found: str | None = None

        def there_is_one() -> bool:
            nonlocal found
            found = self.leader()
            return found not in {None, other_than}

        self._wait("No leader.", there_is_one, timeout_seconds)
        return str(found)

    def start_member(self, name: str) -> None:
        """Returns when a member that was killed follows the leader, and both others stream."""
        self._start_patroni(name)
        self._wait(f"{name} doesn't follow.", self._both_stream)

    def create_database(self, name: str) -> str:
        """Its URL; returns when every member has said that it knows it.

        A client that first meets a follower without it would not go on to the leader.
        """
        self.sql("postgres", f"CREATE DATABASE {psql.name(name)}")
        known = f"SELECT count(*) = 1 FROM pg_database WHERE datname = {psql.literal(name)}"
        self._wait(
            f"Not all know {name}.",
            lambda: all(self._says(member, known, "t") for member in MEMBERS),
        )
        return self.url(name)

    def sql(self, database: str, text: str) -> str:
        """As `psql.ask`, on the leader."""
        return psql.ask(self.url(database), text)

    def stop(self) -> None:
        """End all of it, and leave nothing behind."""
        self.folder.close()
        for process in self._processes:
            process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _settings(self, name: str) -> dict[str, Any]:
        ports = self._ports[name]
        patroni, postgres = f"{HERE}:{ports.patroni}", f"{HERE}:{ports.postgres}"
        return {
            "scope": "orders",
            "name": name,
            "restapi": {"listen": patroni, "connect_address": patroni},
            "etcd3": {"hosts": [f"{HERE}:{each.etcd}" for each in self._ports.values()]},
            "bootstrap": {
                "dcs": AGREED,
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, {"auth": "trust"}],
            },
            "postgresql": {
                "listen": postgres,
                "connect_address": postgres,
                "data_dir": "data",
                "bin_dir": str(self._programs),
                "pgpass": "passwords",
                "pg_hba": TRUSTED,
                "authentication": {
                    "superuser": {"username": SUPERUSER},
                    "replication": {"username": "replicator"},
                },
                "parameters": {"unix_socket_directories": str(self.folder.path / name)},
            },
        }

    def _start_etcd(self, name: str) -> None:
        peers = {each: f"http://{HERE}:{ports.peers}" for each, ports in self._ports.items()}
        clients = f"http://{HERE}:{self._ports[name].etcd}"
        options = {
            "name": name,
            "data-dir": "data",
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers[name],
            "initial-advertise-peer-urls": peers[name],
            "initial-cluster": ",".join(f"{each}={url}" for each, url in peers.items()),
            # Twice the usual, for machines with more to do than these tests.
            "heartbeat-interval": "200",
            "election-timeout": "2000",
        }
        written = [f"--{option}={value}" for option, value in options.items()]
        self._spawn(f"etcd-{name}", self._commands["etcd"], *written)

    def _start_patroni(self, name: str) -> None:
        self._spawn(name, self._commands["patroni"], "settings.json")

    def _spawn(self, at: str, *command: str) -> None:
        with (self.folder.path / f"{at}.log").open("ab") as log:
            self._processes.append(self.folder.spawn(*command, log=log, at=at))

    def _holds_the_lock(self, name: str) -> bool:
        """Whether its Patroni calls it the primary."""
        asked = http.client.HTTPConnection(HERE, self._ports[name].patroni, timeout=ASK_SECONDS)
        try:
            asked.request("GET", "/primary")
            return asked.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def _says(self, name: str, question: str, answer: str) -> bool:
        """Whether its PostgreSQL gives this answer; one that is down gives none."""
        place = f"{HERE}:{self._ports[name].postgres}"
        url = f"postgresql://{SUPERUSER}@{place}/postgres?connect_timeout={ASK_SECONDS}"
        try:
            return psql.ask(url, question) == answer
        except psql.Refused:
            return False

    def _both_stream(self) -> bool:
        leader = self.leader()
        return leader is not None and self._says(leader, BOTH_STREAM, "t")

    def _wait(
        self, otherwise: str, is_so: Callable[[], bool], seconds: float = WAIT_SECONDS
    ) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{otherwise}\n{self.log}")
            time.sleep(0.1)
