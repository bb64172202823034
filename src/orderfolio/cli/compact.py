"""`orderfolio compact`: the database written anew, without what was deleted."""

from __future__ import annotations

from typing import Any

import click

from orderfolio import databases
from orderfolio.cli.parameters import json_option, settled, show, where


@click.command()
@where
@json_option
def compact(as_json: bool, **options: Any) -> None:
    """Write the database anew, from its rows alone."""
    settings = settled(options)
    before, after = databases.compact(settings.database)
    path = settings.database.name
    show(
        as_json,
        {"database": path, "before": before, "after": after},
        f"Compacted {path}: {before} bytes before, {after} now.",
    )
