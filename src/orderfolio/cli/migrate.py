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
    path = assembly.migrate(settled(options, makes_file=True))
    show(as_json, {"database": str(path)}, f"The database {path} is up to date.")
