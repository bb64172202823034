"""What each operation leaves in the audit log: its rows, in the client's name, or none."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from tests.wire.clients import ITEM, KEYS, ORDER, OTHERS, PERSON, READER, Client
from tests.wire.worlds import NOBODY, WITH_REF, WRITES, World

from orderfolio.model import refs
from orderfolio.operations import audit
from orderfolio.store.contract import Store
from orderfolio.store.queries import EntryQuery
from orderfolio.store.records import Actor, Entry
from orderfolio.wire.routes import Route

ALL: Final = EntryQuery(limit=1000)
TWICE: Final = ("deleteGuest",)


class Log:
    """The audit log of an organisation, and what came to it since it was last read."""

    def __init__(self, runner: asyncio.Runner, store: Store, organisation: str = "One") -> None:
        self._runner = runner
        self._store = store
        self._organisation = organisation
        self._known = 0
        self.new()

    def new(self) -> list[Entry]:
        """The entries that weren't told of yet, the oldest first."""
        page = self._runner.run(self._store.read(audit.browse_named, self._organisation, ALL))
        entries = list(page.entries)[::-1]
        fresh, self._known = entries[self._known :], len(entries)
        return fresh

    def told(self) -> list[tuple[str, str, str | None, int | None]]:
        """The new ones: operation, change and noun, ref, version."""
        return [
            (
                entry.by.operation,
                f"{entry.change.value} {entry.noun}",
                None if entry.touched is None else refs.spell(entry.touched),
                entry.version,
            )
            for entry in self.new()
        ]


@pytest.fixture
def world(client: Client) -> World:
    return World(client)


@pytest.fixture
def log(runner: asyncio.Runner, store: Store, world: World) -> Log:
    return Log(runner, store)


def _name(route: Route) -> str:
    return route.operation_id


class TestEachWrite:
    @pytest.mark.parametrize("route", WRITES, ids=_name)
    def test_leaves_its_rows_in_the_client_s_name(
        self, client: Client, world: World, log: Log, route: Route
    ) -> None:
        answer = client.send(
            route.method, world.path(route), world.body(route), headers={"X-Request-Id": "r-1"}
        )
        assert answer.status_code < 300, answer.text
        entries = log.new()
        assert len(entries) == (2 if route.operation_id in TWICE else 1)
        for entry in entries:
            by = entry.by
            assert (by.actor, by.name) == (Actor.CLIENT, KEYS[0])
            assert (by.operation, by.request_id) == (route.operation_id, "r-1")
            touched = entry.touched
            assert touched is not None
            assert refs.shard_of(entry.ref) == refs.shard_of(touched)
        if "etag" in answer.headers:
            ref, version = entries[0].touched, entries[0].version
            assert ref is not None
            assert answer.headers["etag"] == f'"{ref.hex()}.{version}"'

    @pytest.mark.parametrize("route", WITH_REF, ids=_name)
    def test_of_another_s_ref_leaves_none(
        self,
        client: Client,
        world: World,
        log: Log,
        route: Route,
        runner: asyncio.Runner,
        store: Store,
    ) -> None:
        theirs = Log(runner, store, "Two")
        others = client.as_(OTHERS)
        answer = others.send(route.method, world.path(route), world.body(route))
        assert answer.status_code == 404
        assert (log.new(), theirs.new()) == ([], [])

    @pytest.mark.parametrize("route", WRITES, ids=_name)
    def test_that_is_refused_leaves_none(
        self, client: Client, world: World, log: Log, route: Route
    ) -> None:
        path, body = world.path(route), world.body(route)
        assert client.as_(READER).send(route.method, path, body).status_code == 403
        if "Ref}" in route.template:
            missing = client.send(route.method, world.path(route, NOBODY), body)
            assert missing.status_code == 404
        if route.method != "POST":
            guarded = client.send(route.method, path, body, headers={"If-Match": '"other"'})
            assert guarded.status_code == 412
        assert client.send(route.method, f"{path}?nonsense=1", body).status_code == 400
        assert log.new() == []


