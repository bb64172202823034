"""The program: what its commands take, and what they tell people and programs.

Whatever keeps a command from doing its work is one sentence on stderr and exit code 2.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Any, Final, TypeVar

import click
import msgspec

from orderfolio import assembly
from orderfolio.errors import OrderfolioError
from orderfolio.model import instants
from orderfolio.model.identities import RULES, Rule
from orderfolio.operations import credentials, organisations, rules
from orderfolio.operations.credentials import NewCredential
from orderfolio.settings import SETTINGS, Setting, Settings, load

FAILED: Final = 2
_WHERE: Final = ("data", "database")

Command = TypeVar("Command", bound=Callable[..., Any])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program and leave it with its exit code."""
    try:
        code = program.main(arguments, prog_name="orderfolio", standalone_mode=False)
    except click.Abort:
        code = _fail("Stopped: nothing more was done.")
    except click.ClickException as error:
        code = _fail(error.format_message())
    except OrderfolioError as error:
        code = _fail(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _fail(sentence: str) -> int:
    text = " ".join(sentence.split())
    text = text[:1].upper() + text[1:]
    click.echo(text if text.endswith((".", "?", "!")) else f"{text}.", err=True)
    return FAILED


def _settings_options(*names: str) -> Callable[[Command], Command]:
    """`--config`, and an option for each of the settings named."""

    def add(command: Command) -> Command:
        for setting in reversed([row for row in SETTINGS if row.name in names]):
            command = _option(setting)(command)
        config = click.option("--config", metavar="FILE", help="A TOML file of settings.")
        return config(command)

    return add


def _option(setting: Setting) -> Callable[[Command], Command]:
    if setting.is_switch:
        flag = setting.name.replace("_", "-")
        return click.option(f"--{flag}/--no-{flag}", setting.name, default=None, help=setting.help)
    return click.option(
        setting.option, setting.name, metavar=setting.metavar, default=None, help=setting.help
    )


_where = _settings_options(*_WHERE)
_organisation = click.option(
    "--organisation",
    metavar="NAME",
    default=assembly.FIRST_ORGANISATION,
    show_default=True,
    help="Whose.",
)
_json = click.option("--json", "as_json", is_flag=True, help="Print it for programs.")


def _database(options: dict[str, Any]) -> Settings:
    """Settings of a command that only touches the data."""
    settings = load({name: options[name] for name in ("config", *_WHERE)})
    if settings.database.path is None:
        raise click.UsageError("sqlite:// is gone when its server stops; name a file.")
    return settings


def _show(as_json: bool, value: object, *lines: str) -> None:
    for line in [msgspec.json.encode(value).decode()] if as_json else lines:
        click.echo(line)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("orderfolio"), message="%(prog)s %(version)s")
def program() -> None:
    """A self-hosted server that speaks the Sitecore CDP Order REST API v2.1."""


@program.command()
@_settings_options(*(setting.name for setting in SETTINGS))
def serve(**options: Any) -> None:
    """Serve the API, its documentation and its error guide."""
    settings = load(options)

    def welcome(port: int, first: NewCredential | None) -> None:
        click.echo("\n".join(_banner(settings, port, first)))
        sys.stdout.flush()

    assembly.serve(settings, welcome)


def _banner(settings: Settings, port: int, first: NewCredential | None) -> list[str]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = settings.public_url or f"http://{host}:{port}"
    path = settings.database.path
    lines = [
        f"orderfolio {version('orderfolio')} serves {address}",
        f"  data           {path.resolve() if path else 'a private temporary file'}",
        f"  documentation  {address}/docs",
    ]
    if first is not None:
        return [
            *lines,
            "",
            "Your credentials, shown this once:",
            f"  client key     {first.client_key}",
            f"  API token      {first.api_token}",
            "",
            "Try them:",
            f"  curl -u '{first.client_key}:{first.api_token}' '{address}/v2.1/orders'",
        ]
    if settings.client_key is not None:
        lines.append(f"  client key     {settings.client_key}")
    return [*lines, "  credentials    orderfolio credentials create makes more"]


@program.command()
@_where
@_json
def migrate(as_json: bool, **options: Any) -> None:
    """Create the database, or bring it to this program's version."""
    settings = _database(options)
    assembly.administer(settings, organisations.browse)
    path = str(settings.database.path)
    _show(as_json, {"database": path}, f"The database {path} is up to date.")


@program.group("organisations")
def organisations_group() -> None:
    """Organisations: each sees nothing of the others."""


@organisations_group.command("create")
@click.argument("name")
@_where
@_json
def create_organisation(name: str, as_json: bool, **options: Any) -> None:
    """Create the organisation NAME."""
    assembly.administer(_database(options), organisations.create, name)
    _show(as_json, {"name": name}, f"Created {name}; make it credentials next.")


