"""Known vulnerabilities in what is locked, as pip-audit finds them in PyPI's advisories.

pip-audit calls a package that it could learn nothing of skipped, and all of them skipped a
success. Here that is told: whoever asked either has an answer for every package, or is told
which have none.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

LOCKS: Final = sorted(Path(__file__).parent.glob("*.txt"))
VULNERABLE: Final = 1
UNANSWERED: Final = 2

_TIMEOUT_SECONDS: Final = 600
# pip isn't needed where every version is pinned with its hashes.
_OPTIONS: Final = ("--require-hashes", "--disable-pip", "--format", "json", "--desc", "off")
_QUIET: Final = ("--progress-spinner", "off")


class Findings(NamedTuple):
    """Packages with a known vulnerability, a line each; those that nothing was learnt of; and
    how many were asked for."""

    vulnerable: list[str]
    unanswered: list[str]
    asked: int


class NoAnswer(Exception):
    """Nobody who knows of vulnerabilities could be asked, in a sentence."""


def read_report(text: str) -> Findings:
    """What pip-audit's JSON says. Raises NoAnswer where it is none."""
    try:
        packages: list[dict[str, Any]] = list(json.loads(text)["dependencies"])
    except (ValueError, KeyError, TypeError) as error:
        raise NoAnswer("pip-audit gave no report") from error
    if not packages:
        raise NoAnswer("pip-audit looked at nothing")
    return Findings(
        vulnerable=[_line(one, flaw) for one in packages for flaw in one.get("vulns", ())],
        unanswered=[one["name"] for one in packages if "vulns" not in one],
        asked=len(packages),
    )


def _line(package: dict[str, Any], flaw: dict[str, Any]) -> str:
    known_as = ", ".join([flaw["id"], *flaw.get("aliases", ())])
    mended = ", ".join(flaw.get("fix_versions", ())) or "no version yet"
    return f"{package['name']} {package['version']}: {known_as}; mended in {mended}"


def ask(locks: Sequence[Path]) -> str:
    """pip-audit's report on these lock files. Raises NoAnswer."""
    named = [argument for lock in locks for argument in ("--requirement", str(lock))]
    command = [sys.executable, "-m", "pip_audit", *_OPTIONS, *_QUIET, *named]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(f"no answer within {_TIMEOUT_SECONDS} seconds") from error
    if not done.stdout:
        lines = done.stderr.strip().splitlines()
        raise NoAnswer(lines[-1] if lines else f"pip-audit ended with {done.returncode}")
    return done.stdout


def main(arguments: Sequence[str] | None = None, ask: Callable[[Sequence[Path]], str] = ask) -> int:
    """Print what was found; 0 where each package is known to have no known vulnerability."""
    parser = argparse.ArgumentParser(prog="requirements.audit", description=__doc__)
    parser.add_argument(
        "--if-reachable",
        action="store_true",
        help="don't fail where advisories can't be had; say so",
    )
    options = parser.parse_args(arguments)
    try:
        found = read_report(ask(LOCKS))
    except NoAnswer as unreachable:
        sys.stdout.write(f"NOT AUDITED: advisories can't be had here: {unreachable}\n")
        return 0 if options.if_reachable else UNANSWERED
    _tell(found)
    if found.vulnerable:
        return VULNERABLE
    return UNANSWERED if found.unanswered and not options.if_reachable else 0


def _tell(found: Findings) -> None:
    lines = [f"VULNERABLE: {line}" for line in found.vulnerable]
    if found.unanswered:
        which = f"any of {found.asked} packages"
        if len(found.unanswered) < found.asked:
            which = ", ".join(sorted(found.unanswered))
        lines.append(f"NOT AUDITED: no advisories can be had here for {which}.")
    if not lines:
        lines.append(f"Audited: no vulnerability is known of {found.asked} packages.")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
