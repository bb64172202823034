"""`orderfolio organisations`: the sealed halves of one database."""

from __future__ import annotations

import sys
from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import Commands, is_name, json_option, settled, show, where
from orderfolio.model import instants
from orderfolio.operations import organisations as operations


@click.group(cls=Commands)
def organisations() -> None:
    """Organisations: each sees nothing of the others."""


@organisations.command()
@click.argument("name", callback=is_name)
@where
@json_option
def create(name: str, as_json: bool, **options: Any) -> None:
    """Create the organisation NAME."""
    settings = settled(options, makes_file=True)
    assembly.administer(settings, operations.create, name)
    show(as_json, {"name": name}, f"Created {name}; make it credentials next.")


@organisations.command("list")
@where
@json_option
def browse(as_json: bool, **options: Any) -> None:
    """List all organisations."""
    rows = assembly.administer(settled(options), operations.browse)
    shown = [
        {"name": row.name, "createdAt": instants.spell_to_the_second(row.created_at)}
        for row in rows
    ]
    show(as_json, shown, *(f"{row['createdAt']}  {row['name']}" for row in shown))


@organisations.command()
@click.argument("name", callback=is_name)
@click.argument("new_name", callback=is_name)
@where
@json_option
def rename(name: str, new_name: str, as_json: bool, **options: Any) -> None:
    """Rename the organisation NAME to NEW_NAME."""
    assembly.administer(settled(options), operations.rename, name, new_name)
    show(as_json, {"name": new_name}, f"{name} is now {new_name}.")


@organisations.command()
@click.argument("name", callback=is_name)
@click.option("--yes", is_flag=True, help="Don't ask.")
@where
@json_option
def remove(name: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Remove the organisation NAME with all of its orders and guests."""
    settings = settled(options)
    assembly.administer(settings, operations.fetch, name)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is here to be asked; say --yes")
        click.confirm(f"Delete {name} with all of its orders and guests?", abort=True, err=True)
    gone = assembly.remove_organisation(settings, name)
    show(as_json, {"name": name, "deleted": gone}, f"Removed {name}: {gone} orders and guests.")
