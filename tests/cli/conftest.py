"""The program, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.programs import Program


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    monkeypatch.chdir(tmp_path)
    return Program(capsys)


@pytest.fixture
def shop(program: Program) -> Program:
    """With a database that has one organisation, `shop`."""
    program.text("organisations", "create", "shop")
    return program
