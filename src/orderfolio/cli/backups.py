"""`orderfolio backup` and `orderfolio restore`: the database copied, and put back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from orderfolio import databases
from orderfolio.cli.parameters import json_option, settled, show, where

_file = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@_file
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@where
@json_option
def backup(file: Path, force: bool, as_json: bool, **options: Any) -> None:
    """Copy the database to FILE, while a server may go on using it."""
    settings = settled(options)
    size = databases.back_up(settings.database, file, replaces=force)
    source, target = settings.database.name, str(file.resolve())
    show(
        as_json,
        {"database": source, "backup": target, "bytes": size},
        f"Copied {source} to {target}: {size} bytes, checked and on disk.",
    )


@click.command()
@_file
@click.option("--force", is_flag=True, help="Replace the database, and keep it beside.")
@where
@json_option
def restore(file: Path, force: bool, as_json: bool, **options: Any) -> None:
    """Put the backup FILE into the database's place; stop its server first."""
    settings = settled(options, makes_file=True)
    kept = databases.restore(settings.database, file, replaces=force)
    path = settings.database.name
    lines = [f"The database {path} is what {file} holds."]
    if kept is not None:
        lines.append(f"The one before is kept as {kept}.")
    show(as_json, {"database": path, "kept": None if kept is None else str(kept)}, *lines)
