"""Folding: dense seconds are divided, and stay as exact as those that aren't."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, TypeAlias

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import NOON, a_contact, a_guest, an_order, an_organisation

from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.connections import Value
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Page, Window
from orderfolio.store.records import Organisation
from orderfolio.store.tables import folds, tallies
from orderfolio.store.tables.folds import Folds

MANY: Final = 1_000
SECOND: Final = NOON.microseconds // 1000 >> 10 << 10

Story: TypeAlias = Callable[[Transaction, Organisation], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _dense(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four in a second are dense, and every offset is found in the tree."""
    monkeypatch.setattr(folds, "DENSE", 4)
    monkeypatch.setattr(tallies, "_WALKED", -1)


def told(driver: Driver, story: Story) -> None:
    async def told(tx: Transaction) -> None:
        await story(tx, await an_organisation(tx))

    driver.transact(told)


async def make(tx: Transaction, organisation: Organisation, moments: Sequence[int]) -> list[Ref]:
    """Orders of these milliseconds of the second."""
    made = []
    for counter, moment in enumerate(moments):
        ref = refs.mint(SECOND + moment, moment, counter, counter)
        row = await an_order(tx, organisation, f"R-{moment}")
        await tx.orders.delete(organisation, row.ref)
        await tx.orders.insert(structs.replace(row, ref=ref))
        made.append(ref)
    # The counts of those that came and went are of another second.
    await tx.tallies.fold(MANY)
    return made


async def counted(tx: Transaction, organisation: Organisation, name: str, level: int) -> int:
    assert isinstance(tx.tallies, Folds)
    key: dict[str, Value] = {"organisation": organisation, "list": name, "level": level}
    ((size,),) = await tx.tallies._connection.rows("checks_level", key)
    return int(size)


async def look(tx: Transaction, organisation: Organisation, kept: Sequence[Ref]) -> None:
    """From every offset, in both directions, one by one and in one piece."""
    for descending in (False, True):
        listed = sorted(kept, reverse=descending)
        query = OrderQuery(descending=descending)
        for offset in range(len(listed) + 1):
            window = Window(offset=offset, limit=2, whole=True)
            page = await tx.orders.page(organisation, query, window)
            assert [document.ref for document in page.documents] == listed[offset : offset + 2]
            assert page.total == len(listed)
            window = structs.replace(window, joined=True)
            piece = await tx.orders.page(organisation, query, window)
            assert _in_one_piece(piece) == _in_one_piece(page)
            assert (piece.total, piece.more) == (page.total, page.more)


def _in_one_piece(page: Page) -> bytes:
    return page.joined or b",".join([document.body for document in page.documents])


class TestDividing:
    @pytest.mark.parametrize("batches", [[6], [3, 3], [1, 1, 4], [5, 1], [2, 2, 2]])
    def test_a_dense_second_is_counted_at_the_finest_level_too(
        self, driver: Driver, batches: list[int]
    ) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            kept: list[Ref] = []
            for size in batches:
                begin = len(kept)
                kept += await make(tx, organisation, [n * 150 for n in range(begin, begin + size)])
                await look(tx, organisation, kept)
            assert await counted(tx, organisation, tallies.ORDERS, tallies.FINEST) == 6

        told(driver, story)

    def test_one_of_few_is_not(self, driver: Driver) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            kept = await make(tx, organisation, [0, 20, 1023])
            assert await counted(tx, organisation, tallies.ORDERS, tallies.FINEST) == 0
            await look(tx, organisation, kept)

        told(driver, story)

    def test_what_is_not_folded_yet_counts_in_a_divided_second(self, driver: Driver) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            kept = await make(tx, organisation, [0, 20, 300, 301, 302])
            row = await an_order(tx, organisation, "late")
            await tx.orders.delete(organisation, row.ref)
            for counter, moment in enumerate((10, 301, 700)):
                ref = refs.mint(SECOND + moment, 9, counter, counter)
                await tx.orders.insert(structs.replace(row, ref=ref))
                kept.append(ref)
            await tx.orders.delete(organisation, kept.pop(2))
            await look(tx, organisation, kept)

        told(driver, story)

    def test_one_that_is_thinned_out_stays_divided(self, driver: Driver) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            kept = await make(tx, organisation, [0, 20, 300, 301, 700, 900])
            while kept:
                await tx.orders.delete(organisation, kept.pop(len(kept) // 3))
                await tx.tallies.fold(MANY)
                finest = await counted(tx, organisation, tallies.ORDERS, tallies.FINEST)
                assert finest == len(kept)
                await look(tx, organisation, kept)

        told(driver, story)

    def test_guests_are_divided_by_their_types(self, driver: Driver) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            for _ in range(5):
                await a_guest(tx, organisation)
                # One at a time, so that the rows have to tell what was folded before.
                await tx.tallies.fold(MANY)
            for guest_type, size in ((None, 5), ("customer", 5), ("visitor", 0)):
                query = GuestQuery(guest_type=guest_type)
                page = await tx.guests.page(organisation, query, Window(offset=2, limit=9))
                assert (page.total, len(page.documents)) == (size, max(size - 2, 0))
                name = tallies.GUESTS if guest_type is None else tallies.guests_of_type(guest_type)
                assert await counted(tx, organisation, name, tallies.FINEST) == size

        told(driver, story)


class TestHiding:
    def test_orders_of_a_guest_who_is_being_deleted_are_not_counted(self, driver: Driver) -> None:
        async def story(tx: Transaction, organisation: Organisation) -> None:
            other = await an_organisation(tx, "another")
            theirs = [(await an_order(tx, other, f"R-{n}")).ref for n in range(5)]
            guest = await a_guest(tx, organisation)
            rows = [await an_order(tx, organisation, f"R-{n}") for n in range(7)]
            for row in rows[::3]:
                await a_contact(tx, row, guest.ref)
            await tx.tallies.fold(MANY)
            await look(tx, organisation, [row.ref for row in rows])
            await tx.deletions.mark(organisation, guest.ref)
            await look(tx, organisation, [row.ref for row in rows if row not in rows[::3]])
            await look(tx, other, theirs)

        told(driver, story)
