"""Overviews of a guest and of a shop."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.operations.examples import NOON, Database, at, guest_of

from orderfolio.errors import NotFound
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.instants import Instant
from orderfolio.model.orders import STATUSES, UNSPENT
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, overviews
from orderfolio.operations.overviews import GuestOverview
from orderfolio.store.contract import Transaction

JUNE = at("2024-06-30T23:59:59Z")


def ordered(
    database: Database, reference_id: str, ordered_at: Instant = NOON, **other: object
) -> Ref:
    """Keep an order of one and the same guest, who is returned."""
    order = database.order(reference_id, ordered_at, **other)
    ref = refs.parse(guest_of(database.contact(order.ref, emails=("a@x.org",))) or "")
    assert ref is not None
    return ref


def overview(database: Database, guest_ref: Ref) -> GuestOverview:
    return database.read(overviews.of_guest, database.organisation, guest_ref)


class TestOfAShop:
    def test_one_without_orders_comes_to_nothing(self, database: Database) -> None:
        found = database.read(overviews.of_shop, database.organisation)
        assert (found.orders, found.by_status, found.by_channel, found.newest) == (0, {}, {}, ())
        assert len(found.by_day) == 30
        assert {count for _, count in found.by_day} == {0}

    def test_orders_are_summed_up(self, database: Database) -> None:
        for number in range(12):
            database.order(f"R-{number}", status="PURCHASED" if number < 7 else "PENDING")
        last = database.order("R-12", channel="WEB")
        found = database.read(overviews.of_shop, database.organisation)
        assert found.orders == 13
        assert list(found.by_status.items()) == [("PURCHASED", 7), ("PENDING", 5)]
        assert found.by_channel == {"WEB": 1}
        assert len(found.newest) == 10
        assert found.newest[0] == last
        # Midnight may have passed since the first of them.
        assert sum(count for _, count in found.by_day[-2:]) == 13

    def test_days_follow_each_other_up_to_today(self, database: Database) -> None:
        began = datetime.now(UTC).date()
        found = database.read(overviews.of_shop, database.organisation)
        days = [date.fromisoformat(day) for day, _ in found.by_day]
        assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=1)}
        assert began <= days[-1] <= datetime.now(UTC).date()

    def test_what_goes_with_a_guest_is_left_out_at_once(self, database: Database) -> None:
        ref = ordered(database, "R-1", status="PURCHASED")

        async def mark(tx: Transaction) -> None:
            await tx.deletions.mark(database.organisation, ref)

        database.write(mark)
        found = database.read(overviews.of_shop, database.organisation)
        assert (found.orders, found.by_status, found.newest) == (0, {}, ())
        assert {count for _, count in found.by_day} == {0}

    def test_another_organisation_s_orders_are_not_its_own(self, database: Database) -> None:
        database.order()
        found = database.read(overviews.of_shop, database.other_organisation())
        assert (found.orders, found.newest) == (0, ())


class TestOfAGuest:
    def test_one_without_orders_comes_to_nothing(self, database: Database) -> None:
        assert overview(database, database.guest().ref) == GuestOverview(
            orders=0,
            counted=0,
            money={},
            first_seen=None,
            last_seen=None,
            channels={},
            by_month=[],
        )

    def test_orders_are_summed_up(self, database: Database) -> None:
        ordered(database, "R-1", NOON, channel="WEB")
        ordered(database, "R-2", JUNE, channel="OTA", currency_code="USD")
        ref = ordered(database, "R-3", JUNE, channel="WEB")
        ordered(database, "R-4", JUNE)
        assert overview(database, ref) == GuestOverview(
            orders=4,
            counted=4,
            money={"EUR": Decimal("300.30"), "USD": Decimal("100.10")},
            first_seen=NOON,
            last_seen=JUNE,
            channels={"WEB": 2, "OTA": 1},
            by_month=[("2024-01", 1), ("2024-06", 3)],
        )

    def test_money_is_exact_to_the_last_digit(self, database: Database) -> None:
        ordered(database, "R-1", price=Decimal("9" * 38))
        ref = ordered(database, "R-2", price=Decimal("0." + "0" * 36 + "1"))
        assert str(overview(database, ref).money["EUR"]) == "9" * 38 + "." + "0" * 36 + "1"

    @pytest.mark.parametrize("status", STATUSES)
    def test_money_counts_where_it_was_spent(self, database: Database, status: str) -> None:
        ref = ordered(database, "R-1", status=status)
        assert bool(overview(database, ref).money) == (status not in UNSPENT)

    def test_only_the_last_ordered_are_looked_at(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(overviews, "LOOKED_AT", 2)
        ref = ordered(database, "R-3", at("2024-03-01T00:00:00Z"))
        for month in ("01", "02"):
            ordered(database, f"R-{month}", at(f"2024-{month}-01T00:00:00Z"))
        found = overview(database, ref)
        assert (found.orders, found.counted) == (3, 2)
        assert found.by_month == [("2024-02", 1), ("2024-03", 1)]

    def test_orders_that_a_guest_only_consumes_are_not_its_own(self, database: Database) -> None:
        ref = ordered(database, "R-1")
        database.consumer(database.order("R-2").ref, emails=("a@x.org",))
        assert overview(database, ref).orders == 1

    def test_one_that_is_gone_or_another_organisation_s_is_not_found(
        self, database: Database
    ) -> None:
        ref = ordered(database, "R-1")
        with pytest.raises(NotFound):
            database.read(overviews.of_guest, database.other_organisation(), ref)
        database.write(guests.remove, database.organisation, ref, UNGUARDED)
        with pytest.raises(NotFound):
            overview(database, ref)
