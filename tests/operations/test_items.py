"""Order items, and the quantity that stands for their consumers."""

from __future__ import annotations

import pytest
from tests.operations.examples import Database, an_item, shown

from orderfolio.errors import NotFound, Unlinkable
from orderfolio.model import refs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.people import Links, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import items, people
from orderfolio.store.queries import Window


def an_item_of(database: Database, order: Ref, **other: object) -> Ref:
    return database.write(items.create, database.organisation, order, an_item(**other)).ref


def quantity_of(database: Database, item: Ref) -> int | None:
    quantity = shown(database.read(items.fetch, database.organisation, item)).get("quantity")
    assert quantity is None or isinstance(quantity, int)
    return quantity


class TestCreating:
    def test_a_missing_order_is_named(self, database: Database) -> None:
        with pytest.raises(NotFound, match="order "):
            database.write(items.create, database.organisation, Ref(bytes(16)), an_item())

    def test_another_organisation_s_order_is_missing(self, database: Database) -> None:
        order = database.order().ref
        with pytest.raises(NotFound):
            database.write(items.create, database.other_organisation(), order, an_item())


class TestQuantity:
    def test_it_is_left_out_without_consumers(self, database: Database) -> None:
        assert quantity_of(database, an_item_of(database, database.order().ref)) is None

    def test_the_number_of_consumers_counts(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order)
        for _ in range(2):
            database.consumer(order, Links(items=(item,)))
        assert quantity_of(database, item) == 2

    def test_a_larger_given_one_counts(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order, quantity=5)
        database.consumer(order, Links(items=(item,)))
        assert quantity_of(database, item) == 5

    def test_unlinking_takes_it_back_and_is_a_change(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order, quantity=1)
        consumers = [database.consumer(order, Links(items=(item,))).ref for _ in range(3)]
        before = database.read(items.fetch, database.organisation, item).version
        database.write(
            people.amend,
            database.organisation,
            Role.CONSUMER,
            consumers[0],
            {},
            Links(items=()),
            UNGUARDED,
        )
        database.write(people.remove, database.organisation, Role.CONSUMER, consumers[1], UNGUARDED)
        assert quantity_of(database, item) == 1
        assert database.read(items.fetch, database.organisation, item).version == before + 2

    def test_the_same_links_again_change_no_item(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order)
        consumer = database.consumer(order, Links(items=(item, item))).ref
        before = database.read(items.fetch, database.organisation, item).version
        database.write(
            people.amend,
            database.organisation,
            Role.CONSUMER,
            consumer,
            {},
            Links(items=(item,)),
            UNGUARDED,
        )
        assert database.read(items.fetch, database.organisation, item).version == before

    def test_a_change_of_the_item_keeps_its_consumers(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order)
        database.consumer(order, Links(items=(item,)))
        changed = database.write(
            items.replace, database.organisation, item, {"name": "Other"}, UNGUARDED
        )
        assert shown(changed)["quantity"] == 1


class TestConsumed:
    def test_a_consumer_s_items_are_listed(self, database: Database) -> None:
        order = database.order().ref
        chosen, other = an_item_of(database, order), an_item_of(database, order)
        consumer = database.consumer(order, Links(items=(chosen,))).ref
        page = database.read(items.browse_consumed, database.organisation, consumer, Window())
        assert [document.ref for document in page.documents] == [chosen]
        assert other not in [document.ref for document in page.documents]

    def test_an_item_of_another_order_is_refused_by_position(self, database: Database) -> None:
        order = database.order("R-1").ref
        mine = an_item_of(database, order)
        stranger = an_item_of(database, database.order("R-2").ref)
        with pytest.raises(Unlinkable) as refused:
            database.consumer(order, Links(items=(mine, stranger), guest=order))
        assert refused.value.guest == refs.spell(order)
        assert refused.value.positions == (1,)
        assert quantity_of(database, mine) is None

    def test_a_removed_item_leaves_its_consumers(self, database: Database) -> None:
        order = database.order().ref
        item = an_item_of(database, order)
        consumer = database.consumer(order, Links(items=(item,))).ref
        database.write(items.remove, database.organisation, item, UNGUARDED)
        page = database.read(items.browse_consumed, database.organisation, consumer, Window())
        assert page.total == 0
