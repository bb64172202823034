"""New databases of each engine, as many as are asked for; the long run of the model's test, for
`make soak`; and failures that tell what was compared."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from tests.store.engines import ENGINES, Another, Engine

pytest.register_assert_rewrite("tests.model_based.conversations", "tests.model_based.worlds")

settings.register_profile(
    "soak", max_examples=5000, stateful_step_count=60, deadline=None, print_blob=True
)


@pytest.fixture(params=ENGINES)
def another(request: pytest.FixtureRequest) -> Another:
    """Makes a database of an engine each time that it is called."""
    name: str = request.param
    if name == "sqlite":
        return _file
    url: str = request.getfixturevalue("migrated")
    emptying = request.getfixturevalue("emptying")

    @contextmanager
    def emptied() -> Iterator[Engine]:
        emptying()
        yield Engine(name, url)

    return emptied


@contextmanager
def _file() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        yield Engine("sqlite", Path(folder) / "orders.db")
