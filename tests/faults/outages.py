"""The ways in which PostgreSQL goes away, each from its begin to its end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from tests.clusters import binaries
from tests.faults.conftest import CLERK, Place

OURS_AWAY: Final = (
    f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{CLERK}'"
)
LOCK_CLAIMS: Final = "BEGIN; LOCK TABLE claims IN ACCESS EXCLUSIVE MODE;"
HOLD_CLAIMS: Final = "BEGIN; SELECT count(*) FROM (SELECT FROM claims FOR UPDATE) AS held;"


@contextmanager
def stopped(place: Place) -> Iterator[None]:
    place.server.stop("fast")
    try:
        yield
    finally:
        place.server.start()


@contextmanager
def crashed(place: Place) -> Iterator[None]:
    place.server.stop("immediate")
    try:
        yield
    finally:
        place.server.start()


@contextmanager
def killed(place: Place) -> Iterator[None]:
    place.server.kill()
    try:
        yield
    finally:
        place.server.start()


@contextmanager
def paused(place: Place) -> Iterator[None]:
    """It hangs, and so do those who connect."""
    place.server.pause()
    try:
        yield
    finally:
        place.server.resume()


@contextmanager
def read_only(place: Place) -> Iterator[None]:
    """As a primary that was frozen."""
    place.server.set("default_transaction_read_only", "on")
    try:
        yield
    finally:
        place.server.set("default_transaction_read_only", None)


@contextmanager
def full(place: Place) -> Iterator[None]:
    """Who is in is thrown out, and nobody is let in again."""
    place.server.sql("postgres", f"ALTER ROLE {CLERK} CONNECTION LIMIT 0; {OURS_AWAY}")
    try:
        yield
    finally:
        place.server.sql("postgres", f"ALTER ROLE {CLERK} CONNECTION LIMIT -1")


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """All that an order or a guest needs to be written waits for somebody else."""
    with client(place, LOCK_CLAIMS):
        yield


@contextmanager
def held(place: Place) -> Iterator[None]:
    """As `locked`, row by row."""
    with client(place, HOLD_CLAIMS):
        yield


@contextmanager
def client(place: Place, text: str) -> Iterator[None]:
    """One of PostgreSQL's own, which has said this and stays."""
    options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only")
    url = place.server.url(place.name)
    with subprocess.Popen(
        [binaries.find() / "psql", *options, "--dbname", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        print(text, "\n\\echo said", file=program.stdin, flush=True)
        while program.stdout.readline() not in {"said\n", ""}:
            pass
        yield
        program.stdin.close()


OUTAGES: Final[Mapping[str, Callable[[Place], AbstractContextManager[None]]]] = {
    "stopped": stopped,
    "crashed": crashed,
    "killed": killed,
    "paused": paused,
    "read-only": read_only,
    "full": full,
    "locked": locked,
    "held": held,
}
