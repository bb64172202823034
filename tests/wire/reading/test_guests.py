"""Guests, as they are read from a body."""

from __future__ import annotations

from tests.wire.reading.conftest import Refused

from orderfolio.model.guests import Guest
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.reading import guests

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
NOON = Instant(1_767_268_800_000_000)


def test_a_guest_is_a_person_with_a_type() -> None:
    raw = b"""{"guestType":"visitor","email":"a","emails":["b"],"firstSeen":"1970-01-01T00:00:01",
              "lastSeen":"1970-01-01T00:00:02.5Z"}"""
    assert guests.read_new(bodies.parse(raw), NOON) == Guest(
        guest_type="visitor",
        emails=("a", "b"),
        first_seen=Instant(1_000_000),
        last_seen=Instant(2_500_000),
    )


def test_its_type_is_required(refused: Refused) -> None:
    raw = '{"gender":"x","lastSeen":"2024-01-01"}'
    assert refused(guests.read_new, raw, NOON) == [
        "gender: is not one of the values that it may have",
        "lastSeen: is not a date and time",
        "guestType: is required",
    ]
    assert refused(guests.read_changes, '{"guestType":null}', REF, False, NOON) == [
        "guestType: may not be null"
    ]


def test_it_comes_back_as_it_was_read() -> None:
    raw = b'{"href":"x","guestType":"customer","email":"a","emails":["a","b"]}'
    changes = guests.read_changes(bodies.parse(raw), REF, True, NOON)
    assert changes["emails"] == ("a", "b")
    assert "email" not in changes


def test_a_lone_email_is_left_to_be_merged() -> None:
    changes = guests.read_changes(bodies.parse(b'{"email":"a"}'), REF, False, NOON)
    assert changes == {"email": "a"}


def test_a_guest_has_no_guest(refused: Refused) -> None:
    raw = '{"guestType":"visitor","guest":{"href":"x"}}'
    assert refused(guests.read_new, raw, NOON) == ["guest: is not an attribute of a guest"]
