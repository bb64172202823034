"""`orderfolio migrate`: a database of this program's version, made or brought there."""

from __future__ import annotations

from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import json_option, settled, show, where


@click.command()
@where
@json_option
def migrate(as_json: bool, **options: Any) -> None:
    """Create the database, or bring it to this program's version."""
    settings = settled(options, makes_file=True)
    assembly.migrate(settings)
    name = settings.database.name
    show(as_json, {"database": name}, f"The database {name} is up to date.")
