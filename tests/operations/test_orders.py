"""Orders: matching, and what may be changed."""

from __future__ import annotations

from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.operations.examples import HOUR, NOON, Database, an_item, an_order, later, shown

from orderfolio.errors import Immutable, NotFound, PreconditionFailed
from orderfolio.model import refs
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.guards import UNGUARDED, Guard
from orderfolio.model.orders import Order, is_same_order
from orderfolio.model.people import Role
from orderfolio.operations import extensions, items, orders, people
from orderfolio.operations.orders import Relation
from orderfolio.store.queries import Window

TWO_DAYS = 48 * HOUR
NUMBERS = count(1)


class TestMatching:
    def test_a_first_order_is_new(self, database: Database) -> None:
        document = database.order()
        assert shown(document)["referenceId"] == "R-1"
        assert document.version == 1

    @pytest.mark.parametrize("offset", [0, TWO_DAYS, -TWO_DAYS])
    def test_an_order_within_two_days_is_the_same(self, database: Database, offset: int) -> None:
        first = database.order()
        assert database.order(ordered_at=later(offset)).ref == first.ref

    @pytest.mark.parametrize("offset", [TWO_DAYS + 1, -TWO_DAYS - 1])
    def test_a_microsecond_more_makes_another_order(self, database: Database, offset: int) -> None:
        first = database.order()
        assert database.order(ordered_at=later(offset)).ref != first.ref

    def test_another_reference_id_makes_another_order(self, database: Database) -> None:
        assert database.order("R-1").ref != database.order("r-1").ref

    def test_a_match_keeps_what_was_not_sent_and_its_own_date(self, database: Database) -> None:
        database.order(channel="WEB", status="PENDING")
        matched = shown(
            database.order(ordered_at=later(HOUR), price=Decimal(7), status="CONFIRMED")
        )
        assert matched["orderedAt"] == "2024-01-01T12:00:00Z"
        assert (matched["price"], matched["channel"], matched["status"]) == (7, "WEB", "CONFIRMED")

    def test_the_nearest_of_two_matches_wins(self, database: Database) -> None:
        database.order()
        second = database.order(ordered_at=later(90 * HOUR))
        assert database.order(ordered_at=later(46 * HOUR)).ref == second.ref

    def test_of_two_equally_near_the_earlier_wins(self, database: Database) -> None:
        first = database.order()
        database.order(ordered_at=later(90 * HOUR))
        assert database.order(ordered_at=later(45 * HOUR)).ref == first.ref

    def test_another_organisation_s_order_never_matches(self, database: Database) -> None:
        mine = database.order()
        theirs = database.write(orders.create, database.other_organisation(), an_order())
        assert theirs.ref != mine.ref

    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        hours=st.lists(st.integers(-150, 150), max_size=12),
        removals=st.lists(st.booleans(), min_size=12, max_size=12),
    )
    def test_no_two_orders_that_are_left_match(
        self, database: Database, hours: list[int], removals: list[bool]
    ) -> None:
        # Examples share the database; each has a referenceId of its own.
        name = f"R-{next(NUMBERS)}"
        left: dict[bytes, Order] = {}
        for hour, removes in zip(hours, removals, strict=False):
            order = an_order(name, later(hour * HOUR))
            document = database.write(orders.create, database.organisation, order)
            left.setdefault(document.ref, order)
            if removes:
                database.write(orders.remove, database.organisation, document.ref, UNGUARDED)
                del left[document.ref]
        kept = list(left.values())
        assert not any(
            is_same_order(one, other) for one in kept for other in kept if one is not other
        )


