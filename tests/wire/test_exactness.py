"""Exactness: the decimals of an answer are those of the request, byte for byte."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from tests.wire.clients import Client

# What is sent, and what the bytes of each answer hold: the same decimals, no exponent.
PRICES = [
    ("100.10", b"100.10"),
    ("0.1", b"0.1"),
    ("12345678901234567890.123456789", b"12345678901234567890.123456789"),
    ("100", b"100"),
    ("0.0000001", b"0.0000001"),
    ("-5", b"-5"),
    ("1E2", b"100"),
    ("0", b"0"),
    ("9" * 38, b"9" * 38),
    ("1e-38", b"0." + b"0" * 37 + b"1"),
]
each_price = pytest.mark.parametrize(("sent", "held"), PRICES)


def order(price: str, name: str = "price") -> bytes:
    return (
        '{"referenceId": "R-1", "orderedAt": "2024-01-01T00:00:00Z", "currencyCode": "EUR",'
        f' "{name}": {price}}}'
    ).encode()


def item(price: str, original_price: str) -> bytes:
    return (
        '{"type": "BOOK", "name": "Notes", "currencyCode": "EUR", "status": "PURCHASED",'
        f' "price": {price}, "originalPrice": {original_price}}}'
    ).encode()


def numbers(content: bytes, name: str) -> list[bytes]:
    """Each number under `name`, as the bytes of an answer spell it."""
    return re.findall(rb'"%s":([^,}]+)' % name.encode(), content)


class TestOrders:
    @each_price
    def test_keep_their_price_after_every_write_and_in_every_answer(
        self, client: Client, sent: str, held: bytes
    ) -> None:
        created = client.post("/v2.1/orders", content=order(sent))
        path = f"/v2.1/orders/{created.json()['ref']}"
        replaced = client.put(path, content=order(sent))
        amended = client.patch(path, content=b'{"price": %s}' % sent.encode())
        touched = client.patch(path, {"status": "PURCHASED"})
        again = client.post("/v2.1/orders", content=order(sent))
        read = [client.get(path), client.get(f"{path}?expand=true")]
        listed = client.get("/v2.1/orders?expand=true")
        for answer in (created, replaced, amended, touched, again, *read, listed):
            assert numbers(answer.content, "price") == [held]


class TestItems:
    @each_price
    def test_keep_their_prices_after_every_write_and_in_every_answer(
        self, client: Client, sent: str, held: bytes
    ) -> None:
        parent = f"/v2.1/orders/{client.order()}"
        created = client.post(f"{parent}/orderItems", content=item(sent, sent))
        path = f"/v2.1/orderItems/{created.json()['ref']}"
        answers = [
            created,
            client.put(path, content=item(sent, sent)),
            client.patch(path, content=b'{"price": %s}' % sent.encode()),
            client.patch(path, content=b'{"originalPrice": %s}' % sent.encode()),
            client.get(path),
            client.get(f"{parent}/orderItems?expand=true"),
        ]
        for answer in answers:
            assert numbers(answer.content, "price") == [held]
            assert numbers(answer.content, "originalPrice") == [held]

    def test_keep_them_when_a_consumer_is_linked(self, client: Client) -> None:
        parent = client.order()
        created = client.post(
            f"/v2.1/orders/{parent}/orderItems", content=item("100.10", "12345678901234567890.1")
        )
        ref = created.json()["ref"]
        client.consumer(parent, orderItems={"items": [{"ref": ref}]})
        content = client.get(f"/v2.1/orderItems/{ref}").content
        assert numbers(content, "price") == [b"100.10"]
        assert numbers(content, "originalPrice") == [b"12345678901234567890.1"]
        assert numbers(content, "quantity") == [b"1"]


class TestExtensions:
    @each_price
    @pytest.mark.parametrize("owner", ["order", "item"])
    def test_keep_their_numbers_after_every_write_and_in_every_answer(
        self, client: Client, owner: str, sent: str, held: bytes
    ) -> None:
        parent = client.order()
        at = (
            f"/v2.1/orders/{parent}"
            if owner == "order"
            else f"/v2.1/orderItems/{client.item(parent)}"
        )
        path, pair = f"{at}/extensions/ext", b'{"total": %s}' % sent.encode()
        answers = [
            client.post(path, content=pair),
            client.put(path, content=pair),
            client.patch(path, content=pair),
            client.patch(path, {"other": True}),
            client.delete(f"{path}/fields?name=other"),
            client.get(path),
            client.get(f"{at}/extensions?expand=true"),
        ]
        for answer in answers:
            assert numbers(answer.content, "total") == [held]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    sign=st.sampled_from(["", "-"]),
    whole=st.integers(0, 10**18 - 1),
    fraction=st.text("0123456789", max_size=20),
    power=st.integers(-3, 3),
)
def test_any_number_comes_back_as_the_decimal_that_was_sent(
    client: Client, sign: str, whole: int, fraction: str, power: int
) -> None:
    point = f".{fraction}" if fraction else ""
    exponent = f"e{power}" if power else ""
    sent = f"{sign}{whole}{point}{exponent}"
    created = client.post("/v2.1/orders", content=order(sent))
    assert created.status_code == 201, created.text
    read = client.get(f"/v2.1/orders/{created.json()['ref']}")
    for answer in (created, read):
        (held,) = numbers(answer.content, "price")
        assert Decimal(held.decode()) == Decimal(sent)
        assert b"e" not in held.lower()
        if not fraction and power >= 0:
            assert b"." not in held
