"""How a client calls the store, and what it makes of each way in which that can end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.entries import Entry, Made, Write
from tests.simulation.journals import short
from tests.simulation.ledgers import Ledger
from tests.simulation.machines import Machine, Unplugged

from orderfolio.errors import Kind, NotFound, OrderfolioError, OutcomeUnknown, Unavailable
from orderfolio.operations import answers
from orderfolio.operations.answers import Answer
from orderfolio.store.contract import Store
from orderfolio.store.records import Organisation

Operation = Callable[..., Any]


class Caller:
    """Calls the store of a machine, and sees to it that the ledger learns what is known."""

    def __init__(self, machine: Machine, ledger: Ledger, chance: Random) -> None:
        self._machine = machine
        self._ledger = ledger
        self._chance = chance

    async def write(
        self, write: Write, made: Callable[[Any], Made], operation: Operation, *arguments: Any
    ) -> bool:
        """Whether it was done, as far as is known; `made` tells what of what it returned."""
        self._ledger.ask(write)
        try:
            returned = await self._patiently(operation, *arguments)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self._hear()
            self._ledger.doubt(write, "given up")
            return False
        except OutcomeUnknown:
            self._hear()
            self._ledger.doubt(write, "nobody can tell")
            return False
        except Unavailable as error:
            self._hear()
            self._ledger.refuse(write, error)
            return False
        except OrderfolioError as error:
            self._hear()
            self._ledger.reject(write, error)
            return False
        self._hear()
        if isinstance(returned, Answer) and returned.replayed:
            self._ledger.replay(write, made(returned))
        else:
            self._ledger.acknowledge(write, made(returned))
        return True

    async def create_once(
        self,
        write: Write,
        made: Callable[[Any], Made],
        kind: Kind,
        operation: Operation,
        *more: Any,
    ) -> bool:
        """As a POST with an idempotency key: `write.scope` is what the key belongs to."""
        assert write.scope is not None
        return await self.write(
            write,
            lambda answer: made(answer.document),
            answers.once,
            write.organisation,
            write.scope,
            b"the same body",
            kind,
            operation,
            *more,
        )

    async def read(
        self, entry: Entry, organisation: Organisation, operation: Operation, *arguments: Any
    ) -> None:
        """Read one resource, for an organisation that may not be its own."""
        words = f"{entry.kind.value} {short(entry.ref)}"
        floors = self._ledger.floors(organisation)
        try:
            document = await self._machine.store.read(operation, organisation, *arguments)
        except NotFound:
            self._hear()
            self._ledger.journal.say("read", f"{words} → nothing")
            self._ledger.missed(entry, organisation)
            return
        except Unavailable:
            self._hear()
            self._ledger.journal.say("unread", words)
            return
        self._hear()
        self._ledger.journal.say("read", f"{words} → {document.version}")
        self._ledger.saw(organisation, entry.kind, entry.parent, document, floors)

    async def _patiently(self, operation: Operation, *arguments: Any) -> Any:
        """The call; few wait no longer than some turns of the loop."""
        asked = transact(self._machine.store, operation, *arguments)
        if self._chance.random() >= 0.05:
            return await asked
        task = asyncio.create_task(asked)
        try:
            for _ in range(self._chance.randrange(1, 20)):
                await asyncio.sleep(0)
        finally:
            task.cancel()
            await asyncio.wait([task])
        return task.result()

    def _hear(self) -> None:
        """Nobody hears what a machine says that has lost its power."""
        if self._machine.is_dark:
            raise Unplugged


async def transact(store: Store, operation: Operation, *arguments: Any) -> Any:
    """The one way in which clients write."""
    return await store.transact(operation, *arguments)
