"""`orderfolio credentials`: client keys, and tokens that are shown once."""

from __future__ import annotations

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
from orderfolio.operations import credentials as operations
from orderfolio.operations.credentials import NewCredential


@click.group(cls=Commands)
def credentials() -> None:
    """Client keys and API tokens."""


@credentials.command()
@organisation_option
@click.option("--read-only", is_flag=True, help="It may only read.")
@where
@json_option
def create(
    organisation: str,
    read_only: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Make a client key and an API token, which is shown this once."""
    new = operations.draw()
    assembly.administer(settled(options), operations.create, organisation, new, read_only)
    _show(as_json, organisation, new, read_only)


@credentials.command()
@click.argument("client_key", callback=is_name)
@organisation_option
@where
@json_option
def rotate(client_key: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Give CLIENT_KEY a new API token; the old one ends at once."""
    new = NewCredential(client_key, operations.draw().api_token)
    kept = assembly.administer(settled(options), operations.rotate, organisation, new)
    _show(as_json, organisation, new, kept.read_only)


@credentials.command()
@click.argument("client_key", callback=is_name)
@organisation_option
@where
@json_option
def revoke(client_key: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Delete CLIENT_KEY; it opens nothing from now on."""
    assembly.administer(settled(options), operations.revoke, organisation, client_key)
    show(as_json, {"clientKey": client_key}, f"Revoked {client_key}.")


@credentials.command("list")
@organisation_option
@where
@json_option
def browse(organisation: str, as_json: bool, **options: Any) -> None:
    """List the client keys and when each was last used; tokens are kept nowhere."""
    rows = assembly.administer(settled(options), operations.browse, organisation)
    shown = [
        {
            "clientKey": row.client_key,
            "readOnly": row.read_only,
            "createdAt": instants.spell_to_the_second(row.created_at),
            "lastUsedAt": row.last_used_at and instants.spell_to_the_second(row.last_used_at),
        }
        for row in rows
    ]
    lines = (
        f"{row['createdAt']}  {row['clientKey']}{'  (read-only)' if row['readOnly'] else ''}"
        f"  last used {row['lastUsedAt'] or 'never'}"
        for row in shown
    )
    show(as_json, shown, *lines)


def _show(as_json: bool, organisation: str, new: NewCredential, read_only: bool) -> None:
    show(
        as_json,
        {
            "organisation": organisation,
            "clientKey": new.client_key,
            "apiToken": new.api_token,
            "readOnly": read_only,
        },
        f"client key  {new.client_key}",
        f"API token   {new.api_token}",
        "The token is shown this once.",
    )
