"""A copy in small batches that says of each step when it is done, to be killed at any of them."""

from __future__ import annotations

import os
import signal
import sys

from orderfolio.cli import main
from orderfolio.store import copying, ledgers
from orderfolio.store.connections import Connection
from orderfolio.store.shelves import Table

BATCH_ROWS = 5


def answer_before_commit() -> None:
    """Sabotage: what the tests of killed copies must be able to see."""
    remove = ledgers.remove

    async def hasty(database: Connection) -> None:
        await remove(database)
        os.write(1, b'{"tables":\n')
        os.kill(os.getpid(), signal.SIGKILL)

    ledgers.remove = hasty


def run(source: str, target: str, *sabotage: str) -> None:
    copying.BATCH_ROWS = BATCH_ROWS  # type: ignore[misc]
    if sabotage:
        answer_before_commit()
    step = copying._Copy._step

    async def told(self: copying._Copy, doing: copying.Doing, table: Table, rows: int) -> None:
        os.write(1, b"%s\n" % doing.encode())
        await step(self, doing, table, rows)

    copying._Copy._step = told  # type: ignore[method-assign]
    main(("copy", "--from", source, "--to", target, "--json"))


if __name__ == "__main__":
    run(*sys.argv[1:])
