"""`orderfolio serve`: the server, and what it tells people when it listens."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from typing import Any

import click

from orderfolio import assembly
from orderfolio.cli.parameters import settings_options
from orderfolio.operations.credentials import NewCredential
from orderfolio.settings import SETTINGS, Settings, load


@click.command()
@settings_options(*(setting.name for setting in SETTINGS))
def serve(**options: Any) -> None:
    """Serve the API, its documentation and its error guide."""
    settings = load(options)

    def welcome(port: int, first: NewCredential | None) -> None:
        click.echo("\n".join(_banner(settings, port, first)))
        sys.stdout.flush()

    assembly.serve(settings, welcome)


def _banner(settings: Settings, port: int, first: NewCredential | None) -> list[str]:
    scheme = "http" if settings.tls_certificate is None else "https"
    address = settings.public_url or f"{scheme}://{_reachable(settings.host)}:{port}"
    lines = [
        f"orderfolio {version('orderfolio')} serves {address}",
        f"  data           {settings.database.name}",
        f"  documentation  {address}/docs",
        f"  console        {address}/console",
    ]
    if first is not None:
        pair = shlex.quote(f"{first.client_key}:{first.api_token}")
        return [
            *lines,
            "",
            "Your credentials, shown this once:",
            f"  client key     {first.client_key}",
            f"  API token      {first.api_token}",
            "",
            "Try them:",
            f"  curl -u {pair} {shlex.quote(f'{address}/v2.1/orders')}",
        ]
    if settings.client_key is not None:
        lines.append(f"  client key     {settings.client_key}")
    return [*lines, "  credentials    orderfolio credentials create makes more"]


def _reachable(host: str) -> str:
    """The host as an address has it: what listens everywhere is reached at home."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{host}]" if ":" in host else host
