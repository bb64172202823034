"""`orderfolio users`: who may sign in to the console with a name of their own."""

from __future__ import annotations

import sys
from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import (
    Commands,
    is_name,
    json_option,
    organisation_option,
    settled,
    show,
    where,
)
from orderfolio.model import instants
from orderfolio.operations import users as operations


@click.group(cls=Commands)
def users() -> None:
    """Console users: people with a name and a password."""


@users.command()
@click.argument("name", callback=is_name)
@click.option("--read-only", is_flag=True, help="They may only look.")
@organisation_option
@where
@json_option
def add(name: str, read_only: bool, organisation: str, as_json: bool, **options: Any) -> None:
    """Let NAME sign in; the password is asked for, or read from standard input."""
    settings = settled(options)
    password_hash = operations.digest(_password())
    assembly.administer(settings, operations.create, organisation, name, password_hash, read_only)
    show(
        as_json,
        {"organisation": organisation, "name": name, "readOnly": read_only},
        f"{name} may sign in to {organisation}.",
    )


@users.command("list")
@organisation_option
@where
@json_option
def browse(organisation: str, as_json: bool, **options: Any) -> None:
    """List who may sign in; passwords are kept nowhere."""
    rows = assembly.administer(settled(options), operations.browse, organisation)
    shown = [
        {
            "name": row.name,
            "readOnly": row.read_only,
            "createdAt": instants.spell_to_the_second(row.created_at),
        }
        for row in rows
    ]
    lines = (
        f"{row['createdAt']}  {row['name']}{'  (read-only)' if row['readOnly'] else ''}"
        for row in shown
    )
    show(as_json, shown, *lines)


@users.command()
@click.argument("name", callback=is_name)
@organisation_option
@where
@json_option
def remove(name: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Remove NAME, who can't sign in from now on."""
    assembly.administer(settled(options), operations.remove, organisation, name)
    show(as_json, {"name": name}, f"Removed {name}.")


@users.command()
@click.argument("name", callback=is_name)
@organisation_option
@where
@json_option
def password(name: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Give NAME another password, asked for, or read from standard input."""
    settings = settled(options)
    password_hash = operations.digest(_password())
    assembly.administer(settings, operations.replace_password, organisation, name, password_hash)
    show(as_json, {"name": name}, f"{name} has another password.")


def _password() -> str:
    """Never an argument: other users of a machine see those."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
