"""The program in the test's own process."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from orderfolio.cli import main

FAILED: Final = 2
STAMP: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Program:
    """The program in this process, in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        written = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, written.out, written.err

    def text(self, *arguments: str) -> str:
        code, output, error = self(*arguments)
        assert (code, error) == (0, "")
        return output

    def json(self, *arguments: str) -> Any:
        [line] = self.text(*arguments, "--json").splitlines()
        return json.loads(line)

    def refusal(self, *arguments: str) -> str:
        """The one sentence, without its full stop."""
        code, output, error = self(*arguments)
        assert (code, output) == (FAILED, "")
        [sentence] = error.splitlines()
        assert sentence.endswith(".")
        return sentence[:-1]
