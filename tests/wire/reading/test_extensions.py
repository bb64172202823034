"""Data extensions, as they are read from a body."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.wire.reading.conftest import Refused

from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.reading import extensions

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
SPELT = "018f3a5e-7c2b-7000-8000-00000000002a"


def test_pairs_are_strings_booleans_and_numbers() -> None:
    raw = b'{"vip":true,"score":1.50,"note":"","a1B":0}'
    assert extensions.read_pairs(bodies.parse(raw), None) == {
        "vip": True,
        "score": Decimal("1.50"),
        "note": "",
        "a1B": Decimal(0),
    }


def test_what_the_answer_adds_is_passed_over() -> None:
    raw = f"""{{"name":"ext","key":"default","href":"x","ref":"{SPELT}","createdAt":"x",
             "modifiedAt":"y","order":{{"href":"x"}},"orderItem":{{"href":"x"}},"a":1}}"""
    body = bodies.parse(raw.encode())
    assert extensions.read_pairs(body, REF) == {"a": Decimal(1)}
    assert extensions.read_pairs(body, None) == {"a": Decimal(1)}
    assert extensions.echoed_ref(body) == REF


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        ('"a":null', "a: may not be null"),
        ('"a":[]', "a: must be a string, a boolean or a number"),
        ('"a":{"b":1}', "a: must be a string, a boolean or a number"),
        ('"a":1e400', "a: has more than 38 digits"),
        ('"a":1,"a":2', "a: is given twice"),
        (f'"a":"{"x" * 16_385}"', "a: is longer than 16384 characters"),
        ('"A":1', "A: is not a key that a pair may have"),
        ('"":1', '"": is not a key that a pair may have'),
        ('"a_b":1', "a_b: is not a key that a pair may have"),
        ('"a\\n":1', "a\\u000a: is not a key that a pair may have"),
        ('"a\\ud800":1', "a\\ud800: is not a key that a pair may have"),
        ('"name":"John"', 'name: must be "ext"'),
        ('"key":"x"', 'key: must be "default"'),
        ('"order":"x"', "order: must be a link"),
        (f'"ref":"{SPELT[:-1]}b"', "ref: can't be changed"),
    ],
)
def test_refuses_by_key(refused: Refused, member: str, sentence: str) -> None:
    assert refused(extensions.read_pairs, f"{{{member}}}", REF) == [sentence]


def test_a_hundred_pairs_are_enough(refused: Refused) -> None:
    members = ",".join(f'"k{n}":{n}' for n in range(100))
    assert len(extensions.read_pairs(bodies.parse(f"{{{members}}}".encode()), None)) == 100
    assert refused(extensions.read_pairs, f'{{{members},"x":1}}', None) == [
        "body: has 101 pairs, more than 100"
    ]