@organisations_group.command("list")
@_where
@_json
def list_organisations(as_json: bool, **options: Any) -> None:
    """List all organisations."""
    rows = assembly.administer(_database(options), organisations.browse)
    shown = [{"name": row.name, "createdAt": instants.spell(row.created_at)} for row in rows]
    _show(as_json, shown, *(f"{row['createdAt']}  {row['name']}" for row in shown))


@organisations_group.command("rename")
@click.argument("name")
@click.argument("new_name")
@_where
@_json
def rename_organisation(name: str, new_name: str, as_json: bool, **options: Any) -> None:
    """Rename the organisation NAME to NEW_NAME."""
    assembly.administer(_database(options), organisations.rename, name, new_name)
    _show(as_json, {"name": new_name}, f"{name} is now {new_name}.")


@organisations_group.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Don't ask.")
@_where
@_json
def remove_organisation(name: str, yes: bool, as_json: bool, **options: Any) -> None:
    """Remove the organisation NAME with all of its orders and guests."""
    settings = _database(options)
    if not yes:
        click.confirm(f"Delete {name} with all of its orders and guests?", abort=True, err=True)
    gone = 0

    def count(more: int) -> None:
        nonlocal gone
        gone += more

    assembly.remove_organisation(settings, name, count)
    _show(as_json, {"name": name, "deleted": gone}, f"Removed {name}: {gone} orders and guests.")


@program.group("credentials")
def credentials_group() -> None:
    """Client keys and API tokens."""


@credentials_group.command("create")
@_organisation
@click.option("--read-only", is_flag=True, help="It may only read.")
@_where
@_json
def create_credential(organisation: str, read_only: bool, as_json: bool, **options: Any) -> None:
    """Make a client key and an API token, which is shown this once."""
    new = credentials.draw()
    assembly.administer(_database(options), credentials.create, organisation, new, read_only)
    _show_credential(as_json, organisation, new, read_only)


@credentials_group.command("rotate")
@click.argument("client_key")
@_organisation
@_where
@_json
def rotate_credential(client_key: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Give CLIENT_KEY a new API token; the old one ends at once."""
    new = NewCredential(client_key, credentials.draw().api_token)
    kept = assembly.administer(_database(options), credentials.rotate, organisation, new)
    _show_credential(as_json, organisation, new, kept.read_only)


def _show_credential(as_json: bool, organisation: str, new: NewCredential, read_only: bool) -> None:
    _show(
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


@credentials_group.command("revoke")
@click.argument("client_key")
@_organisation
@_where
@_json
def revoke_credential(client_key: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Delete CLIENT_KEY; it opens nothing from now on."""
    assembly.administer(_database(options), credentials.revoke, organisation, client_key)
    _show(as_json, {"clientKey": client_key}, f"Revoked {client_key}.")


@credentials_group.command("list")
@_organisation
@_where
@_json
def list_credentials(organisation: str, as_json: bool, **options: Any) -> None:
    """List the client keys; tokens are kept nowhere."""
    rows = assembly.administer(_database(options), credentials.browse, organisation)
    shown = [
        {
            "clientKey": row.client_key,
            "readOnly": row.read_only,
            "createdAt": instants.spell(row.created_at),
        }
        for row in rows
    ]
    lines = (
        f"{row['createdAt']}  {row['clientKey']}{'  (read-only)' if row['readOnly'] else ''}"
        for row in shown
    )
    _show(as_json, shown, *lines)


@program.group("rules")
def rules_group() -> None:
    """Identity rules: which identifiers make two people one guest."""


@rules_group.command("list")
@_organisation
@_where
@_json
def list_rules(organisation: str, as_json: bool, **options: Any) -> None:
    """List the identity rules, the first to be tried first."""
    _show_rules(as_json, assembly.administer(_database(options), rules.browse, organisation))


@rules_group.command("add")
@click.argument("name")
@click.argument("provider")
@click.option("--position", type=click.IntRange(1, RULES), help="Where, from 1; else last.")
@_organisation
@_where
@_json
def add_rule(
    name: str,
    provider: str,
    position: int | None,
    organisation: str,
    as_json: bool,
    **options: Any,
) -> None:
    """Add the rule NAME: people with an identifier of PROVIDER in common are one guest."""
    rule = Rule(name, provider)
    _show_rules(
        as_json,
        assembly.administer(_database(options), rules.add, organisation, rule, position),
    )


@rules_group.command("remove")
@click.argument("name")
@_organisation
@_where
@_json
def remove_rule(name: str, organisation: str, as_json: bool, **options: Any) -> None:
    """Remove the rule NAME; guests that it found stay as they are."""
    _show_rules(as_json, assembly.administer(_database(options), rules.remove, organisation, name))


def _show_rules(as_json: bool, found: Sequence[Rule]) -> None:
    shown = [
        {"position": position, "name": rule.name, "provider": rule.provider}
        for position, rule in enumerate(found, 1)
    ]
    _show(
        as_json, shown, *(f"{row['position']}  {row['name']}  {row['provider']}" for row in shown)
    )
