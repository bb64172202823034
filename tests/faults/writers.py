"""Writers who do over HTTP what clients do all day, on several servers, and keep a ledger."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from tests.faults.ledgers import START_PRICE, Cell, Ledger, Life, Told

KEYS: Final = ("writers", "a-token-that-only-these-tests-know")
ANSWER_SECONDS: Final = 8.0
ATTEMPTS: Final = 4
SHARED: Final = 6

ORDER: Final = {"orderedAt": "2024-01-01T16:17:16Z", "currencyCode": "EUR", "price": START_PRICE}
ITEM: Final = {
    "type": "BOOK",
    "name": "Moby-Dick",
    "price": 20,
    "currencyCode": "EUR",
    "status": "CONFIRMED",
}
EXPECTED: Final = {200, 201, 204}

Json = dict[str, Any]

_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.1


class Writer:
    """`addresses` are the servers' as they are now; each request goes to any of them."""

    def __init__(
        self, name: str, ledger: Ledger, addresses: Callable[[], Sequence[str]], seed: int
    ) -> None:
        self.name = name
        self._ledger = ledger
        self._addresses = addresses
        self._chance = random.Random(f"{name} {seed}")
        self._client = httpx.AsyncClient(auth=KEYS, timeout=ANSWER_SECONDS)
        self._seat = ledger.seats.setdefault(name, Cell(None))
        # No number is given twice by the writers of one name.
        self._numbers = seed * 1_000_000

    async def write_until(self, stops: asyncio.Event) -> None:
        async with self._client:
            while not stops.is_set():
                await self._chance.choice((self._sell, self._meet, self._count, self._sit))()

    async def begin(self) -> None:
        """Make the order that all of them count on."""
        async with self._client:
            told, made = await self._post("/v2.1/orders", {**ORDER, "referenceId": "COUNTER"})
            assert told is Told.DONE
            self._ledger.counter = _key(made)
            # A server that answers too soon may not have the order yet.
            for _ in range(_TRIES):
                told, _ = await self._post(f"{self._counter}/extensions/ext", {"everybody": 1})
                if told is Told.DONE:
                    return
                await asyncio.sleep(_PAUSE_SECONDS)
            pytest.fail("the order that was made isn't there")

    async def _sell(self) -> None:
        """An order of one's own, through all that can happen to it."""
        reference = f"{self.name}-{self._next()}"
        told, made = await self._post("/v2.1/orders", {**ORDER, "referenceId": reference})
        if told is not Told.DONE:
            return
        life = Life(reference, _key(made))
        self._ledger.lives.append(life)
        path = f"/v2.1/orders/{made['ref']}"
        buyer = {"firstName": "Ada", "emails": [f"{self._chance.randrange(9)}@example.com"]}
        item = await self._add(life, f"{path}/orderItems", ITEM)
        await self._add(life, f"{path}/contacts", buyer)
        await self._add(life, f"{path}/consumers", {**buyer, "phoneNumbers": ["1"]})
        await self._step(life, f"{path}/extensions/ext")
        told, _, _ = await self._send("PATCH", path, {"status": "PURCHASED"})
        life.status.note(told, "PURCHASED")
        if item is not None and self._chance.random() < 0.4:
            told, _, _ = await self._send("DELETE", f"/v2.1/orderItems/{item}")
            life.children[item.replace("-", "")].note(told, False)
        if self._chance.random() < 0.2:
            told, _, _ = await self._send("DELETE", path)
            life.is_there.note(told, False)

    async def _add(self, life: Life, path: str, body: Json) -> str | None:
        told, made = await self._post(path, body)
        if told is Told.UNKNOWN:
            life.loose += 1
        if told is not Told.DONE:
            return None
        life.children[_key(made)] = Cell(True)
        ref: str = made["ref"]
        return ref

    async def _step(self, life: Life, path: str) -> None:
        told, _ = await self._post(path, {"step": 0})
        life.step.note(told, 0)
        for step in (1, 2):
            if told is not Told.DONE:
                return
            _, tag, _ = await self._send("GET", path)
            guard = {"If-Match": tag} if tag and step == 2 else {}
            told, _, _ = await self._send("PATCH", path, {"step": step}, guard)
            life.step.note(told, step)

    async def _meet(self) -> None:
        """An order that others write at the same moment."""
        reference = f"SHARED-{len(self._ledger.lives) // SHARED}"
        buyer = {"firstName": "Bob", "emails": [f"{reference}@example.com"]}
        told, made = await self._post("/v2.1/orders", {**ORDER, "referenceId": reference})
        if told is Told.DONE:
            await self._post(f"/v2.1/orders/{made['ref']}/contacts", buyer)

    async def _count(self) -> None:
        """One more, unless somebody was quicker."""
        path = self._counter
        told, tag, order = await self._send("GET", path)
        if told is Told.DONE:
            price = {"price": order["price"] + 1}
            told, _, _ = await self._send("PATCH", path, price, {"If-Match": tag})
            self._ledger.counted[told] += 1

    async def _sit(self) -> None:
        """A pair of one's own in an extension that all of them write."""
        path = f"{self._counter}/extensions/ext"
        told, _, _ = await self._send("PATCH", path, {self.name: (number := self._next())})
        self._seat.note(told, number)

    @property
    def _counter(self) -> str:
        return f"/v2.1/orders/{UUID(self._ledger.counter)}"

    async def _post(self, path: str, body: Json) -> tuple[Told, Json]:
        """Once, however often it has to be sent until somebody knows what became of it."""
        key = {"Idempotency-Key": f"{self.name}-{self._chance.getrandbits(64):x}"}
        was_unknown = False
        for _ in range(ATTEMPTS):
            told, _, made = await self._send("POST", path, body, key)
            if told is Told.DONE:
                return told, made
            if told is Told.REFUSED and not was_unknown:
                return told, {}
            was_unknown = True
        return Told.UNKNOWN, {}

    async def _send(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[Told, str, Json]:
        """What is known afterwards, the ETag, and the document."""
        url = self._chance.choice(self._addresses()) + path
        try:
            answer = await self._client.request(method, url, json=body, headers=headers)
        except httpx.ConnectError:
            return await self._rest(Told.REFUSED)
        except httpx.TransportError:
            return await self._rest(Told.UNKNOWN)
        if answer.status_code in EXPECTED:
            if method != "GET":
                self._ledger.note(Told.DONE)
            made = answer.json() if answer.content else {}
            return Told.DONE, answer.headers.get("etag", ""), made
        if answer.status_code == 503:
            unknown = answer.json()["message"] == "The outcome is unknown."
            assert "retry-after" in answer.headers
            return await self._rest(Told.UNKNOWN if unknown else Told.REFUSED)
        if answer.status_code != 412:
            self._ledger.surprises.append(f"{method} {path}: {answer.status_code} {answer.text}")
        return Told.REFUSED, "", {}

    async def _rest(self, told: Told) -> tuple[Told, str, Json]:
        self._ledger.note(told)
        await asyncio.sleep(0.05)
        return told, "", {}

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers


def _key(made: Json) -> str:
    """A ref as the database has it."""
    ref: str = made["ref"]
    return ref.replace("-", "")
