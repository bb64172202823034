"""What clients were refused: counted, kept by day, shown and forgotten."""

from __future__ import annotations

import pytest
from tests.operations.examples import HOUR, Database

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.housekeeping import keep_refusals
from orderfolio.model import instants
from orderfolio.model.instants import Instant
from orderfolio.operations import refusals
from orderfolio.operations.refusals import Tray
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Refused

DAY = 24 * HOUR


def shown(database: Database) -> list[Refused]:
    return list(database.read(refusals.browse, database.organisation))


def refused(code: str, count: int, operation: str = "createOrder") -> Refused:
    return Refused(code=code, operation=operation, count=count)


class TestKeeping:
    def test_what_was_counted_is_kept_and_shown(self, database: Database) -> None:
        tray, ours = Tray(), database.organisation
        theirs = database.other_organisation()
        for _ in range(2):
            for code in ("validation", "validation", "not-found"):
                tray.count(ours, code, "createOrder")
            tray.count(theirs, "conflict", "createOrder")
            database.runner.run(keep_refusals(database.store, tray))
        assert shown(database) == [refused("validation", 4), refused("not-found", 2)]
        assert not tray.empty()

    @pytest.mark.parametrize(("error", "left"), [(Unavailable, 1), (OutcomeUnknown, 0)])
    def test_what_could_not_be_kept_is_never_counted_twice(
        self,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
        error: type[Unavailable],
        left: int,
    ) -> None:
        async def fail(*_: object) -> None:
            raise error("away")

        tray = Tray()
        tray.count(database.organisation, "validation", "createOrder")
        monkeypatch.setattr(database.store, "transact", fail)
        with pytest.raises(error):
            database.runner.run(keep_refusals(database.store, tray))
        assert sum(tray.empty().values()) == left


class TestDays:
    def test_old_ones_are_not_shown_and_at_last_forgotten(self, database: Database) -> None:
        async def keep(tx: Transaction, ago: int, code: str) -> None:
            midnight = instants.start_of(instants.day_of(tx.now)).microseconds
            day = Instant(midnight - ago * DAY)
            await tx.refusals.add(database.organisation, day, code, "createOrder", 1)

        # A day from each bound, since midnight may pass meanwhile.
        for ago, code in ((0, "a"), (5, "b"), (8, "c"), (28, "d"), (31, "e"), (32, "f")):
            database.write(keep, ago, code)
        assert shown(database) == [refused("a", 1), refused("b", 1)]
        assert [database.write(refusals.forget, 1) for _ in range(3)] == [1, 1, 0]
