"""What several commands take and tell: settings, names, an organisation, text or JSON."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click
import msgspec

from orderfolio import assembly
from orderfolio.model import names
from orderfolio.settings import SETTINGS, Setting, Settings, load, nearest

_WHERE: Final = ("data", "database")

Command = TypeVar("Command", bound=Callable[..., Any])


class Commands(click.Group):
    """A group that names its commands to whoever named none, or another."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args:
            raise click.UsageError(f"name a command: {', '.join(self.commands)}", ctx)
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            near = nearest(args[0], self.commands) or f"; there are {', '.join(self.commands)}"
            raise click.UsageError(f"there is no command {args[0]}{near}", ctx)
        return super().resolve_command(ctx, args)


def is_name(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """Hold what people call a thing to one line that can be seen."""
    if not names.is_name(value):
        raise click.BadParameter(
            f"must be 1 to {names.LONGEST} printable characters, without blanks around them",
            ctx,
            parameter,
        )
    return value


def settings_options(*names: str) -> Callable[[Command], Command]:
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


where = settings_options(*_WHERE)
organisation_option = click.option(
    "--organisation",
    metavar="NAME",
    callback=is_name,
    default=assembly.FIRST_ORGANISATION,
    show_default=True,
    help="Whose.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print it for programs.")


def settled(options: dict[str, Any], *, makes_file: bool = False) -> Settings:
    """Settings of a command that only touches the data, which must be there already unless
    the command is one that `makes_file`."""
    return _there(load({name: options[name] for name in ("config", *_WHERE)}), makes_file)


def settled_for(
    option: str, url: str, options: dict[str, Any], *, makes_file: bool = False
) -> Settings:
    """Settings of a command on the database that this option of its own names, as `settled`."""
    given = {"config": options["config"], "data": options["data"]}
    return _there(load({**given, "database": url}, names={"database": option}), makes_file)


def _there(settings: Settings, makes_file: bool) -> Settings:
    path = settings.database.path
    if settings.database.is_server:
        return settings
    if path is None:
        raise click.UsageError("a database at sqlite:// is gone when its server stops; name a file")
    # What can't even be asked for, such as a name that is too long, isn't there.
    if not makes_file and not os.path.exists(path):  # noqa: PTH110
        raise click.UsageError(f"there is no database {path}; orderfolio migrate makes it")
    return settings


def show(as_json: bool, value: object, *lines: str) -> None:
    """Print `value` for programs, or `lines` for people."""
    for line in [msgspec.json.encode(value).decode()] if as_json else lines:
        click.echo(line)
