"""The ledger of a copy that isn't finished: what of it is there, kept with it.

It is a row among the settings of the database that is copied to, written by the transaction
that writes the rows it tells of, and deleted by the one that finds the copy whole. Where it
stands, nobody may serve.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Final

import msgspec
from msgspec import Struct

from orderfolio.errors import CannotStart
from orderfolio.store.connections import Connection, Value
from orderfolio.store.shelves import Row, Table

SETTING: Final = "copying"
_DIGEST_BYTES: Final = 32

_encode: Final = msgspec.msgpack.Encoder().encode


class Sum(Struct, frozen=True):
    """The rows of a table in the order of their keys: how many, a checksum in which each is
    hashed with those before it, and the last one's key."""

    rows: int = 0
    checksum: bytes = bytes(_DIGEST_BYTES)
    last: tuple[Any, ...] | None = None

    def plus(self, table: Table, rows: Iterable[Row]) -> Sum:
        """With `rows` behind them."""
        count, checksum, last = self.rows, self.checksum, None
        for row in rows:
            checksum = blake2b(checksum + _encode(row), digest_size=_DIGEST_BYTES).digest()
            count += 1
            last = row
        return self if last is None else Sum(count, checksum, table.key_of(last))


class Ledger(Struct):
    """Of which database it is a copy, and what of each table is there."""

    source: bytes
    tables: dict[str, Sum]

    def of(self, table: Table) -> Sum:
        return self.tables.get(table.name, Sum())


def fingerprint(key: bytes) -> bytes:
    """What tells a database from others: made of its key, which it doesn't tell."""
    return blake2b(key, digest_size=_DIGEST_BYTES, person=b"copy").digest()


async def find(database: Connection) -> Ledger | None:
    rows = await database.rows("settings_find", {"name": SETTING})
    return msgspec.msgpack.decode(rows[0][0], type=Ledger) if rows else None


async def begin(database: Connection, ledger: Ledger) -> None:
    await database.rows("settings_insert", {"name": SETTING, "value": _encode(ledger)})


async def replace(database: Connection, former: Ledger, ledger: Ledger) -> None:
    """Raises CannotStart where it isn't `former` any more."""
    values: dict[str, Value] = {
        "name": SETTING,
        "former": _encode(former),
        "value": _encode(ledger),
    }
    if not await database.rows("settings_change", values):
        raise CannotStart("another copy to the same database is under way")


async def remove(database: Connection) -> None:
    await database.rows("settings_remove", {"name": SETTING})


def refuse(rows: Iterable[Any], name: object) -> None:
    """Raises CannotStart where these `rows` of the setting say that the database called
    `name` is a copy that isn't finished."""
    if list(rows):
        raise CannotStart(
            f"{name} holds a copy that isn't finished; orderfolio copy, run again, goes on with it"
        )
