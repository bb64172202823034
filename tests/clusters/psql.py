"""Statements by PostgreSQL's own client, so that a test of a driver needn't trust the driver."""

from __future__ import annotations

import subprocess
from typing import Final

from tests.clusters import binaries

ANSWER_SECONDS: Final = 60


class Refused(Exception):
    """What was said instead of an answer: by the server, or of the way to it."""


def ask(url: str, text: str) -> str:
    """The rows, a line each, columns parted by "|"; each statement commits by itself.

    Raises Refused at the first that fails, and subprocess.TimeoutExpired where nobody answers.
    """
    options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")
    done = subprocess.run(
        [binaries.find() / "psql", *options, "--dbname", url],
        env=binaries.bare_environment(),
        input=text,
        capture_output=True,
        text=True,
        timeout=ANSWER_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Refused(done.stderr.strip())
    return done.stdout.strip()


def name(identifier: str) -> str:
    """An identifier, quoted."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text, quoted."""
    return "'" + value.replace("'", "''") + "'"
