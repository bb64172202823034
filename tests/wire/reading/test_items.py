"""Order items, as they are read from a body."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.wire.reading.conftest import Refused

from orderfolio.model.instants import Instant
from orderfolio.model.items import Item
from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.reading import items

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
LEAST = '"type":"SHOE","name":"Boot","price":-1.5,"currencyCode":"EUR","status":"PURCHASED"'


def read(raw: str) -> Item:
    return items.read_new(bodies.parse(raw.encode()))


class TestCreating:
    def test_reads_every_attribute(self) -> None:
        assert read(
            f"""{{{LEAST},"description":"d","productId":"p","referenceId":"r","vendor":"v",
             "language":"EN","originalCurrencyCode":"usd","originalPrice":0.10,"channel":"any",
             "quantity":2.0,"orderedAt":"1970-01-01 00:00:01Z"}}"""
        ) == Item(
            type="SHOE",
            name="Boot",
            price=Decimal("-1.5"),
            currency_code="EUR",
            status="PURCHASED",
            description="d",
            product_id="p",
            reference_id="r",
            vendor="v",
            language="EN",
            original_currency_code="usd",
            original_price=Decimal("0.10"),
            channel="any",
            quantity=2,
            ordered_at=Instant(1_000_000),
        )

    @pytest.mark.parametrize("quantity", ["0", "-0", "2e0", "2.00", "9" * 38])
    def test_takes_whole_quantities(self, quantity: str) -> None:
        found = read(f'{{{LEAST},"quantity":{quantity}}}').quantity
        assert found == int(Decimal(quantity))
        assert type(found) is int

    @pytest.mark.parametrize(
        ("member", "sentence"),
        [
            ('"quantity":1.5', "quantity: must be an integer"),
            ('"quantity":"1"', "quantity: must be an integer"),
            ('"quantity":true', "quantity: must be an integer"),
            ('"quantity":-1', "quantity: may not be negative"),
            ('"originalPrice":"1"', "originalPrice: must be a number"),
            ('"type":"HOTEL"', "type: may not be HOTEL, which is reserved"),
            (f'"name":"{"x" * 129}"', "name: is longer than 128 characters"),
            ('"referenceId":""', "referenceId: may not be empty"),
            ('"order":[]', "order: is not an attribute of an order item"),
            ('"consumers":{"href":"x"}', "consumers: is not an attribute of an order item"),
        ],
    )
    def test_refuses_by_name(self, refused: Refused, member: str, sentence: str) -> None:
        name = member.partition(":")[0]
        kept = [part for part in LEAST.split(",") if not part.startswith(name)]
        assert refused(items.read_new, f"{{{','.join([*kept, member])}}}") == [sentence]

    def test_says_what_is_missing_in_the_order_of_the_contract(self, refused: Refused) -> None:
        assert refused(items.read_new, "{}") == [
            "type: is required",
            "name: is required",
            "price: is required",
            "currencyCode: is required",
            "status: is required",
        ]


class TestChanging:
    def test_replacing_removes_what_is_left_out(self) -> None:
        body = bodies.parse(f"{{{LEAST}}}".encode())
        found = items.read_changes(body, REF, True)
        assert len(found) == 15
        assert found["quantity"] is None

    def test_amending_removes_by_null(self) -> None:
        body = bodies.parse(b'{"quantity":null,"order":{"href":"x"}}')
        assert items.read_changes(body, REF, False) == {"quantity": None}
