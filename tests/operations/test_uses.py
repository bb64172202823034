"""When client keys were last used: noted, kept now and then, and shown."""

from __future__ import annotations

import asyncio

import pytest
from tests.operations.examples import Database

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.housekeeping import keep_uses
from orderfolio.model.instants import Instant
from orderfolio.operations import credentials
from orderfolio.operations.credentials import Access, NewCredential
from orderfolio.operations.uses import Uses

LONG_AFTER = 4_000_000_000_000_000


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def an_access(database: Database, client_key: str = "key") -> Access:
    database.write(credentials.create, "shop", NewCredential(client_key, "token"), False)
    access = database.read(credentials.authenticate, client_key, "token")
    assert access is not None
    return access


def moment(number: int) -> Instant:
    return Instant(LONG_AFTER + number)


def shown(database: Database) -> dict[str, Instant | None]:
    rows = database.read(credentials.browse, "shop")
    return {row.client_key: row.last_used_at for row in rows}


def keep(database: Database, uses: Uses, *, everything: bool = False) -> None:
    database.runner.run(keep_uses(database.store, uses, everything=everything))


async def hang(*_: object) -> None:
    await asyncio.Event().wait()


class TestKeeping:
    def test_a_key_that_opened_nothing_was_never_used(self, database: Database) -> None:
        an_access(database)
        keep(database, Uses())
        assert shown(database) == {"key": None}

    def test_the_last_use_of_each_is_kept(self, database: Database) -> None:
        uses, one, other = Uses(), an_access(database), an_access(database, "other")
        uses.note(one, moment(1))
        uses.note(one, moment(2))
        uses.note(other, moment(3))
        keep(database, uses)
        assert shown(database) == {"key": moment(2), "other": moment(3)}

    def test_a_key_in_steady_use_is_written_once_a_minute(self, database: Database) -> None:
        clock, access = Clock(), an_access(database)
        uses = Uses(clock)
        uses.note(access, moment(1))
        keep(database, uses)
        for number, seconds, kept in ((2, 0, 1), (3, 59, 1), (4, 1, 4), (5, 59, 4), (6, 1, 6)):
            clock.now += seconds
            uses.note(access, moment(number))
            keep(database, uses)
            assert shown(database) == {"key": moment(kept)}, number

    def test_what_was_noted_last_is_kept_at_the_end(self, database: Database) -> None:
        uses, access = Uses(Clock()), an_access(database)
        for number in (1, 2):
            uses.note(access, moment(number))
            keep(database, uses, everything=number == 2)
        assert shown(database) == {"key": moment(2)}

    @pytest.mark.parametrize("error", [Unavailable, OutcomeUnknown])
    def test_what_could_not_be_kept_is_due_again(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, error: type[Unavailable]
    ) -> None:
        async def fail(*_: object) -> None:
            raise error("away")

        uses, access = Uses(), an_access(database)
        uses.note(access, moment(1))
        with monkeypatch.context() as patched:
            patched.setattr(database.store, "transact", fail)
            with pytest.raises(error):
                keep(database, uses)
        keep(database, uses)
        assert shown(database) == {"key": moment(1)}

    def test_what_was_just_being_kept_when_the_server_ended_is_kept_at_the_end(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        uses, access = Uses(), an_access(database)
        uses.note(access, moment(1))

        async def end_meanwhile() -> None:
            task = asyncio.create_task(keep_uses(database.store, uses))
            # It has taken what there is, and waits for the store.
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        with monkeypatch.context() as patched:
            patched.setattr(database.store, "transact", hang)
            database.runner.run(end_meanwhile())
        keep(database, uses, everything=True)
        assert shown(database) == {"key": moment(1)}


class TestKeysThatEnded:
    def test_a_revoked_one_does_not_come_back(self, database: Database) -> None:
        uses = Uses()
        uses.note(an_access(database), moment(1))
        database.write(credentials.revoke, "shop", "key")
        keep(database, uses)
        assert shown(database) == {}
        assert database.read(credentials.authenticate, "key", "token") is None

    def test_one_that_was_made_again_was_not_used_by_the_one_before(
        self, database: Database
    ) -> None:
        uses = Uses()
        uses.note(an_access(database), Instant(1))
        database.write(credentials.revoke, "shop", "key")
        an_access(database)
        keep(database, uses)
        assert shown(database) == {"key": None}

    def test_a_use_changes_no_token(self, database: Database) -> None:
        uses = Uses()
        uses.note(an_access(database), moment(1))
        database.write(credentials.rotate, "shop", NewCredential("key", "another"))
        keep(database, uses)
        assert shown(database) == {"key": moment(1)}
        assert database.read(credentials.authenticate, "key", "token") is None
        assert database.read(credentials.authenticate, "key", "another") is not None
