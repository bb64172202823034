"""Instants are exact to the microsecond, read leniently and written in one way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, strategies as st

from orderfolio.model import instants
from orderfolio.model.instants import Instant


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("2024-03-01T12:30:00Z", "2024-03-01T12:30:00Z"),
        ("2024-03-01 12:30", "2024-03-01T12:30:00Z"),
        ("2024-03-01t12:30:00z", "2024-03-01T12:30:00Z"),
        ("2024-03-01T12:30:00+02:00", "2024-03-01T10:30:00Z"),
        ("2024-03-01T00:30-01:00", "2024-03-01T01:30:00Z"),
        ("2024-03-01T12:30:00.120000Z", "2024-03-01T12:30:00.12Z"),
        ("2024-03-01T12:30:00.000001Z", "2024-03-01T12:30:00.000001Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_have_one_spelling(text: str, spelt: str) -> None:
    instant = instants.parse(text)
    assert instant is not None
    assert instants.spell(instant) == spelt


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2024-03-01",
        "2024-02-30T00:00Z",
        "2024-03-01T24:00:00Z",
        "2024-03-01T12:30:60Z",
        "2024-03-01T12:30:00.1234567Z",
        "2024-03-01T12:30:00.Z",
        "2024-03-01T12:30:00+24:00",
        "2024-03-01T12:30:00+0200",
        "2024-03-01T12:30:00Z ",
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59-00:01",
        "0000-01-01T00:00Z",
        "２024-03-01T12:30Z",
    ],
)
def test_no_other_text_is_one(text: str) -> None:
    assert instants.parse(text) is None


@given(st.integers(-62_135_596_800_000_000, 253_402_300_799_999_999))
def test_come_back_from_their_spelling(microseconds: int) -> None:
    instant = Instant(microseconds)
    assert instants.parse(instants.spell(instant)) == instant
    second = instants.parse(instants.spell_to_the_second(instant))
    assert second is not None
    assert 0 <= microseconds - second.microseconds < 1_000_000


@given(st.dates())
def test_days_begin_at_midnight(day: date) -> None:
    assert instants.parse_day(day.isoformat()) == day
    assert instants.spell(instants.start_of(day)) == f"{day.isoformat()}T00:00:00Z"