class TestWhatElseChanges:
    def test_a_repeated_post_leaves_nothing_more(self, client: Client, log: Log) -> None:
        headers = {"Idempotency-Key": "once"}
        body = {**ORDER, "referenceId": "R-9"}
        ref = client.post("/v2.1/orders", body, headers=headers).json()["ref"]
        assert log.told() == [("createOrder", "created order", ref, 1)]
        assert client.post("/v2.1/orders", body, headers=headers).json()["ref"] == ref
        assert log.new() == []

    def test_a_matching_order_is_changed_not_created(self, client: Client, log: Log) -> None:
        ref = client.order(referenceId="R-9")
        assert client.order(referenceId="R-9") == ref
        assert [row[1:] for row in log.told()] == [
            ("created order", ref, 1),
            ("changed order", ref, 2),
        ]

    def test_a_contact_and_the_guest_that_it_makes_leave_a_row_each(
        self, client: Client, world: World, log: Log
    ) -> None:
        order = world.refs["{orderRef}"]
        person = {**PERSON, "emails": ["new@example.com"]}
        contact = client.post(f"/v2.1/orders/{order}/contacts", person).json()
        guest = contact["guest"]["href"].rpartition("/")[2]
        entries = log.new()
        assert [
            (entry.noun, refs.spell(entry.touched), entry.version)
            for entry in entries
            if entry.touched
        ] == [("guest", guest, 1), ("order contact", contact["ref"], 1)]
        for entry in entries:
            assert entry.by.operation == "createOrderContact"
            assert entry.order_ref is not None
            assert refs.spell(entry.order_ref) == order
        assert entries[1].guest_ref == refs.parse(guest)

    def test_an_item_whose_quantity_follows_its_consumers_is_changed(
        self, client: Client, world: World, log: Log
    ) -> None:
        order = world.refs["{orderRef}"]
        item = client.post(f"/v2.1/orders/{order}/orderItems", ITEM).json()["ref"]
        log.new()
        linked = {**PERSON, "orderItems": {"items": [{"ref": item}]}}
        consumer = client.consumer(order, **linked)
        told = log.told()
        assert ("createOrderConsumer", "changed order item", item, 2) in told
        assert ("createOrderConsumer", "created order consumer", consumer, 1) in told

    def test_a_guest_s_deletion_leaves_a_receipt_with_its_orders(
        self, client: Client, world: World, log: Log
    ) -> None:
        order = client.order(referenceId="R-9")
        client.item(order)
        contact = client.post(
            f"/v2.1/orders/{order}/contacts", {**PERSON, "emails": ["new@example.com"]}
        ).json()
        guest = contact["guest"]["href"].rpartition("/")[2]
        log.new()
        assert client.delete(f"/v2.1/guests/{guest}").status_code == 204
        entries = log.new()
        assert [(entry.noun, refs.spell(entry.touched)) for entry in entries if entry.touched] == [
            ("guest", guest),
            ("order", order),
            ("guest", guest),
        ]
        gone = entries[-1].gone
        assert gone is not None
        assert (gone.orders, gone.items, gone.contacts) == (1, 1, 1)
        assert {entry.by.operation for entry in entries} == {"deleteGuest"}
        assert {entry.version for entry in entries} == {None}

    def test_reading_leaves_nothing(self, client: Client, world: World, log: Log) -> None:
        world.shown(client)
        assert log.new() == []

    def test_nothing_that_a_client_said_is_in_it(
        self, client: Client, world: World, runner: asyncio.Runner, store: Store
    ) -> None:
        page = runner.run(store.read(audit.browse_named, "One", ALL))
        assert len(page.entries) > 5
        text = repr(page).lower()
        # Request ids are of hexadecimal digits at random, so no word of these letters alone.
        for said in ("byron", "ada@", "moby", "b56e3aa9", "token-one"):
            assert said not in text
