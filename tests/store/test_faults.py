"""Each operation meets a disk that fails at its first write or sync, its second, its third…

Until it is done, it is refused: then nothing of it is there, now and after a power cut. What
was done before stays, and the store goes on as soon as the disk does.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec import Struct
from tests.operations.examples import an_item, an_order
from tests.store.disks import Disk, mounted

from orderfolio.errors import Kind, OutcomeUnknown, Unavailable
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Rule
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    answers,
    credentials,
    deletions,
    extensions,
    guests,
    items,
    orders,
    organisations,
    people,
    rules,
    tallies,
)
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Organisation
from orderfolio.store.sqlite import check, files, open_store, writer
from orderfolio.wire.documents import SPELLING

OURS = Organisation(1)
ADA = Person(first_name="Ada", emails=("ada@x.org",), phone_numbers=("1",))
Call = tuple[Any, ...]


def day() -> Generator[Call, Any, None]:
    """A call of every operation that writes; each is sent what the one before answered."""
    yield organisations.create, "shop"
    yield credentials.create, "shop", NewCredential("key", "token"), False
    yield credentials.rotate, "shop", NewCredential("key", "another")
    yield rules.add, "shop", Rule("Card", "card"), 1
    yield rules.remove, "shop", "Card"
    order = (yield orders.create, OURS, an_order()).ref
    yield orders.create, OURS, an_order(channel="WEB")
    yield orders.amend, OURS, order, {"status": "PURCHASED"}, UNGUARDED
    yield answers.once, OURS, b"scope", b"body", Kind.ORDER, orders.create, an_order("R-2")
    item = (yield items.create, OURS, order, an_item()).ref
    yield items.amend, OURS, item, {"name": "Engine"}, UNGUARDED
    for owner, ref in ((Owner.ORDER, order), (Owner.ITEM, item)):
        yield extensions.create, OURS, owner, ref, {"gift": True}, False
        yield extensions.amend, OURS, owner, ref, {"gift": False, "note": "x"}, UNGUARDED
        yield extensions.replace, OURS, owner, ref, {"note": "y"}, UNGUARDED
        yield extensions.clear, OURS, owner, ref, None, UNGUARDED
        yield extensions.remove, OURS, owner, ref, UNGUARDED
    contact = (yield people.create, OURS, Role.CONTACT, order, ADA, AS_THEY_ARE).ref
    reader = (yield people.create, OURS, Role.CONSUMER, order, Person(), Links(items=(item,))).ref
    for role, ref in ((Role.CONTACT, contact), (Role.CONSUMER, reader)):
        yield people.amend, OURS, role, ref, {"city": "London"}, AS_THEY_ARE, UNGUARDED
        yield people.replace, OURS, role, ref, {"last_name": "King"}, AS_THEY_ARE, UNGUARDED
    yield people.remove, OURS, Role.CONSUMER, reader, UNGUARDED
    guest = (yield guests.create, OURS, Guest(guest_type="visitor", emails=("b@x.org",))).ref
    yield guests.amend, OURS, guest, {"email": "c@x.org", "guest_type": "customer"}, UNGUARDED
    yield guests.replace, OURS, guest, {"guest_type": "traveller"}, UNGUARDED
    yield tallies.fold, 3
    yield people.create, OURS, Role.CONTACT, order, Person(), Links(guest=guest)
    yield items.remove, OURS, item, UNGUARDED
    yield guests.remove, OURS, guest, UNGUARDED
    doomed = (yield guests.create, OURS, Guest(guest_type="visitor")).ref
    yield mark, OURS, doomed
    yield (deletions.advance_any,)
    yield orders.remove, OURS, order, UNGUARDED
    yield tallies.fold, 100
    yield credentials.revoke, "shop", "key"
    yield organisations.rename, "shop", "store"


async def mark(tx: Transaction, organisation: Organisation, ref: Ref) -> None:
    """The beginning of a long deletion."""
    await tx.deletions.mark(organisation, ref)


class Fault(Struct):
    """The disk's next failure: at which event from now, with what, and for how long."""

    error: type[apsw.Error]
    lasts: bool
    left: int = -1

    def arm(self, event: int) -> None:
        self.left = event

    def heal(self) -> None:
        self.left = -1

    def strike(self) -> None:
        if self.left > 0:
            self.left -= 1
        elif self.left == 0:
            if not self.lasts:
                self.left = -1
            raise self.error("the disk fails")


