"""Several servers of ours on one PostgreSQL, as processes, with writers on all of them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic
from typing import Final

from tests.faults.ledgers import Ledger, Told
from tests.faults.writers import KEYS, Writer
from tests.journeys.programs import HERE, Served, serving

from orderfolio.store import postgres
from orderfolio.wire.documents import SPELLING

ROOT: Final = Path(__file__).parents[2]
SERVERS: Final = 2
WRITERS: Final = 8
CONFIGURED: Final = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}


class Shop:
    """The servers, over the database at `url`; any of them may be killed and started again."""

    def __init__(self, folder: Path, url: str, program: Sequence[str], ends: ExitStack) -> None:
        self.url = url
        self._folder = folder
        self._program = program
        self._ends = ends
        self._served: dict[int, Served] = {}
        # Where a server was last: who is down is still called.
        self._addresses: dict[int, str] = {}
        for number in range(SERVERS):
            self.start(number)

    def start(self, number: int) -> None:
        served = self._ends.enter_context(
            serving(
                self._folder,
                "--no-access-log",
                # Who kills the process kills all that serves, and what it runs is `program`.
                "--workers=1",
                program=self._program,
                ORDERFOLIO_DATABASE=self.url,
                PYTHONPATH=str(ROOT),
                **CONFIGURED,
            )
        )
        self._served[number] = served
        self._addresses[number] = served.url

    def kill(self, number: int) -> None:
        self._served[number].process.kill()
        self._served[number].process.wait()

    def addresses(self) -> list[str]:
        return list(self._addresses.values())

    def logs(self) -> str:
        return "\n".join(served.log for served in self._served.values())


@contextmanager
def open_shop(folder: Path, url: str, program: Sequence[str] = HERE) -> Iterator[Shop]:
    with ExitStack() as ends:
        yield Shop(folder, url, program, ends)


def sabotaged(how: str) -> Sequence[str]:
    """The program, with a promise taken out of it."""
    return (sys.executable, "-m", "tests.faults.sabotage", how)


@asynccontextmanager
async def writing(
    shop: Shop, ledger: Ledger, seed: int = 0, writers: int = WRITERS
) -> AsyncIterator[None]:
    """Writers of the ledger, while this lasts; each finishes what it has begun."""
    stops = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        for number in range(writers):
            writer = Writer(f"w{number}", ledger, shop.addresses, seed)
            tasks.create_task(writer.write_until(stops))
        try:
            yield
        finally:
            stops.set()


async def see_writes(ledger: Ledger, least: int, seconds: float) -> None:
    """Wait for as many more that are acknowledged; raises TimeoutError."""
    least += ledger.told[Told.DONE]
    until = monotonic() + seconds
    while ledger.told[Told.DONE] < least:
        if monotonic() > until:
            raise TimeoutError(f"{least} were not acknowledged in time: {ledger.told}")
        await asyncio.sleep(0.02)


def find_untrue(shop: Shop, ledger: Ledger) -> list[str]:
    """What writers were told and isn't so, and what doesn't hold together."""
    problems = asyncio.run(postgres.check(shop.url, SPELLING))
    return [*ledger.find_untrue(shop.url), *(str(problem) for problem in problems)]
