"""Numbers are kept exactly, to 38 digits."""

from __future__ import annotations

import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from orderfolio.model import numbers


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("0", "0"),
        ("-0", "-0"),
        ("100.10", "100.10"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("1.50e1", "15.0"),
        ("1e-38", "0." + "0" * 37 + "1"),
        ("9" * 38, "9" * 38),
        ("-" + "9" * 38, "-" + "9" * 38),
        ("0." + "9" * 38, "0." + "9" * 38),
        ("9" * 19 + "." + "9" * 19, "9" * 19 + "." + "9" * 19),
        ("0e999999999999", "0"),
        ("0." + "0" * 5_000 + "1e5001", "1"),
    ],
)
def test_are_spelled_without_exponent(text: str, spelt: str) -> None:
    number = numbers.parse(text)
    assert number is not None
    assert numbers.spell(number) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "9" * 39,
        "1" + "0" * 38,
        "1e38",
        "1e-39",
        "0." + "0" * 38 + "1",
        "9" * 20 + "." + "9" * 19,
        "1e999",
        "1e999999999",
        "1e99999999999999999999",
        "1e-999999999",
        "9" * 1_000_000,
    ],
)
def test_have_no_more_than_38_digits(text: str) -> None:
    began = time.process_time()
    assert numbers.parse(text) is None
    assert time.process_time() - began < 0.5


@given(
    st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
)
def test_keep_their_value(text: str) -> None:
    number = numbers.parse(text)
    if number is not None:
        assert number == Decimal(text)
        assert Decimal(numbers.spell(number)) == number
        assert numbers.parse(numbers.spell(number)) == number


@given(st.lists(st.decimals("-1e38", "1e38", places=20, allow_nan=False), max_size=20))
def test_add_up_exactly(parts: list[Decimal]) -> None:
    total = Decimal(0)
    for part in parts:
        total = numbers.add(total, part)
    assert Fraction(total) == sum(Fraction(part) for part in parts)
