"""Ways in: who could still change things here if one of them went."""

from __future__ import annotations

from typing import Final

from orderfolio.console.visits import Visit
from orderfolio.operations import credentials, users
from orderfolio.store.contract import Transaction

_LOCKED: Final = (
    "Nobody else may change anything here: afterwards people can only look, if they can sign "
    "in at all. On the server, the commands “orderfolio users add” and “orderfolio credentials "
    "create” let somebody in again."
)


async def warnings(visit: Visit) -> tuple[str, ...]:
    """What there is to say before one goes that may change things."""
    ways = await visit.store.read(_count, visit.visitor.organisation_name)
    return () if ways > 1 else (_LOCKED,)


async def _count(tx: Transaction, organisation_name: str) -> int:
    """How many users and client keys may change things."""
    people = [one.read_only for one in await users.browse(tx, organisation_name)]
    keys = [one.read_only for one in await credentials.browse(tx, organisation_name)]
    return [*people, *keys].count(False)