class Trial:
    """A store on a disk that fails on demand, and what is seen of it from outside."""

    def __init__(self, folder: Path, disk: Disk, vfs: str, runner: asyncio.Runner) -> None:
        self.path = folder / "orders.db"
        self.store: Store = open_store(self.path, SPELLING, vfs=vfs)
        self.refusals: list[Unavailable] = []
        self._folder = folder
        self._disk = disk
        self._runner = runner
        # A server reads and writes: neither connection is ever the only one.
        self._outside = files.open_reader(self.path, vfs)

    def call(self, operation: Callable[..., Any], *arguments: Any) -> Any:
        return self._runner.run(self.store.transact(operation, *arguments))

    def refused(self, refusal: Unavailable, expected: type[Unavailable]) -> None:
        assert type(refusal) is expected
        self.refusals.append(refusal)

    def held(self) -> dict[str, list[Any]]:
        return _held(self._outside)

    def held_after_a_cut(self) -> dict[str, list[Any]]:
        """What is there when the power goes, and the disk has kept all that it was given."""
        folder = self._folder / f"cut{len(self.refusals)}"
        folder.mkdir()
        self._disk.cut(folder, random.Random(0), 1.0)
        database = apsw.Connection(str(folder / "orders.db"))
        try:
            return _held(database)
        finally:
            database.close()

    def close(self) -> None:
        self._outside.close()
        self._runner.run(self.store.close())


def _held(database: apsw.Connection) -> dict[str, list[Any]]:
    tables = [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]
    return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables}


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def trial(tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    # Many checkpoints, so that the disk fails in some of them too.
    monkeypatch.setattr(writer, "IDLE_PAGES", 30)
    with mounted(disk) as vfs, asyncio.Runner() as runner:
        trial = Trial(tmp_path, disk, vfs, runner)
        yield trial
        trial.close()
    assert check(trial.path, SPELLING) == []


@pytest.mark.parametrize(
    ("error", "tears"), [(apsw.IOError, False), (apsw.FullError, True)], ids=["whole", "torn"]
)
def test_one_failure_at_any_moment_leaves_nothing(
    trial: Trial, disk: Disk, error: type[apsw.Error], tears: bool
) -> None:
    disk.is_tearing = tears
    endure(trial, disk, error)
    assert len(trial.refusals) > 100


def test_a_commit_that_failed_and_is_not_settled_is_seen(
    trial: Trial, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer.Writer, "_settle", lambda _, error: Unavailable(str(error)))
    with pytest.raises(AssertionError):
        endure(trial, disk, apsw.IOError)


def endure(trial: Trial, disk: Disk, error: type[apsw.Error]) -> None:
    """The day on a disk that fails once at each moment, and all that must hold meanwhile."""
    fault = Fault(error, lasts=False)
    disk.on_event = fault.strike
    for call, answer in calls():
        event = 0
        while True:
            before = trial.held()
            fault.arm(event)
            try:
                answer(trial.call(*call))
                break
            except Unavailable as refusal:
                # One failure leaves no doubt.
                trial.refused(refusal, Unavailable)
            assert trial.held() == before, call
            assert trial.held_after_a_cut() == before, call
            event += 1


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
def test_a_disk_that_is_away_is_waited_for(
    trial: Trial, disk: Disk, error: type[apsw.Error]
) -> None:
    fault = Fault(error, lasts=True)
    disk.on_event = fault.strike
    for call, answer in calls():
        before = trial.held()
        fault.arm(0)
        for expected in (OutcomeUnknown, Unavailable, Unavailable):
            with pytest.raises(Unavailable) as caught:
                trial.call(*call)
            trial.refused(caught.value, expected)
            assert trial.held() == before, call
        fault.heal()
        answer(trial.call(*call))


def calls() -> Iterator[tuple[Call, Callable[[Any], None]]]:
    """Those of the day, each with whom to tell its answer."""
    running = day()
    told: list[Any] = []
    call = next(running)
    while True:
        yield call, told.append
        try:
            call = running.send(told[-1])
        except StopIteration:
            return
