"""Two operations at once leave what one after the other would, wherever one cuts into the other.

The pairs here are those that share the most; `make test-interleavings` takes all that there are.
Each oracle has its saboteur.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from itertools import combinations_with_replacement
from typing import Final, cast

import pytest
from tests.interleavings.doings import NAMES, doings
from tests.interleavings.places import Place, a_place
from tests.interleavings.schedules import a_pair
from tests.store.engines import empty

from orderfolio.store import statements
from orderfolio.store.postgres import spelling
from orderfolio.store.postgres.runs import Asking
from orderfolio.store.postgres.spelling import Spelling
from orderfolio.store.tables import folds
from orderfolio.store.tables.sights import Sights

SHARING: Final = {
    "order: post one that is there": ("order: amend", "order: remove", "guest: remove ada"),
    "order: post one between": ("order: post one later", "order: remove as seen"),
    "order: post a new one": ("order: post a new one", "answer: an order"),
    "order: amend": ("order: amend as seen", "order: remove as seen"),
    "order: remove": (
        "contact: make it bob",
        "consumer: more",
        "extension: of the other item",
        "item: remove the other",
        "answer: a contact",
    ),
    "item: amend": ("item: amend as seen", "consumer: more"),
    "item: remove": ("extension: more of the item", "consumer: remove"),
    "item: remove the other": (
        "consumer: of both",
        "consumer: move",
        "extension: of the other item",
    ),
    "contact: ada": ("guest: amend", "guest: remove ada"),
    "contact: eve": ("contact: eve elsewhere", "contact: know eve", "guest: create"),
    "contact: bob": ("guest: remove ada", "guest: remove bob"),
    "contact: make it bob": ("guest: remove ada", "guest: remove bob"),
    "contact: unlink": ("guest: remove ada", "guest: remove bob"),
    "contact: remove": ("consumer: namesake", "guest: amend"),
    "contact: remove bob's": ("contact: remove ada's", "guest: remove ada"),
    "consumer: move": ("consumer: more", "consumer: remove"),
    "consumer: namesake": ("guest: remove ada",),
    "consumer: remove ada's": ("guest: remove ada", "item: remove the shared"),
    "extension: of the order": ("extension: of the order once",),
    "extension: more of the item": ("guest: mark ada", "extension: clear"),
    "guest: remove ada": ("guest: remove bob", "answer: a contact again"),
    "guest: amend": ("guest: remove ada", "organisation: remove"),
    "guest: advance": ("guest: advance", "contact: ada by ref"),
    "guest: mark ada": (
        "contact: eve",
        "contact: unlink",
        "contact: remove bob's",
        "consumer: of both",
        "consumer: more",
        "guest: mark bob",
    ),
    "organisation: remove": ("order: post a new one", "guest: create", "guest: advance"),
    "answer: an order": ("answer: another body", "answer: forget"),
    "rule: add a fourth": ("rule: add a fourth in front", "rule: remove"),
    "credential: ensure elsewhere": ("credential: ensure elsewhere", "organisation: create"),
    "credential: create": (
        "credential: ensure",
        "credential: ensure elsewhere",
        "organisation: remove",
    ),
    "credential: rotate": ("credential: revoke",),
    "organisation: rename": ("organisation: create", "organisation: rename otherwise"),
    "tallies: fold some": ("tallies: fold some",),
    "tallies: fold": ("tallies: fold some", "order: remove", "order: post a new one"),
}
ALL: Final = os.environ.get("ORDERFOLIO_TESTS_INTERLEAVINGS") == "all"
PAIRS: Final = (
    list(combinations_with_replacement(NAMES, 2))
    if ALL
    else [(one, other) for one, others in SHARING.items() for other in others]
)

# What goes through all that a guest or an organisation has, whoever holds what of it.
SWEEPING: Final = {
    "guest: remove ada",
    "guest: remove bob",
    "guest: advance",
    "organisation: remove",
}


class Meetings:
    """Where any two of what can be done meet, on a loop of its own."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._url = url
        self._runner = runner
        self._place = runner.run(self._made())
        self._doings = doings(self._place.world)
        self._pair = runner.run(a_pair(self._place, url))

    @property
    def schedules(self) -> int:
        """How many were run on these connections."""
        return self._pair.schedules

    @property
    def given_up(self) -> int:
        """How often, on these connections, each of two waited for the other."""
        return self._pair.given_up

    def explore(self, one: str, other: str) -> list[str]:
        """What goes wrong in any schedule."""
        return self._runner.run(self._pair.explore((self._doings[one], self._doings[other])))

    def connect(self) -> None:
        """Meet on new connections from now on."""
        self._pair.close()
        self._pair = self._runner.run(a_pair(self._place, self._url))

    def close(self) -> None:
        self._pair.close()
        self._place.leave()

    async def _made(self) -> Place:
        await empty(self._url)
        return await a_place(self._url)


