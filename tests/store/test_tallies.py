"""Counting: totals, offsets and cursors held against lists that are counted one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec import Struct, structs
from tests.store.conftest import Driver
from tests.store.engines import Engine
from tests.store.rows import NOON, a_guest, an_order, an_organisation

from orderfolio.model import refs
from orderfolio.model.guests import GUEST_TYPES, Guest
from orderfolio.model.instants import Instant
from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import Cursor, GuestQuery, OrderQuery, Page, Window
from orderfolio.store.records import GuestRow, OrderRow, Organisation
from orderfolio.store.tables import folds as folding, order_parts, tallies

ONE = Decimal(1)
PARTS = tuple(
    (status, channel)
    for status in (None, "PENDING", "PURCHASED")
    for channel in (None, "OTA", "WEB")
)
START = NOON.microseconds // 1000


class Insert(Struct, frozen=True):
    milliseconds: int
    shard: int


class Delete(Struct, frozen=True):
    position: int


class Change(Struct, frozen=True):
    position: int
    guest_type: str


class Recast(Struct, frozen=True):
    """An order's status and channel change."""

    position: int
    part: tuple[str | None, str | None]


class Fold(Struct, frozen=True):
    limit: int


class Look(Struct, frozen=True):
    offset: int
    limit: int
    descending: bool = False


# Close together and far apart: within one slice, across slices of every level.
moments = st.one_of(*(st.integers(0, 1 << bits).map(START.__add__) for bits in (2, 9, 11, 23, 41)))
positions = st.integers(0, 100)
inserts = st.builds(Insert, moments, st.integers(0, refs.SHARDS - 1))
deletes = st.builds(Delete, positions)
changes = st.builds(Change, positions, st.sampled_from(GUEST_TYPES))
recasts = st.builds(Recast, positions, st.sampled_from(PARTS))
folds = st.builds(Fold, st.sampled_from([1, 3, 1000]))
looks = st.builds(Look, st.integers(0, 30), st.integers(1, 8), st.booleans())
mixed = st.one_of(inserts, deletes, changes, recasts, folds, looks)
# A long list to begin with: short ones leave the tree untried.
steps = st.builds(
    list.__add__,
    st.lists(inserts, min_size=15, max_size=30),
    st.lists(mixed, min_size=5, max_size=30),
)

# Offsets all over the longest list that the steps can make, from both ends.
EVERYWHERE = [
    Look(offset, 3, descending) for offset in range(0, 61, 3) for descending in (False, True)
]

Step = Insert | Delete | Change | Recast | Fold | Look


