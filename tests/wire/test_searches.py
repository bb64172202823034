"""What can be looked for: values that some resource could have."""

from __future__ import annotations

import pytest

from orderfolio.errors import Flaw
from orderfolio.wire import queries
from orderfolio.wire.flaws import Misread

SOUGHT = ["email", "firstName", "lastName", "phoneNumber"]
REFUSED = "must have 1 to 255 characters"


@pytest.mark.parametrize("name", SOUGHT)
@pytest.mark.parametrize("value", [b"", b"x" * 256])
def test_guests_are_not_sought_by_what_no_guest_can_have(name: str, value: bytes) -> None:
    with pytest.raises(Misread) as refused:
        queries.read_guests(name.encode() + b"=" + value, strict=False)
    assert refused.value.flaws == (Flaw(name, REFUSED, "Send the whole value to look for."),)


@pytest.mark.parametrize("value", [b"", b"x" * 256])
def test_orders_are_not_sought_by_what_no_order_can_have(value: bytes) -> None:
    with pytest.raises(Misread) as refused:
        queries.read_orders(b"referenceId=" + value, strict=False)
    assert [(it.field, it.problem) for it in refused.value.flaws] == [("referenceId", REFUSED)]


def test_the_longest_value_is_sought_in_characters_not_bytes() -> None:
    query, _ = queries.read_orders(b"referenceId=" + "ä".encode() * 255, strict=False)
    assert query is not None
    assert query.reference_id == "ä" * 255


@pytest.mark.parametrize("value", [b"", b"x", b"x" * 256])
def test_a_malformed_guest_ref_lists_nothing(value: bytes) -> None:
    query, _ = queries.read_orders(b"guestRef=" + value, strict=False)
    assert query is None
