"""`orderfolio guests`: a guest deleted, with the receipt of what went with it."""

from __future__ import annotations

import sys
from typing import Any

import click
import msgspec

from orderfolio import assembly
from orderfolio.cli.audit import is_ref
from orderfolio.cli.parameters import (
    Commands,
    json_option,
    organisation_option,
    settled,
    show,
    where,
)
from orderfolio.model import instants, refs
from orderfolio.model.refs import Ref
from orderfolio.operations import deletions
from orderfolio.operations.audit import Receipt


@click.group(cls=Commands)
def guests() -> None:
    """Guests: the people that orders are of."""


@guests.command()
@click.argument("ref", callback=is_ref)
@click.option("--yes", is_flag=True, help="Don't ask.")
@organisation_option
@where
@json_option
def remove(ref: Ref, yes: bool, organisation: str, as_json: bool, **options: Any) -> None:
    """Delete the guest REF with all that is associated with it."""
    settings = settled(options)
    gone = assembly.administer(settings, deletions.preview_named, organisation, ref)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("nobody is here to be asked; say --yes")
        question = (
            f"Orders of the guest {refs.spell(ref)}: {gone.orders}; contacts of other orders: "
            f"{gone.contacts}; consumers of other orders: {gone.consumers}. Delete the guest, "
            "and all that is associated with it?"
        )
        click.confirm(question, abort=True, err=True)
    _show(as_json, assembly.remove_guest(settings, organisation, ref))


def _show(as_json: bool, receipt: Receipt) -> None:
    at = "" if receipt.finished_at is None else instants.spell(receipt.finished_at)
    counts = msgspec.structs.asdict(receipt.gone)
    orders = [refs.spell(order) for order in receipt.orders]
    ref = refs.spell(receipt.guest_ref)
    show(
        as_json,
        {"guestRef": ref, "finishedAt": at, "deleted": {"guests": 1, **counts}, "orders": orders},
        f"Deleted the guest {ref} at {at}, with",
        *(f"  {noun:<11} {count}" for noun, count in counts.items()),
        *(f"  order {order}" for order in orders),
    )
