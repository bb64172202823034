"""Orders: kept, matched, listed and deleted."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    HOUR,
    NOON,
    WHOLE,
    a_contact,
    a_guest,
    a_world,
    an_order,
    an_organisation,
    later,
)
from tests.store.sights import SIGHTS, is_seen
from tests.store.spelling import SPELLING

from orderfolio.model import refs
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Page, Window
from orderfolio.store.records import OrderRow

IN_EVERY_SORT = pytest.mark.parametrize("descending", [False, True])
HUGE = 10**38


class TestKeeping:
    def test_an_insert_is_read_back_whole(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_order(tx, await an_organisation(tx))
            found = await tx.orders.document(row.organisation, row.ref)
            assert found is not None
            assert (found.ref, found.version, found.body) == (row.ref, 1, SPELLING.order(row))
            assert await tx.orders.find_for_update(row.organisation, row.ref) == row
            assert tx.orders.said(found) == row.order

        driver.transact(story)

    def test_an_update_answers_what_is_kept_from_then_on(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_order(tx, await an_organisation(tx))
            said = structs.replace(row.order, status="PURCHASED")
            changed = structs.replace(row, version=2, modified_at=later(HOUR), order=said)
            document = await tx.orders.update(changed)
            assert document == await tx.orders.document(row.organisation, row.ref)
            assert await tx.orders.find_for_update(row.organisation, row.ref) == changed

        driver.transact(story)

    def test_what_was_never_there_is_not_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            ref = tx.new_ref(tx.any_shard())
            assert await tx.orders.document(organisation, ref) is None
            assert await tx.orders.find_for_update(organisation, ref) is None
            await tx.orders.delete(organisation, ref)
            page = await tx.orders.page(organisation, OrderQuery(), WHOLE)
            assert page == Page(documents=(), total=0, more=None)

        driver.transact(story)

    def test_a_delete_takes_everything_under_it_and_leaves_the_guest(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await tx.orders.delete(world.organisation, world.order.ref)
            stay = {
                name
                for name, sight in SIGHTS.items()
                if is_seen(await sight(tx, world.organisation, world))
            }
            assert stay == {name for name in SIGHTS if name.startswith(("guests", "kept"))}

        driver.transact(story)

    def test_a_claim_gives_refs_on_the_shard_of_the_reference(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            other = await an_organisation(tx, "another")
            first = await tx.orders.claim(organisation, "R-1")
            second = await tx.orders.claim(organisation, "R-1")
            elsewhere = await tx.orders.claim(other, "R-1")
            assert first < second < elsewhere
            assert refs.shard_of(first) == refs.shard_of(second) != refs.shard_of(elsewhere)

        driver.transact(story)


class TestMatching:
    @pytest.mark.parametrize("distance", [0, 1, -1, 48 * HOUR, -48 * HOUR])
    def test_it_reaches_48_hours_both_ways(self, driver: Driver, distance: int) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_order(tx, await an_organisation(tx))
            found = await tx.orders.nearest(row.organisation, "R-1", later(distance))
            assert found == row.ref

        driver.transact(story)

    @pytest.mark.parametrize("distance", [48 * HOUR + 1, -48 * HOUR - 1])
    def test_it_reaches_no_microsecond_further(self, driver: Driver, distance: int) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_order(tx, await an_organisation(tx))
            assert await tx.orders.nearest(row.organisation, "R-1", later(distance)) is None

        driver.transact(story)

    def test_the_nearest_is_found_then_the_earlier(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            late = await an_order(tx, organisation, ordered_at=later(60 * HOUR))
            early = await an_order(tx, organisation)
            for hours, expected in ((29, early), (30, early), (31, late)):
                found = await tx.orders.nearest(organisation, "R-1", later(hours * HOUR))
                assert found == expected.ref

        driver.transact(story)

    def test_another_reference_does_not_match(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await an_order(tx, await an_organisation(tx))
            for reference_id in ("r-1", "R-1 ", "R"):
                assert await tx.orders.nearest(row.organisation, reference_id, NOON) is None

        driver.transact(story)


async def _seven_of_a_guest(tx: Transaction) -> list[OrderRow]:
    """Orders of one reference, one part and one guest, the last two ordered at the same time; the
    guest is twice a contact of each."""
    organisation = await an_organisation(tx)
    guest = await a_guest(tx, organisation)
    rows = []
    for days in (9, 3, 15, 6, 12, 0, 0):
        ordered_at = later(days * 24 * HOUR)
        row = await an_order(tx, organisation, "R-1", ordered_at, "PURCHASED", "WEB")
        for _ in range(2):
            await a_contact(tx, row, guest.ref)
        rows.append(row)
    stranger = await an_order(tx, organisation, "R-2")
    await a_contact(tx, stranger, (await a_guest(tx, organisation)).ref)
    return rows


class TestListing:
    def test_conditions_that_no_index_joins_are_refused(self) -> None:
        guest_ref = refs.first_of(0)
        for conditions in ({"reference_id": "R-1"}, {"guest_ref": guest_ref}):
            with pytest.raises(ValueError, match="by reference, by guest or by part"):
                OrderQuery(status="PURCHASED", **conditions)

    @IN_EVERY_SORT
    @pytest.mark.parametrize("by", ["reference", "guest", "guest and time", "part"])
    def test_a_list_is_met_page_by_page(self, driver: Driver, by: str, *, descending: bool) -> None:
        async def story(tx: Transaction) -> None:
            rows = await _seven_of_a_guest(tx)
            query = await _query(tx, rows[0], by, descending=descending)
            expected = [row.ref for row in rows]
            if by == "guest and time":
                expected = [
                    row.ref for row in sorted(rows, key=lambda row: (row.order.ordered_at, row.ref))
                ]
            if descending:
                expected.reverse()
            organisation = rows[0].organisation
            for limit in (1, 2, 3, 6, 7, 8):
                window, met = Window(limit=limit), []
                while True:
                    page = await tx.orders.page(organisation, query, window)
                    assert page.total == 7
                    met += [document.ref for document in page.documents]
                    if page.more is None:
                        break
                    assert len(page.documents) == limit
                    window = Window(limit=limit, after=page.more)
                assert met == expected
            for offset in range(9):
                window = Window(limit=2, offset=offset)
                page = await tx.orders.page(organisation, query, window)
                assert [found.ref for found in page.documents] == expected[offset : offset + 2]
                assert (page.more is None) == (offset + 2 >= 7)

        driver.transact(story)

    @pytest.mark.parametrize("by", ["all", "reference", "guest", "guest and time", "part"])
    def test_an_offset_past_the_end_leaves_nothing(self, driver: Driver, by: str) -> None:
        async def story(tx: Transaction) -> None:
            rows = await _seven_of_a_guest(tx)
            query = await _query(tx, rows[0], by, descending=False)
            page = await tx.orders.page(rows[0].organisation, query, Window(offset=HUGE))
            assert page == Page(documents=(), total=8 if by == "all" else 7, more=None)

        driver.transact(story)

    @pytest.mark.parametrize("by", ["all", "reference", "guest", "guest and time", "part"])
    def test_documents_come_when_asked_for(self, driver: Driver, by: str) -> None:
        async def story(tx: Transaction) -> None:
            rows = await _seven_of_a_guest(tx)
            query = await _query(tx, rows[0], by, descending=False)
            whole = await tx.orders.page(rows[0].organisation, query, WHOLE)
            for document in whole.documents:
                assert document == await tx.orders.document(rows[0].organisation, document.ref)
            bare = await tx.orders.page(rows[0].organisation, query, Window(limit=100))
            assert [found.ref for found in bare.documents] == [
                found.ref for found in whole.documents
            ]
            assert {found.body for found in bare.documents} == {b""}

        driver.transact(story)

    def test_orders_of_a_guest_s_deletion_leave_the_counts_of_parts(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await an_order(tx, world.organisation, "R-2", status="PENDING")
            left = {("PENDING", None): 1}
            await tx.deletions.mark(world.organisation, world.guest.ref)
            assert await tx.orders.count_by_part(world.organisation) == left
            await tx.deletions.delete_order(world.organisation, world.order.ref)
            await tx.deletions.finish(world.organisation, world.guest.ref)
            assert await tx.orders.count_by_part(world.organisation) == left
            while await tx.tallies.fold(100):
                pass
            assert await tx.orders.count_by_part(world.organisation) == left

        driver.transact(story)

    def test_a_guest_who_only_consumes_has_no_orders(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            consumer = structs.replace(world.consumer, guest_ref=world.guest.ref)
            await tx.people.update(consumer)
            await tx.people.update(structs.replace(world.contact, guest_ref=None))
            query = OrderQuery(guest_ref=world.guest.ref)
            assert (await tx.orders.page(world.organisation, query, WHOLE)).total == 0

        driver.transact(story)


async def _query(tx: Transaction, row: OrderRow, by: str, *, descending: bool) -> OrderQuery:
    if by == "all":
        return OrderQuery(descending=descending)
    if by == "part":
        return OrderQuery(status="PURCHASED", channel="WEB", descending=descending)
    if by == "reference":
        return OrderQuery(reference_id="R-1", descending=descending)
    # The first guest is the one whose orders these are.
    guests = await tx.guests.page(row.organisation, GuestQuery(), Window(limit=1))
    return OrderQuery(
        guest_ref=guests.documents[0].ref,
        by_ordered_at=by == "guest and time",
        descending=descending,
    )
