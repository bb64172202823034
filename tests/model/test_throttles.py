"""Who was wrong about a secret too often, and for how long that counts."""

from __future__ import annotations

import pytest

from orderfolio.model import throttles
from orderfolio.model.throttles import Throttle

HERE, NAME = "192.0.2.1", "demo"


@pytest.fixture
def throttle() -> Throttle:
    """Three failures of a name, or five of an address, in ten seconds."""
    return Throttle(10, 5, 3)


def fail(throttle: Throttle, times: int, address: str = HERE, name: str = NAME) -> None:
    for _ in range(times):
        throttle.fail(address, name, 100)


def test_a_name_has_fewer_tries_than_its_address(throttle: Throttle) -> None:
    fail(throttle, 2)
    assert throttle.wait_seconds(HERE, NAME, 100) == 0
    fail(throttle, 1)
    assert throttle.wait_seconds(HERE, NAME, 104.5) == 6
    assert throttle.wait_seconds(HERE, "other", 104.5) == 0
    fail(throttle, 2, name="another")
    assert throttle.wait_seconds(HERE, "other", 104.5) == 6


def test_the_end_of_the_window_is_a_new_beginning(throttle: Throttle) -> None:
    fail(throttle, 5)
    assert throttle.wait_seconds(HERE, NAME, 109.99) == 1
    assert throttle.wait_seconds(HERE, NAME, 110) == 0
    throttle.fail(HERE, NAME, 110)
    assert throttle.wait_seconds(HERE, NAME, 110) == 0


def test_another_address_is_another_s(throttle: Throttle) -> None:
    fail(throttle, 5)
    assert throttle.wait_seconds("192.0.2.2", NAME, 100) == 0


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
        ("fe80::1%eth0", "fe80::2%eth1", "fe80:0:0:1::1"),
        ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2"),
        ("", "", "192.0.2.1"),
    ],
)
def test_what_one_subscriber_has_is_one_address(
    throttle: Throttle, address: str, same: str, other: str
) -> None:
    fail(throttle, 3, address)
    assert throttle.wait_seconds(same, NAME, 100) == 10
    assert throttle.wait_seconds(other, NAME, 100) == 0


def test_who_signs_in_at_last_is_forgiven_and_the_address_only_that_try(
    throttle: Throttle,
) -> None:
    fail(throttle, 3)
    throttle.forgive(HERE, NAME)
    assert throttle.wait_seconds(HERE, NAME, 100) == 0
    fail(throttle, 3, name="other")
    assert throttle.wait_seconds(HERE, NAME, 100) == 10


def test_what_is_remembered_has_a_bound(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttles, "_REMEMBERED", 4)
    fail(throttle, 3)
    fail(throttle, 1, "192.0.2.2")
    assert throttle.wait_seconds(HERE, NAME, 100) == 10
    fail(throttle, 1, "192.0.2.3")
    assert throttle.wait_seconds(HERE, NAME, 100) == 0
