"""Data extensions: what each change keeps."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.operations.examples import Database, an_item, shown

from orderfolio.errors import ExtensionExists, KeysExist, Kind, NotFound, TooManyPairs
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.refs import Ref
from orderfolio.operations import extensions, items
from orderfolio.store.queries import Window
from orderfolio.store.records import Document

KEYS = st.from_regex(r"[a-c][A-Z0-9]{0,2}", fullmatch=True)
VALUES = st.one_of(
    st.booleans(),
    st.text(max_size=20).filter(lambda text: "\x00" not in text),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-9999, max_value=9999),
)
PAIRS = st.dictionaries(KEYS, VALUES, max_size=6)


def create(database: Database, order: Ref, pairs: Pairs, once: bool = False) -> Document:
    return database.write(extensions.create, database.organisation, Owner.ORDER, order, pairs, once)


def pairs_of(document: Document) -> dict[str, object]:
    own = ("name", "href", "ref", "key", "createdAt", "modifiedAt", "order", "orderItem")
    return {key: value for key, value in shown(document).items() if key not in own}


def numbered(count: int) -> Pairs:
    return {f"k{number}": Decimal(number) for number in range(count)}


class TestCreating:
    def test_new_keys_are_added_to_what_is_there(self, database: Database) -> None:
        order = database.order().ref
        first = create(database, order, {"a": True})
        second = create(database, order, {"b": "x"})
        assert pairs_of(second) == {"a": True, "b": "x"}
        assert (second.ref, second.version) == (first.ref, 2)

    def test_a_key_that_exists_is_refused_and_nothing_changes(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, {"a": True, "b": True})
        with pytest.raises(KeysExist) as refused:
            create(database, order, {"c": True, "b": False, "a": False})
        assert refused.value.keys == ("b", "a")
        kept = database.read(extensions.fetch, database.organisation, Owner.ORDER, order)
        assert pairs_of(kept) == {"a": True, "b": True}

    def test_once_refuses_even_new_keys(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, {"a": True}, once=True)
        with pytest.raises(ExtensionExists):
            create(database, order, {"b": True}, once=True)

    def test_a_hundred_pairs_fit_and_one_more_does_not(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, numbered(100))
        with pytest.raises(TooManyPairs):
            create(database, order, {"more": True})

    def test_an_order_s_address_does_not_serve_an_item_s(self, database: Database) -> None:
        item = database.write(
            items.create, database.organisation, database.order().ref, an_item()
        ).ref
        database.write(
            extensions.create, database.organisation, Owner.ITEM, item, {"a": True}, False
        )
        with pytest.raises(NotFound) as missing:
            database.read(extensions.fetch, database.organisation, Owner.ORDER, item)
        assert missing.value.kind is Kind.ORDER


class TestChanging:
    def test_replacing_keeps_nothing(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, {"a": True})
        replaced = database.write(
            extensions.replace,
            database.organisation,
            Owner.ORDER,
            order,
            {"b": Decimal("1.50")},
            UNGUARDED,
        )
        assert b'"b":1.50' in replaced.body
        assert pairs_of(replaced) == {"b": 1.5}

    def test_clearing_some_passes_over_keys_that_are_not_there(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, {"a": True, "b": True})
        cleared = database.write(
            extensions.clear,
            database.organisation,
            Owner.ORDER,
            order,
            ["a", "z"],
            UNGUARDED,
        )
        assert pairs_of(cleared) == {"b": True}

    def test_clearing_all_leaves_an_empty_extension(self, database: Database) -> None:
        order = database.order().ref
        create(database, order, {"a": True})
        database.write(extensions.clear, database.organisation, Owner.ORDER, order, None, UNGUARDED)
        kept = database.read(extensions.fetch, database.organisation, Owner.ORDER, order)
        assert pairs_of(kept) == {}

    @pytest.mark.parametrize("operation", [extensions.replace, extensions.amend])
    def test_what_is_not_there_is_not_changed(self, database: Database, operation: object) -> None:
        order = database.order().ref
        with pytest.raises(NotFound) as missing:
            database.write(
                operation,  # type: ignore[arg-type]
                database.organisation,
                Owner.ORDER,
                order,
                {"a": True},
                UNGUARDED,
            )
        assert missing.value.kind is Kind.EXTENSION

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(before=PAIRS, change=PAIRS)
    def test_amending_keeps_keys_it_does_not_mention(
        self, database: Database, before: Pairs, change: Pairs
    ) -> None:
        order = database.order().ref
        arguments = (database.organisation, Owner.ORDER, order)
        if database.read(extensions.browse, *arguments, Window()).total:
            database.write(extensions.remove, *arguments, UNGUARDED)
        create(database, order, before)
        amended = database.write(extensions.amend, *arguments, change, UNGUARDED)
        expected = {**before, **change}
        assert pairs_of(amended) == {
            key: float(value) if isinstance(value, Decimal) else value
            for key, value in expected.items()
        }


class TestListing:
    def test_there_is_one_or_none(self, database: Database) -> None:
        order = database.order().ref
        arguments = (database.organisation, Owner.ORDER, order)
        assert database.read(extensions.browse, *arguments, Window()).total == 0
        create(database, order, {})
        page = database.read(extensions.browse, *arguments, Window(whole=True))
        assert (len(page.documents), page.total, page.more) == (1, 1, None)
        assert database.read(extensions.browse, *arguments, Window(offset=1)).documents == ()
