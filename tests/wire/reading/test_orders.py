"""Orders are read exactly, and all that is wrong with one is said at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.wire.reading.conftest import Refused

from orderfolio.model import instants, refs
from orderfolio.model.orders import Order
from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.flaws import Misread
from orderfolio.wire.reading import orders

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
WHOLE = """{"referenceId": "B-1", "orderedAt": "2024-03-01T12:30:00+02:00",
 "currencyCode": "EUR", "price": 100.10, "paymentType": "CARD", "cardType": "VISA",
 "pointOfSale": "shop/ie", "channel": "WEB", "status": "PARTIALY_REFUNDED"}"""
LEAST = '"referenceId":"B","orderedAt":"2024-03-01T00:00","currencyCode":"EUR","price":1'


def read(raw: str) -> Order:
    return orders.read_new(bodies.parse(raw.encode()))


def change(raw: str, *, replacing: bool, ref: Ref = REF) -> dict[str, Any]:
    return orders.read_changes(bodies.parse(raw.encode()), ref, replacing)


class TestCreating:
    def test_reads_every_attribute(self) -> None:
        assert read(WHOLE) == Order(
            reference_id="B-1",
            ordered_at=instants.Instant(1_709_289_000_000_000),
            currency_code="EUR",
            price=Decimal("100.10"),
            payment_type="CARD",
            card_type="VISA",
            point_of_sale="shop/ie",
            channel="WEB",
            status="PARTIALY_REFUNDED",
        )

    def test_null_is_absent(self, refused: Refused) -> None:
        assert read(f'{{{LEAST},"status":null,"ref":null}}').status is None
        raw = f"{{{LEAST.removesuffix('1')}null}}"
        assert refused(orders.read_new, raw) == ["price: is required"]

    def test_says_all_that_is_wrong_first_as_sent_then_what_is_missing(
        self, refused: Refused
    ) -> None:
        raw = """{"status": 1, "price": "1", "refrenceId": "B", "cardType": "a\\u0000",
                  "channel": "web", "orderItems": [], "quantity": 3, "ref": "x"}"""
        assert refused(orders.read_new, raw) == [
            "status: must be a string",
            "price: must be a number",
            "refrenceId: is not an attribute of an order",
            "cardType: holds U+0000 or half of a surrogate pair",
            "channel: is not one of the values that it may have",
            "orderItems: is not an attribute of an order",
            "quantity: is not an attribute of an order",
            "ref: can't be chosen",
            "referenceId: is required",
            "orderedAt: is required",
            "currencyCode: is required",
        ]

    @pytest.mark.parametrize(
        ("member", "sentence"),
        [
            ('"price":true', "price: must be a number"),
            ('"price":1e999', "price: has more than 38 digits"),
            ('"price":NaN', "price: is NaN, which is not JSON"),
            ('"price":1,"price":1', "price: is given twice"),
            ('"currencyCode":"eur"', "currencyCode: must be three letters from A to Z"),
            ('"currencyCode":"EURO"', "currencyCode: must be three letters from A to Z"),
            ('"currencyCode":"EU\\u00c9"', "currencyCode: must be three letters from A to Z"),
            ('"referenceId":""', "referenceId: may not be empty"),
            (f'"referenceId":"{"x" * 256}"', "referenceId: is longer than 255 characters"),
            (f'"cardType":"{"x" * 16_385}"', "cardType: is longer than 16384 characters"),
            ('"orderedAt":"2024-03-01"', "orderedAt: is not a date and time"),
            ('"orderedAt":"2024-03-01T00:00:00.1234567Z"', "orderedAt: is not a date and time"),
            ('"orderedAt":1709289000', "orderedAt: is not a date and time"),
            ('"contacts":"x"', "contacts: must be a link"),
            ('"contacts":{"href":1}', "contacts: must be a link"),
            (
                '"contacts":{"href":"x","items":[]}',
                "contacts: is not an attribute of an order",
            ),
            ('"createdAt":"\\u0000"', "createdAt: holds U+0000 or half of a surrogate pair"),
        ],
    )
    def test_refuses_by_name(self, refused: Refused, member: str, sentence: str) -> None:
        name = member.partition(":")[0]
        kept = [part for part in LEAST.split(",") if not part.startswith(name)]
        assert refused(orders.read_new, f"{{{','.join([*kept, member])}}}") == [sentence]

    def test_counts_code_points(self) -> None:
        text = "\U0001f600" * 255
        assert read(f"{{{LEAST.replace('B', text, 1)}}}").reference_id == text

    def test_ignores_what_was_read_beside_the_attributes(self) -> None:
        link = '{"href":"http://x/y"}'
        raw = f'{{{LEAST},"href":"x","createdAt":"x","modifiedAt":null,"orderItems":{link}}}'
        assert read(raw) == read(f"{{{LEAST}}}")

    def test_names_at_most_a_hundred_and_counts_the_rest(self, refused: Refused) -> None:
        raw = "{" + ",".join(f'"k{n}":1' for n in range(5_000)) + "}"
        sentences = refused(orders.read_new, raw)
        assert len(sentences) == 101
        assert sentences[-1] == "body: is wrong in other places too (4904)"


class TestHints:
    @pytest.mark.parametrize(
        ("member", "remedy"),
        [
            ('"refrenceId":"B"', "Did you mean referenceId?"),
            ('"reference_id":"B"', "Did you mean referenceId?"),
            ('"referenceID":"B"', "Write it referenceId."),
            (
                '"quantity":1',
                "It is an attribute of an order item (POST /v2.1/orders/{orderRef}/orderItems).",
            ),
            (
                '"orderItems":[{"name":"Shoes"}]',
                "Items are created one by one, at POST /v2.1/orders/{orderRef}/orderItems.",
            ),
            (
                '"xyz":1',
                (
                    "The attributes of an order are referenceId, orderedAt, currencyCode,"
                    " price, paymentType, cardType, pointOfSale, channel, status."
                ),
            ),
        ],
    )
    def test_say_where_an_attribute_belongs(self, member: str, remedy: str) -> None:
        with pytest.raises(Misread) as caught:
            read(f"{{{LEAST},{member}}}")
        assert [flaw.remedy for flaw in caught.value.flaws] == [remedy]

    def test_name_the_value_that_was_meant(self) -> None:
        with pytest.raises(Misread) as caught:
            read(f'{{{LEAST},"status":"PARTIALLY_CONFIRMED"}}')
        assert caught.value.flaws[0].remedy.endswith("Did you mean PARTIALY_CONFIRMED?")


class TestReplacing:
    def test_removes_what_is_left_out(self) -> None:
        assert change('{"currencyCode":"EUR","price":2,"status":null}', replacing=True) == {
            "currency_code": "EUR",
            "price": Decimal(2),
            "payment_type": None,
            "card_type": None,
            "point_of_sale": None,
            "channel": None,
            "status": None,
        }

    def test_needs_what_is_required_and_can_change(self, refused: Refused) -> None:
        assert refused(orders.read_changes, '{"referenceId":null}', REF, True) == [
            "currencyCode: is required",
            "price: is required",
        ]

    def test_takes_back_a_whole_order_as_it_was_read(self) -> None:
        ref = refs.spell(REF).upper()
        opened = '{"href":"x","offset":0,"limit":100,"items":[{"href":"y","ref":"z"}]}'
        raw = f'{{"ref":"{ref}","href":"x","createdAt":"y","contacts":{opened},{WHOLE[1:]}'
        found = change(raw, replacing=True)
        assert found["reference_id"] == "B-1"
        assert found["ordered_at"] == instants.parse("2024-03-01T10:30Z")

    @pytest.mark.parametrize("ref", ['"018f3a5e-7c2b-7000-8000-00000000002b"', '"x"', "1", "[]"])
    def test_a_ref_that_differs_is_refused(self, refused: Refused, ref: str) -> None:
        raw = f'{{"currencyCode":"EUR","price":2,"ref":{ref}}}'
        assert refused(orders.read_changes, raw, REF, True) == ["ref: can't be changed"]

    def test_an_array_of_relatives_is_refused(self, refused: Refused) -> None:
        raw = '{"currencyCode":"EUR","price":2,"consumers":[]}'
        assert refused(orders.read_changes, raw, REF, True) == [
            "consumers: is not an attribute of an order"
        ]


class TestAmending:
    def test_changes_only_what_is_sent(self) -> None:
        assert change('{"price":1e2,"channel":null}', replacing=False) == {
            "price": Decimal(100),
            "channel": None,
        }

    def test_nothing_is_no_change(self) -> None:
        assert change("{}", replacing=False) == {}

    def test_null_is_refused_for_what_is_required(self, refused: Refused) -> None:
        raw = '{"price":null,"status":null,"referenceId":null}'
        assert refused(orders.read_changes, raw, REF, False) == [
            "price: may not be null",
            "referenceId: may not be null",
        ]
