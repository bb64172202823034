"""The program with a promise taken out of it, for oracles to find: `sabotage.py HOW serve …`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import msgspec

from orderfolio.cli import main
from orderfolio.store.postgres import lanes, spelling
from orderfolio.store.postgres.lanes import Verdict, WritingLane
from orderfolio.store.postgres.runs import Run
from orderfolio.store.postgres.sessions import Session

HASTE_SECONDS: Final = 0.1


def answer_before_commit() -> None:
    finish = WritingLane._finish

    async def hasty(self: WritingLane, session: Session, runs: Sequence[Run]) -> Verdict:
        lanes._answer(runs)
        await asyncio.sleep(HASTE_SECONDS)
        return await finish(self, session, runs)

    WritingLane._finish = hasty  # type: ignore[method-assign]


def hold_no_claims() -> None:
    spell = spelling.spell

    def careless(name: str, text: str) -> spelling.Spelling:
        found = spell(name, text)
        if name != "claims_hold":
            return found
        assert found.many is not None
        one, many = (form.replace("FOR UPDATE", "") for form in (found.one, found.many))
        return msgspec.structs.replace(found, one=one, many=many, holds=False)

    spelling.spell = careless


WAYS: Final[Mapping[str, Callable[[], None]]] = {
    "hasty": answer_before_commit,
    "unclaimed": hold_no_claims,
}

if __name__ == "__main__":
    way = sys.argv.pop(1)
    WAYS[way]()
    main()
