"""`orderfolio copy`: moving house, from any engine to any other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import json_option, settings_options, settled_for, show

OnStep = Callable[[str, str, int, int], None]


@click.command()
@click.option("--from", "source", metavar="URL", required=True, help="The database to copy.")
@click.option("--to", "target", metavar="URL", required=True, help="An empty one, or none yet.")
@settings_options("data")
@json_option
def copy(source: str, target: str, as_json: bool, **options: Any) -> None:
    """Carry all that is in a database to another; stop its servers first."""
    ours = settled_for("--from", source, options)
    theirs = settled_for("--to", target, options, makes_file=True)
    try:
        with _progress(as_json) as on_step:
            copied = assembly.copy(ours, theirs, on_step)
    except KeyboardInterrupt:
        raise click.ClickException(
            "stopped; what was copied stays, run it again to go on"
        ) from None
    names = ours.database.name, theirs.database.name
    tables = [
        {"table": row.table, "rows": row.rows, "checksum": row.checksum.hex()} for row in copied
    ]
    lines = [f"{row['checksum']}  {row['rows']:>12}  {row['table']}" for row in tables]
    total = sum(row.rows for row in copied)
    show(
        as_json,
        {"from": names[0], "to": names[1], "tables": tables},
        *lines,
        f"Copied {names[0]} to {names[1]}: {total} rows, the same on both sides.",
    )


@contextmanager
def _progress(is_silent: bool) -> Iterator[OnStep]:
    """A bar for whoever looks on, a line a table for a log, nothing for a program."""
    if is_silent:
        yield _ignore
    elif sys.stderr.isatty():
        with click.progressbar(length=1, file=sys.stderr) as bar:
            yield _advance(bar)
    else:
        yield _line_by_line()


def _ignore(*_: object) -> None:
    """A program that reads the outcome reads nothing else."""


def _advance(bar: Any) -> OnStep:
    def advance(doing: str, table: str, done: int, total: int) -> None:
        bar.length = total
        bar.label = f"{doing} {table}"
        bar.update(done - bar.pos)

    return advance


def _line_by_line() -> OnStep:
    told: set[tuple[str, str]] = set()

    def tell(doing: str, table: str, done: int, total: int) -> None:
        if (doing, table) not in told:
            told.add((doing, table))
            click.echo(f"{100 * done // total:3} %  {doing} {table}")

    return tell
