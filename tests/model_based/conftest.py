"""The long run of the model's test, for `make soak`; and failures that tell what was compared."""

from __future__ import annotations

import pytest
from hypothesis import settings

pytest.register_assert_rewrite("tests.model_based.conversations", "tests.model_based.worlds")

settings.register_profile(
    "soak", max_examples=5000, stateful_step_count=60, deadline=None, print_blob=True
)
