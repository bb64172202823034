"""A round: a world from one seed, in which clients work, power fails, and all is looked over."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from msgspec import Struct
from tests.simulation.clients import Client
from tests.simulation.inspections import inspect
from tests.simulation.journals import Journal, Violation
from tests.simulation.ledgers import Ledger
from tests.simulation.machines import Machine, SqliteMachine, settle

from orderfolio.errors import Unavailable
from orderfolio.housekeeping import tidy
from orderfolio.operations import organisations, tallies
from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation

CLIENTS = 6
CALLS = 70
# Longer than any clock jumps: what is kept is kept for the round.
KEPT_HOURS = 10_000.0

Outcome = TypeVar("Outcome")

_MEMORY = Path("/dev/shm")


class Told(Struct):
    """What a round came to: how often what happened, and the digest of its history."""

    counts: Counter[str]
    digest: str


def play(seed: int) -> Told:
    """The round of this seed. Raises Violation, which tells how it came and how to repeat it."""
    journal = Journal()
    with _folder() as folder:
        machine = SqliteMachine(seed, folder, journal)
        try:
            with machine.arranged(), _silence():
                asyncio.run(_Round(seed, machine, journal).play())
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise Violation(
                f"{journal.tail()}\n\n{what}\nTo repeat it: make simulate SEED={seed}"
            ) from error
    return Told(journal.counts, journal.digest())


class _Round:
    def __init__(self, seed: int, machine: Machine, journal: Journal) -> None:
        self._machine = machine
        self._ledger = Ledger(journal)
        self._chances = [Random(f"{seed} client {number}") for number in range(CLIENTS)]
        self._chance = Random(f"{seed} house")
        self._organisations: list[Organisation] = []

    async def play(self) -> None:
        machine = self._machine
        await machine.start()
        for name in ("shop", "bakery"):
            row = await _alone(machine, machine.store.transact(organisations.create, name))
            self._organisations.append(row.organisation)
        clients = [self._client(number) for number in range(CLIENTS)]
        while True:
            await self._live(clients)
            if not machine.is_dark:
                break
            self._ledger.crash()
            await machine.stop()
            await machine.start()
            self._sound()
            await self._look_over()
        await self._recover()
        await self._look_over()
        await machine.stop()
        self._sound()

    def _client(self, number: int) -> Client:
        first, second = self._organisations
        pair = (first, second) if number % 2 else (second, first)
        return Client(number, self._machine, self._ledger, pair, self._chances[number])

    async def _live(self, clients: list[Client]) -> None:
        """Until the work is done, or the power gone."""
        machine = self._machine
        machine.trouble()
        house = asyncio.create_task(self._keep_house(machine.store))
        tasks = [asyncio.create_task(client.run(CALLS)) for client in clients]
        try:
            await settle(machine, *tasks)
        finally:
            house.cancel()
            await asyncio.gather(house, return_exceptions=True)
            machine.calm()

    async def _keep_house(self, store: Store) -> None:
        while True:
            for _ in range(self._chance.randrange(5, 80)):
                await asyncio.sleep(0)
            try:
                if self._chance.random() < 0.5:
                    await store.transact(tallies.fold, 3)
                else:
                    await tidy(store, KEPT_HOURS)
            except Unavailable:
                continue

    async def _recover(self) -> None:
        """The disk is well: what is accepted now is done. The first may still share a
        transaction with what failed before."""
        try:
            await _alone(self._machine, tidy(self._machine.store, KEPT_HOURS))
        except Unavailable:
            await _alone(self._machine, tidy(self._machine.store, KEPT_HOURS))

    async def _look_over(self) -> None:
        found = set()
        for organisation in self._organisations:
            found |= await inspect(self._machine.store, self._ledger, organisation)
        self._ledger.resolve(found)

    def _sound(self) -> None:
        problems = self._machine.problems()
        if problems:
            raise Violation("\n".join(f"{each.noun} {each.ref}: {each.text}" for each in problems))


async def _alone(machine: Machine, asked: Coroutine[Any, Any, Outcome]) -> Outcome:
    task = asyncio.create_task(asked)
    await settle(machine, task)
    return task.result()


@contextmanager
def _folder() -> Iterator[Path]:
    """In memory where there is a place for it: the disk is a made-up one anyway."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="orderfolio-simulation-", dir=place) as folder:
        yield Path(folder).resolve()


@contextmanager
def _silence() -> Iterator[None]:
    """The store tells of each failure of its disk; here, they are meant."""
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
