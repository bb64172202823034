"""Journeys to a PostgreSQL server: those that are left out, and what holds without them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs
from tests.clusters import psql
from tests.store.conftest import Driver
from tests.store.rows import an_order, an_organisation
from tests.store.spelling import SPELLING

from orderfolio.errors import Unavailable
from orderfolio.model import refs
from orderfolio.operations import audit
from orderfolio.operations.acting import ActingStore
from orderfolio.store import deadlines, postgres
from orderfolio.store.connections import Value
from orderfolio.store.contract import Transaction
from orderfolio.store.postgres import sessions
from orderfolio.store.postgres.sessions import Session, open_session
from orderfolio.store.postgres.spelling import Spelling
from orderfolio.store.queries import OrderQuery, Page, Window
from orderfolio.store.records import Actor, By, OrderRow, Organisation
from orderfolio.store.tables import tallies

SECONDS = 0.5
TOGETHER = "orders_insert + tallies_add"
HELD = [{"shard": shard, "kind": "mark"} for shard in (7, 4)]


@pytest.fixture
def driver(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    # Old plans are ended by journeys of their own, on a machine that takes a second over a test.
    monkeypatch.setattr(sessions, "_FIRST_PLANS_SECONDS", 3600.0)
    with asyncio.Runner() as runner:
        opening = postgres.open_store(postgres_url, SPELLING, writing_lanes=1, reading_lanes=1)
        store = runner.run(opening)
        try:
            # A lane connects when it is first used, which takes journeys of its own.
            runner.run(store.read(_nothing))
            yield Driver(store, runner)
        finally:
            runner.run(store.close())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the server: a statement's name, or the first word of what has none."""
    journeys: list[str] = []
    execute, fetch_many, fetch_one = Session.execute, Session._fetch_many, Session._fetch_one
    put = Session.put

    async def executing(session: Session, text: str) -> str:
        journeys.append(text.split(maxsplit=1)[0])
        return await execute(session, text)

    async def fetching_many(session: Session, spelling: Spelling, given: Any) -> Any:
        journeys.append(spelling.name)
        return await fetch_many(session, spelling, given)

    async def fetching_one(session: Session, spelling: Spelling, values: Any) -> Any:
        journeys.append(spelling.name)
        return await fetch_one(session, spelling, values)

    async def putting(session: Session, given: Any) -> None:
        if len(given) > 1:
            journeys.append(" + ".join(given))
        await put(session, given)

    monkeypatch.setattr(Session, "put", putting)
    monkeypatch.setattr(Session, "execute", executing)
    monkeypatch.setattr(Session, "_fetch_many", fetching_many)
    monkeypatch.setattr(Session, "_fetch_one", fetching_one)
    return journeys


async def _nothing(tx: Transaction) -> None:
    """An operation without a statement."""


async def _create(tx: Transaction) -> OrderRow:
    return await an_order(tx, await an_organisation(tx))


async def _look(tx: Transaction, row: OrderRow) -> int | None:
    found = await tx.orders.document(row.organisation, row.ref)
    return None if found is None else found.version


async def _page(tx: Transaction, row: OrderRow, window: Window) -> Page:
    return await tx.orders.page(row.organisation, OrderQuery(), window)


