"""The inputs that are kept, through every target: seeds, and each bug that was ever found."""

from __future__ import annotations

import time

import pytest
from tests.fuzz.targets import CORPUS, TARGETS

PATIENCE_SECONDS = 2.0
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())


def test_every_target_has_inputs_of_its_own() -> None:
    assert {path.parent.name for path in INPUTS} == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_every_input_is_read_as_declared_and_soon(target: str) -> None:
    for path in INPUTS:
        began = time.process_time()
        TARGETS[target](path.read_bytes())
        assert time.process_time() - began < PATIENCE_SECONDS, path


@pytest.mark.parametrize("target", TARGETS)
def test_every_beginning_of_an_input_is_read_as_declared(target: str) -> None:
    for path in sorted((CORPUS / target).iterdir()):
        whole = path.read_bytes()
        for end in range(0, len(whole), max(1, len(whole) // 40)):
            TARGETS[target](whole[:end])


def test_inputs_are_small() -> None:
    assert max(path.stat().st_size for path in INPUTS) <= 4096
