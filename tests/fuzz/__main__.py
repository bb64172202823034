"""`make fuzz`: each target in a process of its own, guided by what it covers."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.fuzz.targets import CORPUS, TARGETS

_RUNS: Final = re.compile(rb"^Done (\d+) runs", re.MULTILINE)
_INPUT_BYTES: Final = 4096
_INPUT_SECONDS: Final = 5


def main() -> int:
    """Print the executions and failures of each target; how many failed.

    What made one fail is kept in the current folder, as a file `failure-TARGET-…`: mend it,
    and move the file to the target's corpus.
    """
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    options = parser.parse_args()
    failed = 0
    sys.stdout.write(f"{'target':<14} {'executions':>11} {'failures':>9}\n")
    for name in options.targets or TARGETS:
        executions, failures, told = _fuzzed(name, options.seconds)
        failed += failures
        sys.stdout.write(f"{name:<14} {executions:>11} {failures:>9}\n")
        sys.stdout.flush()
        if failures:
            sys.stderr.write(told)
    return failed


def _fuzzed(name: str, seconds: int) -> tuple[int, int, str]:
    """Executions, failures (none or one: the first ends it), and the fuzzer's last words."""
    with tempfile.TemporaryDirectory() as grown:
        options = [
            f"-max_total_time={seconds}",
            f"-max_len={_INPUT_BYTES}",
            f"-timeout={_INPUT_SECONDS}",
            f"-artifact_prefix=failure-{name}-",
        ]
        command = [sys.executable, "-m", "tests.fuzz.driver", name, *options]
        # New inputs are kept in the first folder, and the committed ones left alone.
        done = subprocess.run(
            [*command, grown, str(CORPUS / name)],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=Path.cwd(),
            check=False,
        )
    runs = _RUNS.search(done.stderr)
    executions = 0 if runs is None else int(runs[1])
    return executions, int(done.returncode != 0), done.stderr[-4000:].decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
