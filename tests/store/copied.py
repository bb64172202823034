"""A copy in small batches that says of each step when it is done, and waits for a word before
the next one: to be killed on the way from any to any."""

from __future__ import annotations

import os
import signal
import sys

from orderfolio.cli import main
from orderfolio.store import copying, ledgers, shelves
from orderfolio.store.connections import Connection
from orderfolio.store.postgres import shelves as postgres_shelves
from orderfolio.store.shelves import Table
from orderfolio.store.sqlite import shelves as sqlite_shelves

BATCH_ROWS = 3


def answer_before_commit() -> None:
    """Sabotage: what the tests of killed copies must be able to see."""
    remove = ledgers.remove

    async def hasty(database: Connection) -> None:
        await remove(database)
        os.write(1, b'{"tables":\n')
        os.kill(os.getpid(), signal.SIGKILL)

    ledgers.remove = hasty


def run(source: str, target: str, *sabotage: str) -> None:
    copying.BATCH_ROWS = shelves.LARGEST_HANDFUL = BATCH_ROWS  # type: ignore[misc]
    sqlite_shelves.HANDFUL = postgres_shelves.HANDFUL = BATCH_ROWS  # type: ignore[attr-defined]
    if sabotage:
        answer_before_commit()
    step = copying._Copy._step

    async def told(self: copying._Copy, doing: copying.Doing, table: Table, rows: int) -> None:
        os.write(1, b"%s\n" % doing.encode())
        # At the end of the input nobody stands there to kill it.
        sys.stdin.readline()
        await step(self, doing, table, rows)

    copying._Copy._step = told  # type: ignore[method-assign]
    main(("copy", "--from", source, "--to", target, "--json"))


if __name__ == "__main__":
    run(*sys.argv[1:])
