"""`orderfolio rules`: which identifiers make two people one guest."""

from __future__ import annotations

from collections.abc import Sequence
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
from orderfolio.model.identities import RULES, Rule
from orderfolio.operations import rules as operations


@click.group(cls=Commands)
def rules() -> None:
    """Identity rules: which identifiers make two people one guest."""


@rules.command("list")
@organisation_option
@where
@json_option
def browse(organisation: str, as_json: bool, **options: Any) -> None:
    """List the identity rules, the first to be tried first."""
    _show(as_json, assembly.administer(settled(options), operations.browse, organisation))


@rules.command()
@click.argument("name", callback=is_name)
@click.argument("provider", callback=is_name)
@click.option("--position", type=click.IntRange(1, RULES), help="Where, from 1; else last.")
@organisation_option
@where
@json_option
def add(
    name: str,
    provider: str,
    position: int | None,
    organisation: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Add the rule NAME: people with an identifier of PROVIDER in common are one guest."""
    rule = Rule(name, provider)
    _show(
        as_json, assembly.administer(settled(options), operations.add, organisation, rule, position)
    )


@rules.command()
@click.argument("name", callback=is_name)
@organisation_option
@where
@json_option
def remove(name: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Remove the rule NAME; guests that it found stay as they are."""
    _show(as_json, assembly.administer(settled(options), operations.remove, organisation, name))


def _show(as_json: bool, found: Sequence[Rule]) -> None:
    shown = [
        {"position": position, "name": rule.name, "provider": rule.provider}
        for position, rule in enumerate(found, 1)
    ]
    show(as_json, shown, *(f"{row['position']}  {row['name']}  {row['provider']}" for row in shown))
