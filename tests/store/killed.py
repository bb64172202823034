"""A program that writes until it is killed, and says of each write that was answered."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from pathlib import Path

from tests.store import pairs
from tests.store.spelling import SPELLING

from orderfolio.store.sqlite import open_store
from orderfolio.store.sqlite.submissions import Submission, answer
from orderfolio.store.sqlite.writer import Writer

CALLERS = 64


def answer_before_commit() -> None:
    """Sabotage: what the durability tests must be able to see."""
    run_each = Writer._run_each

    def hasty(self: Writer, group: list[Submission], until: float) -> None:
        run_each(self, group, until)
        answer(group)
        time.sleep(0.005)

    Writer._run_each = hasty  # type: ignore[method-assign]


def main(path: str, first: str, *sabotage: str) -> None:
    if sabotage:
        answer_before_commit()

    async def write() -> None:
        store = open_store(Path(path), SPELLING)
        await pairs.write_all(
            store,
            itertools.count(int(first)),
            CALLERS,
            lambda number: void(os.write(1, b"%d\n" % number)),
        )

    asyncio.run(write())


def void(_: object) -> None:
    """An answer has no answer."""


if __name__ == "__main__":
    main(*sys.argv[1:])
