"""A server that a test may stop, kill or hang, and a database of ours on it for each test."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest
from tests.clusters.postgres import SUPERUSER, Server

from orderfolio.store.postgres import migrate

CLERK: Final = "clerk"
_numbers = itertools.count(1)


class Place(NamedTuple):
    """A database with our tables, and the server that it is on."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """For a user who is nobody special, as a server's should be."""
        return self.server.url(self.name).replace(f"{SUPERUSER}@", f"{CLERK}@")

    def sql(self, text: str) -> str:
        return self.server.sql(self.name, text)

    def references(self) -> list[str]:
        """Those of the orders that are there, one an order."""
        return self.sql("SELECT reference_id FROM orders ORDER BY 1").splitlines()


@pytest.fixture(scope="module")
def own(postgres: Server) -> Iterator[Server]:
    """No other module's tests are on it. It has all of our tables in a pattern to copy."""
    with Server() as server:
        server.start()
        asyncio.run(migrate(server.create_database("pattern")))
        server.sql("pattern", f"CREATE ROLE {CLERK} LOGIN")
        server.sql("pattern", f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {CLERK}")
        yield server


@pytest.fixture
def place(own: Server) -> Iterator[Place]:
    own.resume()
    own.start()
    name = f"faults_{next(_numbers)}"
    own.create_database(name, template="pattern")
    yield Place(own, name)
    own.resume()
    own.start()
    own.drop_database(name)
