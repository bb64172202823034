"""What may be a name."""

from __future__ import annotations

import pytest

from orderfolio.model.names import LONGEST, is_name


@pytest.mark.parametrize("text", ["a", "Ada King", "עדה", "x" * LONGEST])
def test_one_line_that_can_be_seen_is_a_name(text: str) -> None:
    assert is_name(text)


@pytest.mark.parametrize("text", ["", " a", "a ", "a\nb", "\u202ea", "\udcff", "x" * (LONGEST + 1)])
def test_what_can_t_be_seen_or_is_too_long_is_none(text: str) -> None:
    assert not is_name(text)
