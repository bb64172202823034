"""`orderfolio audit`: who changed what, and when."""

from __future__ import annotations

from typing import Any, Final

import click
import msgspec

from orderfolio import assembly
from orderfolio.cli.parameters import json_option, organisation_option, settled, show, where
from orderfolio.model import instants, refs
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.operations import audit as operations
from orderfolio.store.queries import EntryQuery
from orderfolio.store.records import Entry

_MOST: Final = 10_000


def is_ref(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Ref | None:
    """The ref that was typed, where one was."""
    if value is None:
        return None
    ref = refs.parse(value)
    if ref is None:
        raise click.BadParameter(f"{value!r} isn't a ref", ctx, parameter)
    return ref


def _is_instant(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Ref | None:
    """The first ref that an entry of that moment can have."""
    if value is None:
        return None
    instant = instants.parse(value)
    if instant is None:
        raise click.BadParameter(
            f"{value!r} isn't a time such as 2026-11-23T09:00:00Z", ctx, parameter
        )
    return refs.first_of(max(instant.microseconds // 1000, 0))


@click.command()
@organisation_option
@click.option("--removed", is_flag=True, help="Organisations that are gone, instead of one.")
@click.option("--about", metavar="REF", callback=is_ref, help="What touched this resource.")
@click.option("--since", metavar="TIME", callback=_is_instant, help="Not what is older.")
@click.option("--before", metavar="ENTRY", callback=is_ref, help="Only what is older.")
@click.option("--limit", type=click.IntRange(1, _MOST), default=100, help="At most so many.")
@where
@json_option
def audit(
    organisation: str,
    removed: bool,
    about: Ref | None,
    since: Ref | None,
    before: Ref | None,
    limit: int,
    as_json: bool,
    **options: Any,
) -> None:
    """Tell who changed what, the newest first."""
    found = assembly.administer(
        settled(options),
        operations.browse_named,
        None if removed else organisation,
        EntryQuery(limit=limit, before=before, since=since, about=about),
    )
    more = None if found.more is None else refs.spell(found.more)
    lines = [_line(entry) for entry in found.entries]
    if more is not None:
        lines.append(f"There may be more: --before {more}")
    show(as_json, {"entries": [_spelt(entry) for entry in found.entries], "more": more}, *lines)


def _line(entry: Entry) -> str:
    by = entry.by
    what = entry.called if entry.touched is None else refs.spell(entry.touched)
    words = [
        instants.spell(_time_of(entry)),
        f"{by.actor.value} {by.name}".strip(),
        by.operation,
        entry.change.value,
        entry.noun,
        what,
        None if entry.version is None else f"version {entry.version}",
        None if entry.gone is None else f"with {_counted(entry)}",
    ]
    return "  ".join(word for word in words if word)


def _counted(entry: Entry) -> str:
    counts = msgspec.structs.asdict(entry.gone) if entry.gone is not None else {}
    return ", ".join(f"{count} {noun}" for noun, count in counts.items())


def _spelt(entry: Entry) -> dict[str, object]:
    return {
        "entry": refs.spell(entry.ref),
        "at": instants.spell(_time_of(entry)),
        "actor": entry.by.actor.value,
        "name": entry.by.name or None,
        "operation": entry.by.operation,
        "requestId": entry.by.request_id or None,
        "change": entry.change.value,
        "noun": entry.noun,
        "ref": _ref(entry.touched),
        "called": entry.called,
        "orderRef": _ref(entry.order_ref),
        "guestRef": _ref(entry.guest_ref),
        "version": entry.version,
        "deleted": None if entry.gone is None else msgspec.structs.asdict(entry.gone),
    }


def _ref(ref: Ref | None) -> str | None:
    return None if ref is None else refs.spell(ref)


def _time_of(entry: Entry) -> Instant:
    return Instant(refs.milliseconds_of(entry.ref) * 1000)
