"""A client of the API for tests: it speaks to the ASGI application, with nothing between."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any, Final, TypedDict, Unpack

import httpx

from orderfolio.model.instants import Instant, parse
from orderfolio.operations import credentials, organisations
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import Receive, Scope, Send

BASE: Final = "http://api.test"
OPENAPI: Final = b'{"openapi":"3.1.0"}'
KEYS: Final = ("client-one", "token-one")
READER: Final = ("client-reader", "token-reader")
OTHERS: Final = ("client-two", "token-two")

ORDER: Final = {
    "referenceId": "B56E3AA9",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.5,
}
ITEM: Final = {
    "type": "BOOK",
    "name": "Moby-Dick",
    "price": 20,
    "currencyCode": "EUR",
    "status": "CONFIRMED",
}
PERSON: Final = {"firstName": "Ada", "lastName": "Byron", "emails": ["ada@example.com"]}
GUEST: Final = {"guestType": "customer", "firstName": "Ada", "emails": ["ada@example.com"]}


class Sent(TypedDict, total=False):
    """What a request may have beside a JSON body."""

    content: bytes
    headers: Mapping[str, str]


class Client:
    """Sends requests with the credentials of one organisation, none, or others."""

    def __init__(
        self,
        runner: asyncio.Runner,
        application: Application,
        keys: tuple[str, str] | None = KEYS,
    ) -> None:
        self.runner = runner
        self.application = application
        self.keys = keys
        # What the application raises would reach the test; a client would see it as a 500.
        self._transport = httpx.ASGITransport(application)

    def as_(self, keys: tuple[str, str] | None) -> Client:
        return Client(self.runner, self.application, keys)

    def at(self, address: str) -> Client:
        """The same client on another machine."""
        moved = Client(self.runner, self.application, self.keys)
        moved._transport = httpx.ASGITransport(self.application, client=(address, 443))
        return moved

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """`body` goes as JSON; `content` as it stands, declared as JSON unless told."""
        sent = {"Accept": "application/json"}
        if body is not None:
            content = json.dumps(body).encode()
        if content is not None:
            sent["Content-Type"] = "application/json"
        return self.runner.run(self._send(method, path, content, {**sent, **(headers or {})}))

    async def ask(self, path: str) -> httpx.Response:
        """GET it, beside whatever else the loop does."""
        return await self._send("GET", path, None, {"Accept": "application/json"})

    async def _send(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        auth = None if self.keys is None else httpx.BasicAuth(*self.keys)
        async with httpx.AsyncClient(transport=self._transport, base_url=BASE) as client:
            url = path if path.startswith("http") else BASE + path
            return await client.request(
                method, url, content=content, headers=dict(headers), auth=auth
            )

    def leave(self, method: str, path: str) -> None:
        """Ask for something, and be gone before the body of it has come."""
        self.runner.run(self._leave(method, path))

    async def _leave(self, method: str, path: str) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.disconnect"}

        async def send(message: object) -> None:
            raise AssertionError(message)

        await self.application(self._scope(method, path), receive, send)

    async def stall(self, path: str, begun: asyncio.Event) -> None:
        """GET it, and never take anything of the answer, which has `begun`."""

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(_message: object) -> None:
            begun.set()
            await asyncio.Event().wait()

        await self.application(self._scope("GET", path), receive, send)

    def _scope(self, method: str, path: str) -> dict[str, Any]:
        assert self.keys is not None
        pair = base64.b64encode(":".join(self.keys).encode())
        return {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(b"authorization", b"Basic " + pair)],
            "scheme": "http",
        }

    def get(self, path: str, **named: Unpack[Sent]) -> httpx.Response:
        return self.send("GET", path, **named)

    def post(self, path: str, body: object = None, **named: Unpack[Sent]) -> httpx.Response:
        return self.send("POST", path, body, **named)

    def put(self, path: str, body: object = None, **named: Unpack[Sent]) -> httpx.Response:
        return self.send("PUT", path, body, **named)

    def patch(self, path: str, body: object = None, **named: Unpack[Sent]) -> httpx.Response:
        return self.send("PATCH", path, body, **named)

    def delete(self, path: str, **named: Unpack[Sent]) -> httpx.Response:
        return self.send("DELETE", path, **named)

    # What tests begin with.

    def order(self, **attributes: object) -> str:
        """The ref of a new order."""
        return self._ref(self.post("/v2.1/orders", {**ORDER, **attributes}))

    def item(self, order: str, **attributes: object) -> str:
        return self._ref(self.post(f"/v2.1/orders/{order}/orderItems", {**ITEM, **attributes}))

    def contact(self, order: str, **attributes: object) -> str:
        return self._ref(self.post(f"/v2.1/orders/{order}/contacts", {**PERSON, **attributes}))

    def consumer(self, order: str, **attributes: object) -> str:
        return self._ref(self.post(f"/v2.1/orders/{order}/consumers", {**PERSON, **attributes}))

    def guest(self, **attributes: object) -> str:
        return self._ref(self.post("/v2.1/guests", {**GUEST, **attributes}))

    @staticmethod
    def _ref(answer: httpx.Response) -> str:
        assert answer.status_code == 201, answer.text
        ref = answer.json()["ref"]
        assert isinstance(ref, str)
        return ref


async def no_pages(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Stands where the pages for people are."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


def noon() -> Instant:
    found = parse("2024-06-01T12:00:00Z")
    assert found is not None
    return found


def an_application(store: Store, **settings: Any) -> Application:
    return Application(store, openapi=OPENAPI, pages=no_pages, **settings)


async def populate(store: Store) -> None:
    """Two organisations; the first has a credential that may only read, too."""
    for name, keys in (("One", KEYS), ("Two", OTHERS)):
        await store.transact(organisations.create, name)
        await store.transact(credentials.create, name, NewCredential(*keys), False)
    await store.transact(credentials.create, "One", NewCredential(*READER), True)


def flaws(answer: httpx.Response) -> str:
    """The message of a refusal with status 400, after a look at the rest of its body."""
    body = refusal(answer, 400)
    return str(body["message"])


def refusal(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body of a refusal, held against the form that all but 401 have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert list(body) == ["status", "code", "message", "developerMessage", "moreInfoUrl"]
    assert body["status"] == body["code"] == status
    assert answer.headers["x-request-id"]
    return body
