"""Query strings say what they may, and all that is wrong with one is said at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from orderfolio.model.refs import Ref
from orderfolio.operations.orders import Relation
from orderfolio.store.queries import GuestQuery, OrderQuery
from orderfolio.wire import queries
from orderfolio.wire.flaws import Misread
from orderfolio.wire.queries import Paging

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
SPELT = "018f3a5e-7c2b-7000-8000-00000000002a"


def sentences(reader: Callable[..., object], raw: str, **named: bool) -> list[str]:
    with pytest.raises(Misread) as caught:
        reader(raw.encode(), **named)
    assert all(flaw.remedy for flaw in caught.value.flaws)
    return [f"{flaw.field}: {flaw.problem}" for flaw in caught.value.flaws]


def paging(raw: str, *, strict: bool = False) -> Paging:
    return queries.read_paging(raw.encode(), strict=strict)


class TestPaging:
    def test_has_defaults(self) -> None:
        assert paging("") == Paging(0, 10, False, None, "", "")

    def test_takes_what_is_sent(self) -> None:
        asked = "limit=7&offset=030&expand=true&after=a%2Bb"
        assert paging(asked) == Paging(30, 7, True, "a+b", asked, "expand=true")

    def test_serves_at_most_a_hundred(self) -> None:
        assert paging("limit=101").limit == 100
        assert paging("limit=" + "9" * 5_000).limit == 100

    def test_takes_any_offset(self) -> None:
        assert paging("offset=" + "9" * 5_000).offset == 10**18

    @pytest.mark.parametrize(
        ("raw", "sentence"),
        [
            ("limit=0", "limit: may not be 0"),
            ("limit=-1", "limit: must be a whole number"),
            ("limit=%2B1", "limit: must be a whole number"),
            ("limit=1.0", "limit: must be a whole number"),
            ("limit=", "limit: must be a whole number"),
            ("limit", "limit: must be a whole number"),
            ("offset=%D9%A1", "offset: must be a whole number"),
            ("expand=True", "expand: must be true or false"),
            ("limit=1&limit=1", "limit: is given twice"),
            ("limt=1", "limt: is not a parameter of this operation"),
            ("after=%zz", "after: has a % that encodes nothing"),
            ("after=%ff", "after: is not UTF-8"),
            ("after=%00", "after: holds U+0000"),
            ("%ff=1", "query: is not UTF-8"),
        ],
    )
    def test_refuses_by_name(self, raw: str, sentence: str) -> None:
        assert sentences(queries.read_paging, raw, strict=False) == [sentence]

    def test_says_all_that_is_wrong(self) -> None:
        assert sentences(queries.read_paging, "offset=x&limit=5&a=1&expand=", strict=True) == [
            "offset: must be a whole number",
            "a: is not a parameter of this operation",
            "expand: must be true or false",
            "limit: must be from 10 to 100",
        ]

    @pytest.mark.parametrize("limit", [9, 101])
    def test_strict_mode_takes_ten_to_a_hundred(self, limit: int) -> None:
        assert sentences(queries.read_paging, f"limit={limit}", strict=True) == [
            "limit: must be from 10 to 100"
        ]
        assert paging("limit=10", strict=True).limit == 10
        assert paging("", strict=True).limit == 10

    def test_names_the_nearest(self) -> None:
        with pytest.raises(Misread) as caught:
            paging("Limit=5&ofset=1&zzz=1")
        assert [flaw.remedy for flaw in caught.value.flaws] == [
            "Did you mean limit?",
            "Did you mean offset?",
            "The parameters of this operation are offset, limit, expand, after.",
        ]


class TestOrders:
    @pytest.mark.parametrize(
        ("raw", "query"),
        [
            ("", OrderQuery()),
            ("referenceId=a+b%26%C3%A9", OrderQuery(reference_id="a b&é")),
            (f"guestRef={SPELT.upper()}", OrderQuery(guest_ref=REF)),
            ("sort=created::DESC", OrderQuery(descending=True)),
            ("sort=created%3A%3AASC", OrderQuery()),
            (
                f"sort=orderedAt&guestRef={SPELT}",
                OrderQuery(guest_ref=REF, by_ordered_at=True),
            ),
            (
                f"sort=orderedAt::DESC&guestRef={SPELT}",
                OrderQuery(guest_ref=REF, by_ordered_at=True, descending=True),
            ),
            ("guestRef=nobody", None),
            ("guestRef=nobody&sort=orderedAt", None),
        ],
    )
    def test_are_narrowed_and_sorted(self, raw: str, query: OrderQuery | None) -> None:
        assert queries.read_orders(raw.encode(), strict=False)[0] == query

    @pytest.mark.parametrize(
        ("raw", "sentence"),
        [
            (
                f"referenceId=a&guestRef={SPELT}",
                "guestRef: can't be sent with referenceId",
            ),
            ("sort=orderedAt", "sort: can be orderedAt only with guestRef"),
            ("sort=price", "sort: is not an order in which orders are listed"),
            ("sort=created::desc", "sort: is not an order in which orders are listed"),
        ],
    )
    def test_refuses_by_name(self, raw: str, sentence: str) -> None:
        assert sentences(queries.read_orders, raw, strict=False) == [sentence]

    def test_what_was_read_before_is_refused_where_it_is_now(self) -> None:
        assert queries.read_orders(b"limit=5", strict=False)[1].limit == 5
        for _ in range(2):
            refused = sentences(queries.read_orders, "limit=5", strict=True)
            assert [sentence.partition(":")[0] for sentence in refused] == ["referenceId", "limit"]
        assert queries.read_orders(b"limit=5", strict=False)[1].limit == 5

    def test_strict_mode_wants_to_know_which(self) -> None:
        assert sentences(queries.read_orders, "sort=created", strict=True) == [
            "referenceId: is required in strict mode, or guestRef"
        ]


class TestGuests:
    def test_are_searched_by_all_that_is_sent(self) -> None:
        raw = (
            f"guestRef={SPELT}&email=a%40b.c&firstName=Ann&lastName=Lee&phoneNumber=%2B1"
            "&guestType=visitor&identifiers.provider=p&identifiers.id=1"
        )
        assert queries.read_guests(raw.encode(), strict=False)[0] == GuestQuery(
            guest_ref=REF,
            email="a@b.c",
            first_name="Ann",
            last_name="Lee",
            phone_number="+1",
            guest_type="visitor",
            identifier=("p", "1"),
        )

    def test_a_malformed_ref_is_nobodys(self) -> None:
        assert queries.read_guests(b"guestRef=x", strict=False)[0] is None

    @pytest.mark.parametrize(
        ("raw", "sentence"),
        [
            ("identifiers.id=1", "identifiers.provider: is required with identifiers.id"),
            ("identifiers.provider=1", "identifiers.id: is required with identifiers.provider"),
            ("guestType=Visitor", "guestType: is not a type of guest"),
        ],
    )
    def test_refuses_by_name(self, raw: str, sentence: str) -> None:
        assert sentences(queries.read_guests, raw, strict=False) == [sentence]


class TestRelations:
    @pytest.mark.parametrize(
        ("raw", "relations"),
        [
            ("", frozenset()),
            ("expand=false", frozenset()),
            ("expand=true", frozenset(Relation)),
            ("expand=orderItems,contacts", frozenset({Relation.ITEMS, Relation.CONTACTS})),
            ("expand=consumers%2Cextensions", frozenset({Relation.CONSUMERS, Relation.EXTENSIONS})),
        ],
    )
    def test_are_opened_by_name(self, raw: str, relations: frozenset[Relation]) -> None:
        assert queries.read_relations(raw.encode()) == relations

    @pytest.mark.parametrize("value", ["", "items", "true,contacts", "contacts,", "TRUE"])
    def test_others_are_refused(self, value: str) -> None:
        assert sentences(queries.read_relations, f"expand={value}") == [
            "expand: names what can't be opened"
        ]


class TestKeys:
    @pytest.mark.parametrize(
        ("raw", "keys"),
        [
            ("", None),
            ("name=a", ["a"]),
            ("name=a|b", ["a", "b"]),
            ("name=a%2Cb&name=c%7Cd", ["a", "b", "c", "d"]),
            ("name=a||b,", ["a", "b"]),
        ],
    )
    def test_are_joined_in_every_way(self, raw: str, keys: list[str] | None) -> None:
        assert queries.read_keys(raw.encode()) == keys

    @pytest.mark.parametrize("raw", ["name=", "name", "name=|", "name=a&name="])
    def test_none_is_refused(self, raw: str) -> None:
        assert sentences(queries.read_keys, raw) == ["name: names no key"]


def test_an_operation_without_parameters_says_so() -> None:
    queries.read_none(b"")
    with pytest.raises(Misread) as caught:
        queries.read_none(b"expand=true")
    assert caught.value.flaws[0].code == "unknown-parameter"
    assert caught.value.flaws[0].remedy == "This operation takes no parameters."


@given(st.binary() | st.text(alphabet="limtofse=&%0123456789+").map(str.encode))
def test_no_query_raises_anything_but_misread(raw: bytes) -> None:
    for reader in (queries.read_orders, queries.read_guests, queries.read_paging):
        with contextlib.suppress(Misread):
            reader(raw, strict=False)
