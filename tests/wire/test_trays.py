"""Refusals are counted where they are answered, for the organisation that asked, and uses noted
where a pair is right."""

from __future__ import annotations

import asyncio

from tests.wire.clients import KEYS, ORDER, READER, Client, an_application

from orderfolio.operations import credentials
from orderfolio.operations.credentials import Access
from orderfolio.operations.refusals import Tray
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Store

NOBODY = "01890000-0000-7000-8000-000000000000"


def test_each_is_counted_by_code_and_operation(runner: asyncio.Runner, store: Store) -> None:
    tray = Tray()
    client = Client(runner, an_application(store, refusals=tray))
    client.as_(None).get("/v2.1/orders")
    assert client.post("/v2.1/orders", ORDER).status_code == 201
    for _ in range(2):
        client.post("/v2.1/orders", {**ORDER, "price": None})
    client.send("HEAD", f"/v2.1/orders/{NOBODY}")
    client.get("/v2.1/nowhere")
    client.delete("/v2.1/orders")
    client.as_(READER).post("/v2.1/orders", ORDER)
    access = runner.run(store.read(credentials.authenticate, *READER))
    assert isinstance(access, Access)
    one = access.organisation
    assert tray.empty() == {
        (one, "validation", "createOrder"): 2,
        (one, "not-found", "retrieveOrder"): 1,
        (one, "not-found", ""): 1,
        (one, "method-not-allowed", ""): 1,
        (one, "read-only", "createOrder"): 1,
    }


def test_a_use_is_noted_of_who_got_in(runner: asyncio.Runner, store: Store) -> None:
    uses = Uses()
    client = Client(runner, an_application(store, uses=uses))
    client.as_(None).get("/v2.1/orders")
    client.as_((READER[0], "wrong")).get("/v2.1/orders")
    assert uses.take() == {}
    assert client.get("/v2.1/nowhere").status_code == 404
    [(_, client_key)] = uses.take()
    assert client_key == KEYS[0]
