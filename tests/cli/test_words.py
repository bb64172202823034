"""What is said to people: help, slips of the pen, and how a command ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from tests.cli.programs import FAILED, Program

COMMANDS: Final = (
    "serve, migrate, check, backup, restore, compact, copy, "
    "organisations, credentials, rules, users, guests, audit"
)


class TestWords:
    """What was typed, and can't be meant."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ("", f"Name a command: {COMMANDS}"),
            ("credentials", "Name a command: create, rotate, revoke, list"),
            ("rules x", "There is no command x; there are list, add, remove"),
            ("server", "There is no command server; the nearest is serve"),
            ("rules ad", "There is no command ad; the nearest is add"),
            ("serve --prot 1", "There is no option --prot; the nearest is --port"),
            ("serve --qqq", "There is no option --qqq"),
            ("serve extra", "Got unexpected extra argument (extra)"),
            ("organisations create", "Missing argument 'NAME'"),
            ("serve --port x", "--port: must be a whole number from 0 to 65535, not x"),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_a_slip_is_named(self, program: Program, arguments: str, sentence: str) -> None:
        assert program.refusal(*arguments.split()) == sentence

    def test_a_setting_that_nothing_reads_is_refused_by_every_command(
        self, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "orderfolio.toml").write_text("prot = 9")
        for command in (("serve",), ("migrate",), ("organisations", "list")):
            assert program.refusal(*command) == (
                "prot in orderfolio.toml: no setting is called that; the nearest is port"
            )
        monkeypatch.setenv("ORDERFOLIO_HOTS", "x")
        assert program.refusal("migrate") == (
            "ORDERFOLIO_HOTS: no setting is called that; the nearest is ORDERFOLIO_HOST"
        )

    def test_help_is_given_for_every_command(self, program: Program) -> None:
        for arguments in ((), ("serve",), ("organisations",), ("rules", "add")):
            assert program.text(*arguments, "--help").startswith("Usage: orderfolio")

    def test_its_version_is_told(self, program: Program) -> None:
        assert re.fullmatch(r"orderfolio \d+\.\d+\.\d+\n", program.text("--version"))

    def test_interrupting_is_no_crash(self, shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("orderfolio.assembly.administer", interrupt)
        code, output, error = shop("organisations", "list")
        assert (code, output, error) == (FAILED, "", "\nStopped: nothing more was done.\n")
