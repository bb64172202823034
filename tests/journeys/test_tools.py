"""What is left out where a program is missing, and what fails."""

from __future__ import annotations

import pytest
from tests.journeys.tools import need

COMPLETE = "ORDERFOLIO_TESTS_COMPLETE"
SENTENCE = "There is no no-such-program here to look for with."


def look() -> str:
    return need("no-such-program", "look for")


def test_is_left_out_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(COMPLETE, raising=False)
    with pytest.raises(pytest.skip.Exception) as caught:
        look()
    assert str(caught.value) == SENTENCE


def test_fails_in_a_complete_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(COMPLETE, "1")
    with pytest.raises(pytest.fail.Exception) as caught:
        look()
    assert str(caught.value) == f"{SENTENCE} A complete run needs it."
