"""What a client read and sends back: passed over, as long as it is what could be read."""

from __future__ import annotations

import pytest

from orderfolio.errors import Flaw
from orderfolio.wire.flaws import Misread
from orderfolio.wire.reading import extensions, orders

ORDER: dict[str, object] = {
    "referenceId": "WEB-20418",
    "orderedAt": "2024-11-12T09:28:41Z",
    "currencyCode": "EUR",
    "price": None,
}
each_echo = pytest.mark.parametrize("name", ["href", "createdAt", "modifiedAt"])


class TestOrders:
    @each_echo
    @pytest.mark.parametrize("value", [5, True, ["…"], {"href": "…"}])
    def test_an_echo_that_is_no_text_is_refused_by_name(self, name: str, value: object) -> None:
        with pytest.raises(Misread) as refused:
            orders.read_new({name: value, **ORDER})
        assert refused.value.flaws[0] == Flaw(
            name, "must be a string", "Leave it out, or send it as it was read."
        )

    @each_echo
    @pytest.mark.parametrize("value", ["anything", "", None])
    def test_an_echo_that_is_text_is_passed_over(self, name: str, value: object) -> None:
        with pytest.raises(Misread) as refused:
            orders.read_new({name: value, **ORDER})
        assert [flaw.field for flaw in refused.value.flaws] == ["price"]


class TestExtensions:
    @each_echo
    def test_an_echo_that_is_no_text_is_refused_by_name(self, name: str) -> None:
        with pytest.raises(Misread) as refused:
            extensions.read_pairs({name: ["…"]}, None)
        assert [flaw.field for flaw in refused.value.flaws] == [name]

    @each_echo
    def test_an_echo_that_is_text_makes_no_pair(self, name: str) -> None:
        assert extensions.read_pairs({name: "anything"}, None) == {}
