"""While a database is copied, nobody else has anything to do with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import apsw
import pytest
from tests.clusters import psql
from tests.clusters.postgres import Server
from tests.store import houses

COPIED: Final = "postgres_copied"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file in which a server did a little of everything."""
    path = tmp_path / "source.db"
    houses.served(path, range(24))
    return path


@pytest.fixture
def other(postgres: Server) -> Iterator[str]:
    """A database of PostgreSQL without any table."""
    yield postgres.create_database(COPIED)
    postgres.drop_database(COPIED)


def test_nobody_reaches_a_file_while_it_is_copied(source: Path, tmp_path: Path) -> None:
    found: list[str] = []

    def serve(*_: object) -> None:
        for path in (source, tmp_path / "target.db"):
            database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            with pytest.raises(apsw.BusyError):
                database.execute("SELECT COUNT(*) FROM orders")
            found.append(path.name)
            database.close()

    houses.copied(source, tmp_path / "target.db", serve)
    assert set(found) == {"source.db", "target.db"}


def test_nobody_writes_a_server_s_database_while_it_is_copied(
    source: Path, other: str, postgres: Server, tmp_path: Path
) -> None:
    houses.copied(source, other)
    refusals: list[str] = []

    def write(*_: object) -> None:
        if not refusals:
            with pytest.raises(psql.Refused) as caught:
                postgres.sql(COPIED, "SET lock_timeout = 50; UPDATE orders SET version = 7")
            refusals.append(str(caught.value))

    houses.copied(other, tmp_path / "target.db", write)
    assert "lock timeout" in refusals[0]