@pytest.fixture(scope="module")
def meetings(migrated: str) -> Iterator[Meetings]:
    with asyncio.Runner() as runner:
        meetings = Meetings(migrated, runner)
        yield meetings
        meetings.close()


@pytest.fixture
def sabotaged(meetings: Meetings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meetings]:
    """Meetings of operations that hold no row."""
    monkeypatch.setattr(spelling, "HOLDING", ("_hold",))
    spelling.spelt.cache_clear()
    meetings.connect()
    yield meetings
    monkeypatch.undo()
    spelling.spelt.cache_clear()
    meetings.connect()


@pytest.fixture
def overlooked(meetings: Meetings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Meetings]:
    """Meetings where a mark leaves the guest's own row as it was."""
    name = "deletions_hide_guest"
    text = statements.named()[name].text.replace("SET version = 0", "SET version = version")
    spelt = cast("dict[str, Spelling]", spelling.spelt())
    monkeypatch.setitem(spelt, name, spelling.spell(name, text))
    meetings.connect()
    yield meetings
    monkeypatch.undo()
    meetings.connect()


class TestPairs:
    @pytest.mark.parametrize(("one", "other"), PAIRS)
    def test_meet_as_if_one_came_after_the_other(
        self,
        meetings: Meetings,
        one: str,
        other: str,
        record_property: Callable[[str, object], None],
    ) -> None:
        schedules, given_up = meetings.schedules, meetings.given_up
        found = meetings.explore(one, other)
        record_property("schedules", meetings.schedules - schedules)
        assert found == []
        assert meetings.given_up == given_up or not SWEEPING.isdisjoint({one, other})


class TestDenseSeconds:
    # As soon as there is one in it, or by what the second of two who fold adds.
    @pytest.mark.parametrize("dense", [1, 6])
    @pytest.mark.parametrize("other", ["tallies: fold", "order: remove", "order: post a new one"])
    def test_are_divided_once(
        self, meetings: Meetings, monkeypatch: pytest.MonkeyPatch, dense: int, other: str
    ) -> None:
        monkeypatch.setattr(folds, "DENSE", dense)
        assert meetings.explore("tallies: fold some", other) == []


class TestSaboteurs:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("order: amend", "order: amend as seen"),
            ("item: remove", "extension: more of the item"),
            ("contact: ada", "guest: remove ada"),
            ("rule: add a fourth", "rule: add a fourth in front"),
        ],
    )
    def test_a_row_that_is_not_held_is_found(
        self, sabotaged: Meetings, one: str, other: str
    ) -> None:
        assert sabotaged.explore(one, other) != []

    def test_a_mark_that_waits_for_nobody_is_found(
        self, meetings: Meetings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(Sights, "keep", _keep_nothing)
        assert meetings.explore("contact: eve", "guest: mark ada") != []

    def test_a_mark_that_is_overlooked_after_a_wait_is_found(self, overlooked: Meetings) -> None:
        assert overlooked.explore("contact: make it bob", "guest: mark bob") != []

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("order: post a new one", "order: post a new one"),
            ("contact: eve", "contact: eve elsewhere"),
            ("answer: an order", "answer: another body"),
        ],
    )
    def test_a_claim_that_is_left_out_is_found(
        self, meetings: Meetings, monkeypatch: pytest.MonkeyPatch, one: str, other: str
    ) -> None:
        monkeypatch.setattr(Asking, "_hold", _hold_nothing)
        assert meetings.explore(one, other) != []


async def _keep_nothing(*_: object, **__: object) -> bool:
    return True


async def _hold_nothing(asking: Asking, kind: str, shard: int) -> None:
    pass
