"""The application driven without a server."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

import pytest

from bench.bare import answering
from bench.inside import Ask, drive


def test_all_is_asked_for() -> None:
    asks = [Ask(200, "GET", "/")] * 130
    assert asyncio.run(drive(answering(1000), asks)) == 130_000


def test_an_answer_that_is_not_expected_ends_the_run() -> None:
    with pytest.raises(RuntimeError, match="GET /here was answered 404"):
        asyncio.run(drive(answering(2, 404), [Ask(200, "GET", "/here")]))


def test_every_kind_of_request_has_a_line() -> None:
    command = [sys.executable, "-m", "bench.inside", "--orders=200", "--rounds=1", "--requests=64"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    lines = re.sub(r"-?[\d.]+ µs", "N", done.stdout).splitlines()
    assert lines == [
        "| request | with the application | without | of the application |",
        "| --- | --- | --- | --- |",
        "| GET one order | N | N | N |",
        "| POST one order | N | N | N |",
        "| page of 100 whole orders | N | N | N |",
    ]