def lived_through(engine: Engine) -> settings:
    return settings(
        # Each statement is a journey to the server, and an example has thousands of them.
        max_examples=60 if engine.name == "sqlite" else 4,
        deadline=None,
        # Each example has an organisation of its own in the database of the test.
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.fixture(autouse=True)
def _no_short_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every offset is found as those of long lists are, and of dense seconds."""
    monkeypatch.setattr(order_parts, "_STRIDE", 2)
    monkeypatch.setattr(folding, "DENSE", 4)
    monkeypatch.setattr(tallies, "_WALKED", 0)


def _ref(step: Insert, counter: int) -> Ref:
    return refs.mint(step.milliseconds, counter, 0, step.shard)


def _check(page: Page, listed: Sequence[Ref], window: Window, start: int) -> None:
    expected = listed[start : start + window.limit]
    assert [document.ref for document in page.documents] == list(expected)
    assert page.total == len(listed)
    rest = start + window.limit < len(listed)
    assert page.more == (Cursor(expected[-1]) if rest else None)


async def _look_at_one_piece(
    tx: Transaction, organisation: Organisation, query: OrderQuery | GuestQuery, window: Window
) -> None:
    """What a list has in one piece is what it has one by one."""
    whole, joined = (structs.replace(window, whole=True, joined=joined) for joined in (False, True))
    if isinstance(query, OrderQuery):
        page = await tx.orders.page(organisation, query, whole)
        piece = await tx.orders.page(organisation, query, joined)
    else:
        page = await tx.guests.page(organisation, query, whole)
        piece = await tx.guests.page(organisation, query, joined)
    # None is in one piece where nothing is found, and where rows are counted.
    assert piece.joined is None or piece.documents == ()
    bodies = piece.joined or b",".join([document.body for document in piece.documents])
    assert bodies == b",".join([document.body for document in page.documents])
    assert (piece.total, piece.more) == (page.total, page.more)


async def _look_at_orders(
    tx: Transaction,
    organisation: Organisation,
    look: Look,
    kept: dict[Ref, tuple[str | None, str | None]],
) -> None:
    if look.offset > len(kept) + 1:
        return
    for status, channel in ((None, None), ("PENDING", None), (None, "WEB"), ("PURCHASED", "OTA")):
        listed = sorted(
            (
                ref
                for ref, its in kept.items()
                if status in {None, its[0]} and channel in {None, its[1]}
            ),
            reverse=look.descending,
        )
        query = OrderQuery(status=status, channel=channel, descending=look.descending)
        window = Window(offset=look.offset, limit=look.limit)
        page = await tx.orders.page(organisation, query, window)
        _check(page, listed, window, look.offset)
        if page.more is not None:
            window = Window(limit=look.limit, after=page.more)
            behind = await tx.orders.page(organisation, query, window)
            _check(behind, listed, window, look.offset + look.limit)
    query = OrderQuery(descending=look.descending)
    window = Window(offset=look.offset, limit=look.limit)
    await _look_at_one_piece(tx, organisation, query, window)
    if kept:
        some = Cursor(list(kept)[look.offset % len(kept)])
        window = Window(limit=look.limit, after=some)
        await _look_at_one_piece(tx, organisation, query, window)
    assert await tx.orders.count_by_part(organisation) == Counter(kept.values())
    await _count_created(tx, organisation, look, kept)


async def _count_created(
    tx: Transaction, organisation: Organisation, look: Look, kept: Iterable[Ref]
) -> None:
    """From and to milliseconds that orders were created in, and around them."""
    made = sorted(refs.milliseconds_of(ref) for ref in kept)
    bounds = sorted({-1, START, 1 << 50, *made, *(one + look.limit for one in made)})
    counted = await tx.orders.count_created(
        organisation, [Instant(bound * 1000 - look.offset % 2) for bound in bounds]
    )
    assert list(counted) == [
        sum(first <= one < last for one in made) for first, last in pairwise(bounds)
    ]


async def _look_at_guests(
    tx: Transaction, organisation: Organisation, look: Look, kept: dict[Ref, str]
) -> None:
    if look.offset > len(kept) + 1:
        return
    window = Window(offset=look.offset, limit=look.limit)
    for guest_type in (None, *GUEST_TYPES):
        listed = sorted(
            (ref for ref, its in kept.items() if guest_type in {None, its}),
            reverse=look.descending,
        )
        query = GuestQuery(guest_type=guest_type, descending=look.descending)
        _check(await tx.guests.page(organisation, query, window), listed, window, look.offset)
        if len(listed) > look.offset:
            await _look_at_one_piece(tx, organisation, query, window)


async def _run_orders(tx: Transaction, number: int, steps: Sequence[Step]) -> None:
    organisation = await an_organisation(tx, f"shop {number}")
    kept: dict[Ref, tuple[str | None, str | None]] = {}
    for counter, step in enumerate([*steps, *EVERYWHERE]):
        match step:
            case Insert():
                ref = _ref(step, counter)
                kept[ref] = PARTS[counter % len(PARTS)]
                await tx.orders.insert(_order(organisation, ref, kept[ref]))
            case Recast() if kept:
                ref = list(kept)[step.position % len(kept)]
                kept[ref] = step.part
                await tx.orders.update(_order(organisation, ref, step.part))
            case Delete() if kept:
                ref = list(kept)[step.position % len(kept)]
                del kept[ref]
                await tx.orders.delete(organisation, ref)
            case Fold():
                await tx.tallies.fold(step.limit)
            case Look():
                await _look_at_orders(tx, organisation, step, kept)


async def _run_guests(tx: Transaction, number: int, steps: Sequence[Step]) -> None:
    organisation = await an_organisation(tx, f"shop {number}")
    kept: dict[Ref, str] = {}
    for counter, step in enumerate([*steps, *EVERYWHERE]):
        match step:
            case Insert():
                ref = _ref(step, counter)
                kept[ref] = GUEST_TYPES[counter % 3]
                await tx.guests.insert(_guest(organisation, ref, kept[ref]))
            case Change() if kept:
                ref = list(kept)[step.position % len(kept)]
                kept[ref] = step.guest_type
                await tx.guests.update(_guest(organisation, ref, kept[ref]))
            case Delete() if kept:
                ref = list(kept)[step.position % len(kept)]
                del kept[ref]
                await tx.deletions.mark(organisation, ref)
                # Rows are counted one by one while it is hidden, and folded counts after.
                await _look_at_guests(tx, organisation, Look(1, 5), kept)
                await tx.deletions.finish(organisation, ref)
            case Fold():
                await tx.tallies.fold(step.limit)
            case Look():
                await _look_at_guests(tx, organisation, step, kept)


def _order(organisation: Organisation, ref: Ref, part: tuple[str | None, str | None]) -> OrderRow:
    return OrderRow(
        organisation=organisation,
        ref=ref,
        version=1,
        created_at=NOON,
        modified_at=NOON,
        order=Order(
            reference_id=ref.hex(),
            ordered_at=NOON,
            currency_code="EUR",
            price=ONE,
            status=part[0],
            channel=part[1],
        ),
    )


def _guest(organisation: Organisation, ref: Ref, guest_type: str) -> GuestRow:
    return GuestRow(
        organisation=organisation,
        ref=ref,
        version=1,
        created_at=NOON,
        modified_at=NOON,
        guest=Guest(guest_type=guest_type),
    )


class TestCounting:
    def test_orders_are_counted_as_if_one_by_one(self, driver: Driver, engine: Engine) -> None:
        @lived_through(engine)
        @given(st.integers(0, 1 << 62), steps)
        def examples(number: int, steps: list[Step]) -> None:
            async def story(tx: Transaction) -> None:
                await _run_orders(tx, number, steps)
                raise _Over

            with pytest.raises(_Over):
                driver.transact(story)

        examples()

    def test_guests_are_counted_as_if_one_by_one(self, driver: Driver, engine: Engine) -> None:
        @lived_through(engine)
        @given(st.integers(0, 1 << 62), steps)
        def examples(number: int, steps: list[Step]) -> None:
            async def story(tx: Transaction) -> None:
                await _run_guests(tx, number, steps)
                raise _Over

            with pytest.raises(_Over):
                driver.transact(story)

        examples()


class _Over(Exception):
    """Takes back what an example wrote."""


class TestFolding:
    def test_it_tells_how_many_counts_it_summed_up(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            for number in range(5):
                await an_order(tx, organisation, f"R-{number}")
            assert [await tx.tallies.fold(2) for _ in range(4)] == [2, 2, 1, 0]
            page = await tx.orders.page(organisation, OrderQuery(), Window())
            assert page.total == 5

        driver.transact(story)

    def test_what_comes_and_goes_leaves_no_trace(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            row = await a_guest(tx, organisation)
            await tx.tallies.fold(100)
            said = Guest(guest_type="visitor")
            await tx.guests.update(structs.replace(row, version=2, guest=said))
            await tx.deletions.finish(organisation, row.ref)
            await tx.tallies.fold(100)
            for guest_type in (None, *GUEST_TYPES):
                query = GuestQuery(guest_type=guest_type)
                assert (await tx.guests.page(organisation, query, Window())).total == 0

        driver.transact(story)

    def test_what_is_rolled_back_is_not_counted(self, driver: Driver) -> None:
        async def begun(tx: Transaction) -> Organisation:
            return await an_organisation(tx)

        organisation = driver.transact(begun)

        async def story(tx: Transaction) -> None:
            await an_order(tx, organisation)
            raise _Over

        with pytest.raises(_Over):
            driver.transact(story)

        async def page(tx: Transaction) -> Page:
            return await tx.orders.page(organisation, OrderQuery(), Window())

        assert driver.read(page).total == 0
