"""Documents are what a client is sent, byte for byte, and are read back exactly."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, strategies as st

from orderfolio.model import numbers
from orderfolio.model.extensions import Owner, Pairs
from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant, parse
from orderfolio.model.items import Item
from orderfolio.model.orders import CHANNELS, STATUSES, Order
from orderfolio.model.people import Identifier, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.store.records import (
    ExtensionRow,
    GuestRow,
    ItemRow,
    OrderRow,
    Organisation,
    PersonRow,
)
from orderfolio.wire import bodies
from orderfolio.wire.documents import SPELLING
from orderfolio.wire.reading import extensions, orders

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
OWNER = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002b"))
GUEST = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002c"))
CREATED = Instant(1_709_289_000_999_999)
CHANGED = Instant(1_709_289_060_000_001)
KEPT: Final[dict[str, Any]] = {
    "organisation": Organisation(1),
    "ref": REF,
    "version": 1,
    "created_at": CREATED,
    "modified_at": CHANGED,
}
TIMES = '"createdAt":"2024-03-01T10:30:00Z","modifiedAt":"2024-03-01T10:31:00Z"'


def at(path: str) -> str:
    return f'"href":"\x1f/v2.1/{path}"'


def order_row(order: Order) -> OrderRow:
    return OrderRow(order=order, **KEPT)


def item_row(item: Item, consumers: int = 0) -> ItemRow:
    return ItemRow(item=item, consumers=consumers, order_ref=OWNER, **KEPT)


def person_row(person: Person, role: Role, guest_ref: Ref | None = None) -> PersonRow:
    return PersonRow(
        person=person, role=role, guest_ref=guest_ref, order_ref=OWNER, ordered_at=CREATED, **KEPT
    )


def extension_row(pairs: Pairs, owner: Owner = Owner.ORDER) -> ExtensionRow:
    return ExtensionRow(pairs=pairs, owner=owner, owner_ref=OWNER, order_ref=OWNER, **KEPT)


ITEM = Item(type="a", name="b", price=Decimal(1), currency_code="EUR", status="x")
SPELT = "018f3a5e-7c2b-7000-8000-00000000002"


class TestLiterally:
    def test_an_order(self) -> None:
        order = Order(
            reference_id='B "1"\x1f',
            ordered_at=Instant(1_709_289_000_120_000),
            currency_code="EUR",
            price=Decimal("100.10"),
            status="PURCHASED",
        )
        assert SPELLING.order(order_row(order)).decode() == (
            f'{{{at(f"orders/{SPELT}a")},"ref":"{SPELT}a",{TIMES},"referenceId":"B \\"1\\"\\u001f",'
            '"orderedAt":"2024-03-01T10:30:00.12Z","currencyCode":"EUR","price":100.10,'
            f'"status":"PURCHASED","orderItems":{{{at(f"orders/{SPELT}a/orderItems")}}},'
            f'"contacts":{{{at(f"orders/{SPELT}a/contacts")}}},'
            f'"consumers":{{{at(f"orders/{SPELT}a/consumers")}}},'
            f'"extensions":{{{at(f"orders/{SPELT}a/extensions")}}}}}'
        )

    def test_an_item(self) -> None:
        assert SPELLING.item(item_row(ITEM, consumers=2)).decode() == (
            f'{{{at(f"orderItems/{SPELT}a")},"ref":"{SPELT}a",{TIMES},"type":"a","name":"b",'
            '"price":1,"currencyCode":"EUR","status":"x","quantity":2,'
            f'"order":{{{at(f"orders/{SPELT}b")}}},'
            f'"extensions":{{{at(f"orderItems/{SPELT}a/extensions")}}}}}'
        )

    def test_a_contact_without_anything(self) -> None:
        assert SPELLING.person(person_row(Person(), Role.CONTACT)).decode() == (
            f'{{{at(f"orderContacts/{SPELT}a")},"ref":"{SPELT}a",{TIMES},'
            f'"order":{{{at(f"orders/{SPELT}b")}}}}}'
        )

    def test_a_consumer_with_a_guest(self) -> None:
        person = Person(
            first_name="Ann",
            emails=("a", "b"),
            identifiers=(
                Identifier(provider="p", id="1"),
                Identifier(provider="p", id="2", expiry_date=CREATED),
            ),
        )
        assert SPELLING.person(person_row(person, Role.CONSUMER, GUEST)).decode() == (
            f'{{{at(f"orderConsumers/{SPELT}a")},"ref":"{SPELT}a",{TIMES},"firstName":"Ann",'
            '"emails":["a","b"],"identifiers":[{"provider":"p","id":"1"},'
            '{"provider":"p","id":"2","expiryDate":"2024-03-01T10:30:00.999999Z"}],'
            f'"order":{{{at(f"orders/{SPELT}b")}}},"guest":{{{at(f"guests/{SPELT}c")}}},'
            f'"orderItems":{{{at(f"orderConsumers/{SPELT}a/orderItems")}}}}}'
        )

    def test_a_guest(self) -> None:
        guest = Guest(guest_type="visitor", emails=("a", "b"), first_seen=CREATED)
        assert SPELLING.guest(GuestRow(guest=guest, **KEPT)).decode() == (
            f'{{{at(f"guests/{SPELT}a")},"ref":"{SPELT}a",{TIMES},"email":"a",'
            '"emails":["a","b"],"guestType":"visitor",'
            '"firstSeen":"2024-03-01T10:30:00.999999Z"}'
        )

    @pytest.mark.parametrize(
        ("owner", "path", "name"),
        [(Owner.ORDER, "orders", "order"), (Owner.ITEM, "orderItems", "orderItem")],
    )
    def test_an_extension(self, owner: Owner, path: str, name: str) -> None:
        pairs: Pairs = {"vip": True, "score": Decimal("1E-8"), "note": "x"}
        head = f'{{"name":"ext",{at(f"{path}/{SPELT}b/extensions/ext")},"ref":"{SPELT}a",'
        tail = f'"{name}":{{{at(f"{path}/{SPELT}b")}}}}}'
        assert SPELLING.extension(extension_row(pairs, owner)).decode() == (
            f'{head}"key":"default",{TIMES},"vip":true,"score":0.00000001,"note":"x",{tail}'
        )
        assert SPELLING.extension(extension_row({}, owner)).decode() == (
            f'{head}"key":"default",{TIMES},{tail}'
        )

    @pytest.mark.parametrize(
        ("raw", "spelt"),
        [
            ("100.10", "100.10"),
            ("0.1", "0.1"),
            ("12345678901234567890.123456789", "12345678901234567890.123456789"),
            ("100", "100"),
            ("1e2", "100"),
            ("1E-8", "0.00000001"),
            ("-5.0e1", "-50"),
            ("0e99", "0"),
        ],
    )
    def test_numbers_keep_their_value(self, raw: str, spelt: str) -> None:
        least = '"referenceId":"B","orderedAt":"2024-03-01T10:30Z","currencyCode":"EUR"'
        body = f'{{{least},"price":{raw}}}'
        order = orders.read_new(bodies.parse(body.encode()))
        assert f'"price":{spelt},'.encode() in SPELLING.order(order_row(order))


def members_of(document: bytes) -> dict[str, Any]:
    """The document as strict JSON with no key twice."""
    body = bodies.parse(document.replace(b"\x1f", b"http://localhost"))
    assert bodies.unfit_in(body) is None
    return body


TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)
NUMBER = st.decimals(allow_nan=False, allow_infinity=False, places=6).filter(
    lambda n: numbers.parse(str(n)) is not None
)
INSTANT = st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999).map(Instant)
MAYBE = st.none() | TEXT
TEXTS = st.none() | st.lists(TEXT, max_size=3).map(tuple)
IDENTIFIERS = st.none() | st.lists(
    st.builds(Identifier, provider=TEXT, id=TEXT, expiry_date=st.none() | INSTANT), max_size=3
).map(tuple)
PERSON: Final[dict[str, Any]] = {
    "title": MAYBE,
    "first_name": MAYBE,
    "emails": TEXTS,
    "phone_numbers": TEXTS,
    "street": TEXTS,
    "date_of_birth": st.none() | st.just("1990-01-01"),
    "identifiers": IDENTIFIERS,
}


class TestReadingBack:
    """What is read is what was written, and writing it again gives the same bytes."""

    @given(
        st.builds(
            Order,
            reference_id=TEXT,
            ordered_at=INSTANT,
            currency_code=st.just("EUR"),
            price=NUMBER,
            payment_type=MAYBE,
            channel=st.none() | st.sampled_from(CHANNELS),
            status=st.none() | st.sampled_from(STATUSES),
        )
    )
    def test_an_order(self, order: Order) -> None:
        document = SPELLING.order(order_row(order))
        found = SPELLING.read_order(document)
        assert found == order
        assert SPELLING.order(order_row(found)) == document
        assert members_of(document)["price"] == order.price

    @given(
        st.builds(
            Item,
            type=TEXT,
            name=TEXT,
            price=NUMBER,
            currency_code=st.just("EUR"),
            status=TEXT,
            original_price=st.none() | NUMBER,
            quantity=st.none() | st.integers(0, 10**38 - 1),
            ordered_at=st.none() | INSTANT,
        )
    )
    def test_an_item(self, item: Item) -> None:
        document = SPELLING.item(item_row(item))
        assert SPELLING.read_item(document) == item
        assert SPELLING.item(item_row(SPELLING.read_item(document))) == document
        members_of(document)

    @given(st.builds(Person, **PERSON), st.sampled_from(Role))
    def test_a_person(self, person: Person, role: Role) -> None:
        document = SPELLING.person(person_row(person, role, GUEST))
        assert SPELLING.read_person(document) == person
        members_of(document)

    @given(st.builds(Guest, guest_type=st.just("visitor"), first_seen=INSTANT, **PERSON))
    def test_a_guest(self, guest: Guest) -> None:
        document = SPELLING.guest(GuestRow(guest=guest, **KEPT))
        assert SPELLING.read_guest(document) == guest
        assert members_of(document).get("email") == (guest.emails or (None,))[0]

    @given(
        st.dictionaries(
            st.from_regex(r"[a-z][A-Za-z0-9]{0,8}", fullmatch=True).filter(
                lambda key: (
                    key not in ("name", "href", "ref", "key", "createdAt", "modifiedAt", "order")
                )
            ),
            TEXT | st.booleans() | NUMBER,
        )
    )
    def test_an_extension(self, pairs: Pairs) -> None:
        document = SPELLING.extension(extension_row(pairs))
        found = SPELLING.read_extension(document)
        assert found == pairs
        assert [type(value) for value in found.values()] == [type(v) for v in pairs.values()]
        # What a client reads it may send back, and means the same.
        echoed = bodies.parse(document.replace(b"\x1f", b"http://localhost"))
        assert extensions.read_pairs(echoed, REF) == pairs


@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,17})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
)
def test_a_number_is_the_same_through_and_through(raw: str) -> None:
    found = bodies.parse(f'{{"a":{raw}}}'.encode())["a"]
    if isinstance(found, Decimal):
        assert found == Decimal(raw)
        document = SPELLING.extension(extension_row({"a": found}))
        (spelt,) = (part for part in document.split(b",") if part.startswith(b'"a":'))
        assert b"e" not in spelt.lower().replace(b'"a":', b"")
        assert SPELLING.read_extension(document) == {"a": Decimal(raw)}
        assert json.loads(document.replace(b"\x1f", b""), parse_float=Decimal)["a"] == found
    else:
        assert numbers.parse(raw) is None


def test_times_are_those_that_were_meant() -> None:
    assert parse("2024-03-01T10:30:00.999999Z") == CREATED