class TestAmending:
    def test_a_removed_field_is_gone_and_the_others_stay(self, database: Database) -> None:
        ref = database.order(channel="WEB", card_type="VISA").ref
        document = database.write(
            orders.amend, database.organisation, ref, {"channel": None}, UNGUARDED
        )
        assert "channel" not in shown(document)
        assert shown(document)["cardType"] == "VISA"
        assert document.version == 2

    def test_a_fixed_field_may_be_repeated(self, database: Database) -> None:
        ref = database.order().ref
        repeated = {"reference_id": "R-1", "ordered_at": NOON}
        amended = database.write(orders.amend, database.organisation, ref, repeated, UNGUARDED)
        assert amended.version == 2

    def test_fixed_fields_do_not_change(self, database: Database) -> None:
        ref = database.order().ref
        with pytest.raises(Immutable) as refused:
            database.write(
                orders.amend,
                database.organisation,
                ref,
                {"ordered_at": later(1), "reference_id": "R-2"},
                UNGUARDED,
            )
        assert refused.value.fields == ("reference_id", "ordered_at")
        assert database.read(orders.fetch, database.organisation, ref).version == 1

    def test_replacing_removes_what_is_left_out(self, database: Database) -> None:
        ref = database.order(channel="WEB").ref
        document = database.write(
            orders.replace,
            database.organisation,
            ref,
            {"currency_code": "GBP", "price": Decimal(1)},
            UNGUARDED,
        )
        assert "channel" not in shown(document)
        assert shown(document)["currencyCode"] == "GBP"

    def test_a_guard_refuses_another_version(self, database: Database) -> None:
        first = database.order()
        guard = Guard(frozenset({(first.ref, first.version)}))
        database.write(orders.amend, database.organisation, first.ref, {"channel": "WEB"}, guard)
        with pytest.raises(PreconditionFailed):
            database.write(
                orders.amend, database.organisation, first.ref, {"channel": "OTA"}, guard
            )

    def test_another_organisation_s_order_is_not_found(self, database: Database) -> None:
        ref = database.order().ref
        with pytest.raises(NotFound):
            database.write(orders.amend, database.other_organisation(), ref, {}, UNGUARDED)


class TestRemoving:
    def test_everything_under_the_order_goes(self, database: Database) -> None:
        organisation, order = database.organisation, database.order()
        item = database.write(items.create, organisation, order.ref, an_item())
        contact = database.contact(order.ref, first_name="Ada")
        pairs: Pairs = {"color": "red"}
        for owner, ref in ((Owner.ORDER, order.ref), (Owner.ITEM, item.ref)):
            database.write(extensions.create, organisation, owner, ref, pairs, False)
        database.write(orders.remove, organisation, order.ref, UNGUARDED)
        with pytest.raises(NotFound):
            database.read(orders.fetch, organisation, order.ref)
        with pytest.raises(NotFound):
            database.read(items.fetch, organisation, item.ref)
        with pytest.raises(NotFound):
            database.read(people.fetch, organisation, Role.CONTACT, contact.ref)
        with pytest.raises(NotFound):
            database.read(extensions.fetch, organisation, Owner.ITEM, item.ref)
        assert database.orders().total == 0

    def test_a_second_removal_finds_nothing(self, database: Database) -> None:
        ref = database.order().ref
        database.write(orders.remove, database.organisation, ref, UNGUARDED)
        with pytest.raises(NotFound, match=refs.spell(ref)):
            database.write(orders.remove, database.organisation, ref, UNGUARDED)


class TestOpening:
    def test_only_what_was_asked_for_is_opened(self, database: Database) -> None:
        order = database.order()
        contact = database.contact(order.ref, first_name="Ada")
        opened = database.read(
            orders.fetch_opened,
            database.organisation,
            order.ref,
            frozenset({Relation.CONTACTS, Relation.ITEMS}),
        )
        assert list(opened.pages) == [Relation.ITEMS, Relation.CONTACTS]
        assert [document.ref for document in opened.pages[Relation.CONTACTS].documents] == [
            contact.ref
        ]
        assert opened.pages[Relation.ITEMS].total == 0

    def test_more_than_a_hundred_have_a_next_page(self, database: Database) -> None:
        order = database.order()
        for _ in range(101):
            database.write(items.create, database.organisation, order.ref, an_item())
        opened = database.read(
            orders.fetch_opened, database.organisation, order.ref, frozenset({Relation.ITEMS})
        )
        page = opened.pages[Relation.ITEMS]
        assert (len(page.documents), page.total) == (100, 101)
        assert page.more is not None
        rest = database.read(
            items.browse, database.organisation, order.ref, Window(after=page.more)
        )
        assert (len(rest.documents), rest.more) == (1, None)
