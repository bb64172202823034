"""Writes whose halves belong together: what a lost or torn transaction would show."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path

import apsw
from tests.store.spelling import SPELLING

from orderfolio.errors import OrderfolioError
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Credential, Organisation
from orderfolio.store.sqlite import open_store

OURS = Organisation(1)


async def write(tx: Transaction, number: int) -> int:
    """Two rows; raises NameTaken where the number was written before."""
    for half in ("left", "right"):
        await tx.credentials.insert(_half(tx, number, half))
    return number


async def find(tx: Transaction, number: int) -> bool:
    halves = [await tx.credentials.find(_key(number, half)) for half in ("left", "right")]
    return None not in halves


async def numbers(tx: Transaction) -> tuple[set[int], set[int]]:
    """What is there as a left half, and as a right one."""
    keys = [credential.client_key.split("-") for credential in await tx.credentials.all(OURS)]
    return (
        {int(number) for number, half in keys if half == "left"},
        {int(number) for number, half in keys if half == "right"},
    )


async def write_all(
    store: Store, wanted: Iterable[int], callers: int, acknowledge: Callable[[int], None]
) -> None:
    """Write from many callers at once, and acknowledge each as soon as it is answered."""
    waiting = iter(wanted)

    async def caller() -> None:
        for number in waiting:
            try:
                acknowledge(await store.transact(write, number))
            except OrderfolioError:
                return

    await asyncio.gather(*(caller() for _ in range(callers)))


def lost_and_torn(path: Path, acknowledged: set[int]) -> tuple[set[int], set[int]]:
    """What a database that is opened again lacks, and what it has half of."""

    async def survivors() -> tuple[set[int], set[int]]:
        store = open_store(path, SPELLING)
        try:
            return await store.read(numbers)
        finally:
            await store.close()

    left, right = asyncio.run(survivors())
    database = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        assert database.pragma("integrity_check") == "ok"
    finally:
        database.close()
    return acknowledged - (left & right), left ^ right


def _key(number: int, half: str) -> str:
    return f"{number}-{half}"


def _half(tx: Transaction, number: int, half: str) -> Credential:
    # Of many lengths, so that rows cross sectors and pages.
    digest = sha256(_key(number, half).encode()).digest() * (1 + number % 7 * 8)
    return Credential(
        client_key=_key(number, half),
        organisation=OURS,
        token_digest=digest,
        read_only=False,
        created_at=tx.now,
    )
