"""How values are written for people."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orderfolio.console import formats


class TestMoney:
    @pytest.mark.parametrize(
        ("value", "currency", "shown"),
        [
            ("100.5", "EUR", "100.50"),
            ("100", "JPY", "100"),
            ("100.5", "JPY", "100.5"),
            ("1", "KWD", "1.000"),
            ("-1234567.891", "EUR", "−1 234 567.891"),
            ("0.00000001", "XBT", "0.00000001"),
            ("12345678901234567890.123456789", "EUR", "12 345 678 901 234 567 890.123456789"),
            ("1E+3", "EUR", "1 000.00"),
            ("-0.5", "EUR", "−0.50"),
        ],
    )
    def test_is_exact(self, value: str, currency: str, shown: str) -> None:
        written = formats.amount(Decimal(value), currency)
        assert written.replace("\N{NARROW NO-BREAK SPACE}", " ") == shown


class TestLabels:
    @pytest.mark.parametrize(
        ("key", "shown"),
        [
            ("firstTimeOrder", "First Time Order"),
            ("MOBILE_APP", "Mobile App"),
            ("PARTIALY_CONFIRMED", "Partially Confirmed"),
            ("post_code", "Post Code"),
            ("x", "X"),
            ("storeID", "Store ID"),
        ],
    )
    def test_are_words(self, key: str, shown: str) -> None:
        assert formats.label(key) == shown
