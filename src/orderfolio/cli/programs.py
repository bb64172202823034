"""All commands as one program, and its ends: an exit code, and a sentence where it isn't 0."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import click

from orderfolio.cli.audit import audit
from orderfolio.cli.backups import backup, restore
from orderfolio.cli.check import check
from orderfolio.cli.compact import compact
from orderfolio.cli.copy import copy
from orderfolio.cli.credentials import credentials
from orderfolio.cli.guests import guests
from orderfolio.cli.migrate import migrate
from orderfolio.cli.organisations import organisations
from orderfolio.cli.parameters import Commands
from orderfolio.cli.rules import rules
from orderfolio.cli.serve import serve
from orderfolio.cli.users import users
from orderfolio.errors import OrderfolioError
from orderfolio.settings import SettingError

FAILED: Final = 2


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave it with its exit code."""
    try:
        code = program.main(arguments, prog_name="orderfolio", standalone_mode=False)
    except click.Abort:
        code = _fail("stopped: nothing more was done")
    except click.NoSuchOption as error:
        near = f"; the nearest is {error.possibilities[0]}" if error.possibilities else ""
        code = _fail(f"there is no option {error.option_name}{near}")
    except click.ClickException as error:
        code = _fail(error.format_message())
    except SettingError as error:
        code = _fail(str(error), names_first=True)
    except OrderfolioError as error:
        code = _fail(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(sentence: str, *, names_first: bool = False) -> int:
    """Say it on stderr; a sentence that begins with a name begins as the name is spelt."""
    text = " ".join(sentence.split())
    if not names_first:
        text = text[:1].upper() + text[1:]
    click.echo(text if text.endswith((".", "?", "!")) else f"{text}.", err=True)
    return FAILED


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("orderfolio"), message="%(prog)s %(version)s")
def program() -> None:
    """A self-hosted server that speaks the Sitecore CDP Order REST API v2.1."""


for command in (
    *(serve, migrate, check, backup, restore, compact, copy),
    *(organisations, credentials, rules, users, guests, audit),
):
    program.add_command(command)
