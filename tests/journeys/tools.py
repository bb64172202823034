"""Other people's programs that journeys use, and what happens where one is missing."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest


def leave_out(why: str) -> NoReturn:
    """Skip for a reason in words; a complete run may not."""
    if os.environ.get("ORDERFOLIO_TESTS_COMPLETE") == "1":
        pytest.fail(f"{why} A complete run needs it.")
    pytest.skip(why)


def need(tool: str, purpose: str) -> str:
    """Where `tool` is; without it the test is left out."""
    found = shutil.which(tool)
    if found is None:
        leave_out(f"There is no {tool} here to {purpose} with.")
    return found
