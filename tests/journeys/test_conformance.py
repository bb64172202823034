"""A property-based, stateful run of schemathesis over every operation of openapi.json.

How it is run, and which check is off for which operation and why, is in
conformance/settings.toml; which values need the server's state, in conformance_hooks.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import orderfolio

Server = tuple[str, str, str]  # address, client key, API token

CONFORMANCE = Path(__file__).parent / "conformance"
DESCRIPTION = Path(orderfolio.__file__).parent / "wire" / "openapi.json"
LEAST_SHARE = 0.3
# Where the run hangs rather than fails, on a busy machine too: left to itself it takes 90.
TIMEOUT_SECONDS = 1800


@pytest.fixture(scope="module")
def run(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """Exit code and output of the run, and where the hooks left their tally."""
    folder = tmp_path_factory.mktemp("conformance")
    tally = folder / "tally.json"
    url, client_key, api_token = server
    variables = {
        "PYTHONPATH": str(CONFORMANCE),
        "ORDERFOLIO_TESTS_URL": url,
        "ORDERFOLIO_TESTS_CLIENT_KEY": client_key,
        "ORDERFOLIO_TESTS_API_TOKEN": api_token,
        "ORDERFOLIO_TESTS_TALLY": str(tally),
    }
    command: list[str | Path] = [
        *(Path(sys.executable).parent / "schemathesis", "--config-file"),
        *(CONFORMANCE / "settings.toml", "run", DESCRIPTION, "--url", url),
        *("--auth", f"{client_key}:{api_token}", "--no-color"),
    ]
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace"), tally


def operations() -> set[str]:
    document: dict[str, Any] = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    return {
        part["operationId"]
        for item in document["paths"].values()
        for part in item.values()
        if isinstance(part, dict)
    }


def test_no_answer_contradicts_the_description(run: tuple[int, str, Path]) -> None:
    code, output, _ = run
    assert code == 0, output


def test_every_operation_succeeds_often_enough_to_be_tested(run: tuple[int, str, Path]) -> None:
    _, output, path = run
    tally: dict[str, list[int]] = json.loads(path.read_text(encoding="utf-8"))
    assert set(tally) == operations(), output
    shares = {name: successes / calls for name, (calls, successes) in tally.items()}
    assert {name: share for name, share in shares.items() if share < LEAST_SHARE} == {}