class TestReads:
    def test_of_one_statement_have_no_transaction(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)
        asked.clear()
        assert driver.read(_look, row) == 1
        assert asked == ["orders_document"]

    def test_of_a_whole_page_have_its_total_with_it(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)
        asked.clear()
        page = driver.read(_page, row, Window(whole=True, joined=True))
        assert (page.total, page.more) == (1, None)
        assert asked == ["orders_page_joined"]

    def test_of_a_page_far_behind_find_its_offset_in_one_statement(
        self, driver: Driver, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tallies, "_WALKED", 0)
        row = driver.transact(_create)
        driver.transact(an_order, row.organisation, "another")
        far = Window(offset=1, whole=True, joined=True)
        driver.read(_page, row, far)
        asked.clear()
        assert driver.read(_page, row, far).total == 2
        assert asked == ["BEGIN", "tallies_walk", "orders_page_joined", "ROLLBACK"]

    def test_of_one_statement_end_old_plans_too(
        self, driver: Driver, asked: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = driver.transact(_create)
        asked.clear()
        monkeypatch.setattr(Session, "_plans_are_due", lambda _: True)
        assert driver.read(_look, row) == 1
        assert asked == ["DISCARD", "orders_document"]

    def test_that_come_together_and_ask_for_one_share_it(
        self, driver: Driver, asked: list[str]
    ) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def look_often() -> list[int | None]:
            return await asyncio.gather(*(driver.store.read(_look, row) for _ in range(9)))

        assert driver.runner.run(look_often()) == [1] * 9
        assert asked == ["orders_document"]

    def test_that_are_shared_are_run_once_for_all_who_wait(
        self, driver: Driver, asked: list[str]
    ) -> None:
        row = driver.transact(_create)
        asked.clear()
        runs = []

        async def look(tx: Transaction, version: int) -> int | None:
            runs.append(version)
            return await _look(tx, row)

        async def look_often() -> list[int | None]:
            reads = [driver.store.read_shared(look, n % 2) for n in range(8)]
            given_up = asyncio.ensure_future(driver.store.read_shared(look, 0))
            answers = asyncio.gather(*reads)
            await asyncio.sleep(0)
            given_up.cancel()
            return await answers

        assert driver.runner.run(look_often()) == [1] * 8
        assert sorted(runs) == [0, 1]
        assert asked == ["orders_document"]

    def test_that_are_shared_see_what_was_written_before_they_came(self, driver: Driver) -> None:
        row = driver.transact(_create)

        async def change(tx: Transaction, version: int) -> None:
            await tx.orders.update(structs.replace(row, version=version))

        async def story() -> list[int | None]:
            earlier = [asyncio.ensure_future(driver.store.read_shared(_look, row))]
            seen = []
            for version in range(2, 12):
                await driver.store.transact(change, version)
                seen.append(await driver.store.read_shared(_look, row))
                earlier.append(asyncio.ensure_future(driver.store.read_shared(_look, row)))
            await asyncio.gather(*earlier)
            return seen

        assert driver.runner.run(story()) == list(range(2, 12))

    def test_that_ask_for_more_see_one_moment(
        self, driver: Driver, postgres_url: str, asked: list[str]
    ) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def look_twice(tx: Transaction) -> tuple[int | None, int | None]:
            first = await _look(tx, row)
            # Somebody else writes between the two.
            psql.ask(postgres_url, "UPDATE orders SET version = version + 1")
            return first, await _look(tx, row)

        # The first look is alone until it turns out that there is another.
        assert driver.read(look_twice) == (2, 2)
        assert asked == ["orders_document", "BEGIN", *["orders_document"] * 2, "ROLLBACK"]
        asked.clear()
        assert driver.read(look_twice) == (3, 3)
        assert asked == ["BEGIN", *["orders_document"] * 2, "ROLLBACK"]

    def test_of_both_kinds_are_answered_together(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def look_twice(tx: Transaction) -> tuple[int | None, int | None]:
            return await _look(tx, row), await _look(tx, row)

        async def look() -> list[object]:
            reads = [driver.store.read(_look, row), driver.store.read(look_twice)]
            return list(await asyncio.gather(*reads))

        assert driver.runner.run(look()) == [1, (1, 1)]

    def test_are_each_given_their_own(self, driver: Driver) -> None:
        first = driver.transact(_create)

        async def create(tx: Transaction) -> OrderRow:
            return await an_order(tx, first.organisation, "R-2")

        async def find(tx: Transaction, row: OrderRow) -> bytes | None:
            found = await tx.orders.document(row.organisation, row.ref)
            return None if found is None else found.body

        second = driver.transact(create)
        gone = structs.replace(first, organisation=Organisation(99))
        rows = [first, second, gone, first, gone, second]

        async def find_all() -> list[bytes | None]:
            return await asyncio.gather(*(driver.store.read(find, row) for row in rows))

        bodies = [SPELLING.order(first), SPELLING.order(second), None]
        expected = [bodies[n] for n in (0, 1, 2, 0, 2, 1)]
        assert driver.runner.run(find_all()) == expected

    def test_for_the_same_are_looked_for_once(self, driver: Driver, postgres_url: str) -> None:
        row = driver.transact(_create)
        key: dict[str, Value] = {
            "organisation": row.organisation,
            "ref": row.ref,
            "shard": refs.shard_of(row.ref),
        }
        other: dict[str, Value] = {**key, "organisation": 99}

        async def story() -> None:
            session = await open_session(postgres_url)
            try:
                found = await session.fetch_each("orders_document", [key, other, key])
                assert [len(rows) for rows in found] == [1, 0, 1]
                assert found[0] is found[2]
            finally:
                session.terminate()

        driver.runner.run(story())

    def test_whose_only_statement_writes_are_refused(
        self, driver: Driver, postgres_url: str
    ) -> None:
        async def write(tx: Transaction) -> None:
            await tx.deletions.mark(Organisation(1), tx.new_ref(tx.any_shard()))

        async def write_in_time() -> None:
            deadlines.begin(SECONDS)
            await driver.store.read(write)

        with pytest.raises(Unavailable, match="read-only transaction"):
            driver.runner.run(write_in_time())
        assert psql.ask(postgres_url, "SELECT count(*) FROM deletions") == "0"


class TestWrites:
    def test_that_nothing_waits_for_go_together(self, driver: Driver, asked: list[str]) -> None:
        organisation = driver.transact(an_organisation)
        asked.clear()

        async def create_three() -> list[OrderRow]:
            names = ("R-1", "R-2", "R-3")
            writes = [driver.store.transact(an_order, organisation, name) for name in names]
            return await asyncio.gather(*writes)

        rows = driver.runner.run(create_three())
        assert asked == ["BEGIN", "claims_hold", TOGETHER, "COMMIT"]
        assert [driver.read(_look, row) for row in rows] == [1, 1, 1]
        driver.runner.run(_see_counted(driver, organisation, 3))

    def test_are_there_for_what_looks_for_them(self, driver: Driver, asked: list[str]) -> None:
        organisation = driver.transact(an_organisation)
        asked.clear()

        async def create_and_look(tx: Transaction) -> int | None:
            return await _look(tx, await an_order(tx, organisation))

        assert driver.transact(create_and_look) == 1
        assert asked == ["BEGIN", "claims_hold", TOGETHER, "orders_document", "COMMIT"]

    def test_of_one_table_go_one_after_the_other(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def update_twice(tx: Transaction) -> None:
            for version in (2, 3):
                await tx.orders.update(structs.replace(row, version=version))

        driver.transact(update_twice)
        once = ["orders_part", "orders_update"]
        assert asked == ["BEGIN", *once, *once, "transactions_number", "COMMIT"]
        assert driver.read(_look, row) == 3

    def test_of_new_rows_of_one_table_go_at_once(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def record_twice(tx: Transaction) -> None:
            for version in (2, 3):
                await audit.record(tx, row.organisation, "order", row.ref, version=version)

        driver.transact(record_twice)
        assert asked == ["BEGIN", "audit_insert", "transactions_number", "COMMIT"]

    def test_that_may_change_a_row_go_one_after_the_other(
        self, driver: Driver, asked: list[str]
    ) -> None:
        row = driver.transact(_create)
        asked.clear()

        async def put_elsewhere(tx: Transaction) -> None:
            await tx.orders.update(
                structs.replace(row, order=structs.replace(row.order, status="SENT"))
            )

        driver.transact(put_elsewhere)
        # Out of one part of the list, and into another: rows of one key, as far as anyone knows.
        counts = ["tallies_add", "tallies_add + orders_update"]
        assert asked == ["BEGIN", "orders_part", *counts, "COMMIT"]

    def test_of_an_operation_that_fails_then_are_undone(self, driver: Driver) -> None:
        organisation = driver.transact(an_organisation)

        async def create_and_fail(tx: Transaction, name: str) -> None:
            await an_order(tx, organisation, name)
            raise LookupError(name)

        async def create_all() -> list[object]:
            writes = [
                driver.store.transact(an_order, organisation, "R-1"),
                driver.store.transact(create_and_fail, "R-2"),
                driver.store.transact(an_order, organisation, "R-3"),
            ]
            return list(await asyncio.gather(*writes, return_exceptions=True))

        first, failed, second = driver.runner.run(create_all())
        assert isinstance(failed, LookupError)
        assert isinstance(first, OrderRow)
        assert isinstance(second, OrderRow)
        driver.runner.run(_see_counted(driver, organisation, 2))


async def _see_counted(driver: Driver, organisation: Organisation, orders: int) -> None:
    window = Window(limit=100)
    page = await driver.store.read(orders_of, organisation, window)
    assert (page.total, len(page.documents)) == (orders, orders)


async def orders_of(tx: Transaction, organisation: Organisation, window: Window) -> Page:
    return await tx.orders.page(organisation, OrderQuery(), window)


class TestGroups:
    def test_of_what_clients_do_leave_out_only_what_was_long(
        self, driver: Driver, asked: list[str]
    ) -> None:
        row = driver.transact(_create)
        store = ActingStore(driver.store, By(actor=Actor.CLIENT, name="key", operation="o"))

        async def look_often(tx: Transaction) -> None:
            for _ in range(30):
                await _look(tx, row)

        async def together() -> list[int | None]:
            await store.transact(look_often)
            asked.clear()
            return await asyncio.gather(*(store.transact(_look, row) for _ in range(9)))

        assert driver.runner.run(together()) == [1] * 9
        assert asked == ["BEGIN", "orders_document", "ROLLBACK"]


class TestNumbers:
    def test_of_transactions_come_with_what_is_held(self, driver: Driver, asked: list[str]) -> None:
        row = driver.transact(_create)

        async def create(tx: Transaction) -> None:
            await an_order(tx, row.organisation, "R-2")

        asked.clear()
        driver.transact(create)
        assert asked == ["BEGIN", "claims_hold", TOGETHER, "COMMIT"]

    def test_are_asked_for_where_nothing_is(self, driver: Driver, asked: list[str]) -> None:
        driver.transact(an_organisation)
        assert asked[-2:] == ["transactions_number", "COMMIT"]

    @pytest.mark.parametrize("held", [HELD[:1], HELD], ids=["one", "many"])
    def test_are_those_of_the_transaction(
        self, driver: Driver, postgres_url: str, held: list[dict[str, Any]]
    ) -> None:
        async def story() -> None:
            session = await open_session(postgres_url)
            try:
                await session.begin("READ COMMITTED")
                assert session.number is None
                found = await session.fetch_each("claims_hold", held)
                assert [[tuple(row) for row in rows] for rows in found] == [
                    [(values["shard"],)] for values in held
                ]
                ((number,),) = await session.fetch("transactions_number", {})
                assert session.number == number
                await session.execute("ROLLBACK")
                await session.begin("READ COMMITTED")
                assert session.number is None
            finally:
                session.terminate()

        driver.runner.run(story())
