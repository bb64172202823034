"""The console over a real store, and a browser that is signed in to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser as Chromium, sync_playwright
from tests.console.browsers import Browser, Clock, a_server
from tests.console.windows import ARGUMENTS, KEYS, Shop
from tests.journeys.programs import serving
from tests.journeys.tools import need
from tests.wire.clients import populate

from orderfolio.store.contract import Store


@pytest.fixture
def store(runner: asyncio.Runner, opened: Store) -> Store:
    runner.run(populate(opened))
    return opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def stranger(runner: asyncio.Runner, store: Store, clock: Clock) -> Browser:
    """Somebody who isn't signed in."""
    return Browser(runner, a_server(store, clock))


@pytest.fixture
def browser(stranger: Browser) -> Browser:
    """Somebody of the first organisation who may change things."""
    assert stranger.sign_in().status_code == 303
    return stranger


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    variables = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
    with (
        serving(folder, "--database", "sqlite://", **variables) as served,
        httpx.Client(base_url=f"{served.url}/v2.1", auth=KEYS) as api,
    ):
        yield Shop(served.url, api)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    path = need("chromium", "look at the console")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()
