"""What the tests of reading share: a body that is refused, as the sentences it is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orderfolio.wire import bodies
from orderfolio.wire.flaws import Misread

Refused = Callable[..., list[str]]


@pytest.fixture
def refused() -> Refused:
    def sentences(reader: Callable[..., object], raw: str, *arguments: object) -> list[str]:
        with pytest.raises(Misread) as caught:
            reader(bodies.parse(raw.encode()), *arguments)
        assert all(flaw.remedy for flaw in caught.value.flaws)
        return [f"{flaw.field}: {flaw.problem}" for flaw in caught.value.flaws]

    return sentences
