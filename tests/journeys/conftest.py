"""A running server for the journeys: a process of its own, over a database of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from tests.journeys.programs import serving

CLIENT_KEY = "journeys"
API_TOKEN = "a-token-that-only-these-tests-know"  # one server's, and gone with it


class Server(NamedTuple):
    url: str
    client_key: str
    api_token: str


@pytest.fixture(scope="module")
def database() -> str:
    """The address of one with nothing in it, not even tables."""
    return "sqlite://"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[Server]:
    """A server with nothing in it, which lives as long as the module's tests."""
    credentials = {"ORDERFOLIO_CLIENT_KEY": CLIENT_KEY, "ORDERFOLIO_API_TOKEN": API_TOKEN}
    folder = tmp_path_factory.mktemp("server")
    with serving(folder, "--database", database, "--migrate", **credentials) as served:
        yield Server(served.url, CLIENT_KEY, API_TOKEN)
        assert served.stop() == 0, served.log
