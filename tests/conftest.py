"""What tests of every kind may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.clusters.binaries import Missing
from tests.clusters.postgres import Server
from tests.journeys.tools import leave_out


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this process's tests, started for the first that asks.

    A test takes a database of its own on it, and leaves it running with the settings that it had.
    """
    try:
        server = Server()
    except Missing as missing:
        leave_out(f"{missing} What runs on PostgreSQL is left out.")
    with server:
        server.start()
        yield server
