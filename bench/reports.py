"""What a run found: a table for people, and a record that keeps all of it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import apsw
import msgspec
from msgspec import Struct
from tests.clusters import binaries

from bench.rows import Row, Sections
from bench.runs import Run

RECORDS: Final = Path(__file__).with_name("records")

_WIDTH: Final = 112
_SPELT: Final = {"python": "Python", "sqlite": "SQLite", "postgresql": "PostgreSQL"}
_LIBRARIES: Final = ("orderfolio", "uvicorn", "uvloop", "httptools", "msgspec")


class Report(Struct, frozen=True, kw_only=True, rename="camel"):
    """A run: when, where and how it was made, and what it found. `load` is that of the
    machine before it, and so of others."""

    began_at: str
    command: str
    load: float
    machine: dict[str, str]
    versions: dict[str, str]
    orders: int
    rounds: int
    seconds: int
    sync_us: float
    sections: Sections


def of(run: Run, began_at: str, load: float, found: Sections) -> Report:
    """Of this run, on this machine."""
    return Report(
        began_at=began_at,
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        load=load,
        machine=machine(),
        versions=versions(),
        orders=run.orders,
        rounds=run.rounds,
        seconds=run.seconds,
        sync_us=run.sync_us,
        sections=found,
    )


def machine() -> dict[str, str]:
    information = Path("/proc/cpuinfo").read_text("utf-8")
    model = information.partition("model name")[2].partition("\n")[0].strip("\t: ")
    memory = Path("/proc/meminfo").read_text("ascii").split()[1]
    return {
        "processor": model or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{int(memory) / (1 << 20):.1f} GB",
        "system": platform.platform(),
    }


def versions() -> dict[str, str]:
    wrk = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)  # noqa: S607
    found = {
        "python": platform.python_version(),
        "sqlite": apsw.sqlite_lib_version(),
        **{name: version(name) for name in _LIBRARIES},
        "wrk": wrk.stdout.partition("wrk ")[2].partition(" ")[0],
    }
    with suppress(binaries.Missing):
        said = subprocess.run(  # noqa: S603
            [binaries.find() / "postgres", "--version"], capture_output=True, text=True, check=True
        )
        found["postgresql"] = said.stdout.split()[2]
    return found


def began_at() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def keep(report: Report) -> Path:
    """Write the record; where to."""
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"{report.began_at.replace(':', '')}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return path


def markdown(report: Report) -> str:
    """All of it, as docs/performance.md has it, which reads well on a terminal too."""
    parts = [_heading(report)]
    for title, found in report.sections.items():
        parts += [f"### {title}", table(found)]
    return "\n\n".join(parts)


def _heading(report: Report) -> str:
    machine, versions = report.machine, report.versions
    named = [f"{_SPELT.get(name, name)} {version}" for name, version in versions.items()]
    text = (
        f"`{report.command}`, {report.began_at[:10]}, {machine['processor']}, {machine['cores']}"
        f" cores with a load of {report.load:.1f} by others, {machine['memory']},"
        f" {', '.join(named)}. {report.orders:,} orders, medians of {report.rounds} rounds of"
        f" {report.seconds} seconds. A sync of the disk took {report.sync_us:,.0f} µs."
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def table(rows: Sequence[Row]) -> str:
    """Rows as Markdown, each column as wide as it must be."""
    lines = [("work", "orderfolio", "limit", "result", "goal", "")]
    lines += [
        (
            row.work,
            f"{row.value:,.1f} {row.unit}".rstrip(),
            f"{row.limit:,.1f} {row.unit}".rstrip(),
            f"{row.result:.2f}",
            _goal(row),
            {None: "", True: "met", False: "missed"}[row.is_met],
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    head, *rest = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rule = "| " + " | ".join("-" * width for width in widths) + " |"
    return "\n".join([head, rule, *rest])


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    return f"at {'least' if row.at_least else 'most'} {row.goal:g}"
