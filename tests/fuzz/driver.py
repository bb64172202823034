"""One target under atheris, whose options stand behind its name. Needs requirements/fuzz.txt."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["orderfolio", "json"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    name, *options = sys.argv[1:]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
