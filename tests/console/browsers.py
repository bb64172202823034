"""A browser without a window, for tests: it keeps cookies, reads pages and sends forms."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from html import unescape
from typing import Final

import httpx
from tests.wire.clients import BASE, KEYS, Client

from orderfolio.console.application import create_console
from orderfolio.console.pages import create_pages
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Store
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import Scope
from orderfolio.wire.documents import SPELLING

OPENAPI: Final = b'{"openapi":"3.1.0","info":{"title":"Orders","version":"2.1"}}'
SIGN_IN: Final = "/console/sign-in"


class Clock:
    """Seconds since 1970, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def a_server(
    store: Store, clock: Clock, *, base: str = BASE, uses: Uses | None = None
) -> Application:
    """The API and the console over one store."""

    def base_of(_scope: Scope) -> str:
        return base

    def client_of(scope: Scope) -> str:
        return str(scope["client"][0])

    uses = Uses() if uses is None else uses
    console = create_console(store, SPELLING, base_of, client_of, uses, clock)
    pages = create_pages(OPENAPI, console, base_of)
    return Application(store, openapi=OPENAPI, pages=pages, uses=uses)


class Browser:
    """Follows no redirect by itself."""

    def __init__(self, runner: asyncio.Runner, server: Application, *, base: str = BASE) -> None:
        self.api = Client(runner, server)
        self._runner = runner
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url=base)

    @property
    def cookies(self) -> httpx.Cookies:
        return self._http.cookies

    def get(self, path: str, **query: str) -> httpx.Response:
        return self._runner.run(self._http.get(path, params=query or None))

    def see(self, path: str, **query: str) -> str:
        """What a page shows, with its markup."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(
        self, path: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return self._runner.run(self._http.post(path, data=dict(form), headers=headers))

    def guard(self, path: str = SIGN_IN) -> str:
        """The guard of the forms on a page."""
        found = re.search(r'name="guard" value="([0-9a-f]+)"', self.see(path))
        assert found is not None
        return found[1]

    def send(self, page: str, path: str, **form: str) -> httpx.Response:
        """A form to `path`, guarded as the page that holds it."""
        return self.post(path, {"guard": self.guard(page), **form})

    def sign_in(self, keys: tuple[str, str] = KEYS, wanted: str = "") -> httpx.Response:
        name, secret = keys
        return self.send(SIGN_IN, SIGN_IN, name=name, secret=secret, next=wanted)


def words(page: str) -> str:
    """A page's text, with one blank where markup or space stood."""
    body = page.partition("<main")[2].partition("</main>")[0].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
