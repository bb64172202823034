"""A database that holds together is called sound; each way of breaking it is seen."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import apsw
import pytest
from tests.operations.examples import Database, an_item, guest_of, known_as, later
from tests.store import trails

from orderfolio.errors import CannotStart
from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.instants import Instant
from orderfolio.model.people import Links
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    answers,
    audit,
    deletions,
    extensions,
    items,
    organisations,
    tallies,
)
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation, Problem
from orderfolio.store.sqlite import check, open_store
from orderfolio.wire.documents import SPELLING

DAYS = 24 * 3_600_000_000
DISAGREES = "its document disagrees with the columns beside it"
UNREADABLE = "its document can't be read"
WRONG_SHARD = "its shard isn't the one that its ref names"
PERSON = "order contact or consumer"
NO_ORGANISATION = "its organisation isn't there"

KEPT_ANSWER = """
    INSERT INTO kept_answers (organisation, scope, shard, request, created_at, ref)
    VALUES (9, x'00', 0, x'00', 0, x'00')
"""

BREAKS = [
    ("DELETE FROM orders WHERE reference_id = 'R-1'", "order item", "its order isn't there"),
    ("DELETE FROM orders WHERE reference_id = 'R-1'", PERSON, "its order isn't there"),
    ("DELETE FROM orders", "data extension of", "its owner isn't there"),
    ("DELETE FROM items", "data extension of", "its owner isn't there"),
    ("UPDATE extensions SET order_ref = ref", "data extension of", "its owner isn't there"),
    ("DELETE FROM guests", PERSON, "its guest isn't there"),
    ("DELETE FROM guests", "mark of guest", "the guest isn't there"),
    ("DELETE FROM guests", "phone number of guest", "the guest isn't there"),
    ("DELETE FROM people", "link of consumer", r"it and the item .* not of one order"),
    ("DELETE FROM items", "link of consumer", r"it and the item .* not of one order"),
    ("UPDATE people SET role = 'contact'", "link of consumer", r"it and the item .*"),
    ("DELETE FROM consumed", "order item", "it counts 1 consumers, and 0 are linked"),
    ("DELETE FROM organisations", "order", NO_ORGANISATION),
    ("DELETE FROM organisations", "guest", NO_ORGANISATION),
    ("DELETE FROM organisations", "identity rule", NO_ORGANISATION),
    (
        "INSERT INTO credentials VALUES ('k', 9, x'00', 0, 0, NULL)",
        "credential",
        NO_ORGANISATION,
    ),
    (
        "INSERT INTO deletions (organisation, guest_ref) VALUES (9, x'00')",
        "guest being deleted",
        NO_ORGANISATION,
    ),
    (
        KEPT_ANSWER,
        "kept answer",
        NO_ORGANISATION,
    ),
    ("UPDATE orders SET reference_id = 'R-9'", "order", DISAGREES),
    ("UPDATE orders SET reference_id = 'R-1'", "order", r"it matches the order [0-9a-f-]{36}"),
    ("UPDATE orders SET ordered_at = ordered_at + 1", "order", DISAGREES),
    ("UPDATE orders SET ordered_at = ordered_at + 1", PERSON, "its order has another time"),
    ("UPDATE orders SET created_at = 0", "order", DISAGREES),
    ("UPDATE items SET modified_at = 0", "order item", DISAGREES),
    ("UPDATE items SET quantity_given = '9'", "order item", DISAGREES),
    ("UPDATE items SET consumers = 9", "order item", DISAGREES),
    ("UPDATE items SET order_ref = ref", "order item", DISAGREES),
    ("UPDATE people SET guest_ref = NULL", PERSON, DISAGREES),
    ("UPDATE people SET order_ref = ref", PERSON, DISAGREES),
    ("UPDATE people SET first_name = 'Eve'", PERSON, DISAGREES),
    ("UPDATE extensions SET ref = owner_ref", "data extension of", DISAGREES),
    ("UPDATE guests SET last_name = 'eve'", "guest", DISAGREES),
    ("UPDATE guests SET guest_type = 'traveller'", "guest", DISAGREES),
    ("UPDATE orders SET document = x'7b'", "order", UNREADABLE),
    ("UPDATE items SET document = x'7b'", "order item", UNREADABLE),
    ("UPDATE people SET document = x'7b'", PERSON, UNREADABLE),
    ("UPDATE people SET role = 'friend'", PERSON, UNREADABLE),
    ("UPDATE extensions SET document = x'7b'", "data extension of", UNREADABLE),
    ("UPDATE guests SET document = x'7b'", "guest", UNREADABLE),
    ("UPDATE orders SET ref = x'00' WHERE reference_id = 'R-1'", "order", WRONG_SHARD),
    ("UPDATE orders SET shard = shard - 1", "order", WRONG_SHARD),
    ("UPDATE orders SET shard = shard - 1", "order", "its shard isn't the one of its reference"),
    ("UPDATE items SET shard = shard - 1", "order item", WRONG_SHARD),
    ("UPDATE people SET shard = shard - 1", PERSON, WRONG_SHARD),
    ("UPDATE extensions SET shard = shard - 1", "data extension of", WRONG_SHARD),
    ("UPDATE consumed SET shard = shard - 1", "link of consumer", WRONG_SHARD),
    ("UPDATE guests SET shard = shard - 1", "guest", WRONG_SHARD),
    ("UPDATE guest_phones SET shard = shard - 1", "phone number of guest", WRONG_SHARD),
    (
        "UPDATE guest_marks SET shard = shard - 1",
        "mark of guest",
        "its shard isn't the one of what it says",
    ),
    ("DELETE FROM guest_marks", "guest", "it isn't found by a mark of its document"),
    ("DELETE FROM guest_phones", "guest", "it isn't found by a phone number of its document"),
    (
        "UPDATE guest_marks SET expires_at = 7",
        "guest",
        "a mark of it expires at another time than its document says",
    ),
    (
        "UPDATE guest_marks SET value = 'another'",
        "mark of guest",
        "the guest's document doesn't have it",
    ),
    (
        "UPDATE guest_phones SET value = 'another'",
        "phone number of guest",
        "the guest's document doesn't have it",
    ),
    ("DELETE FROM tallies", "count of orders", "the total is 2, and there are 3"),
    ("DELETE FROM tallies", "count of guests", "the total is 1, and there are 2"),
    ("DELETE FROM tallies", "count of guests.visitor", "the total is 0, and there are 1"),
    (
        "UPDATE tally_nodes SET size = 7 WHERE level = 0",
        "count of orders",
        r"slice \d+ of level 0 counts 7, and there are [12]",
    ),
    (
        "UPDATE tally_nodes SET size = 7 WHERE level = -1",
        "count of orders",
        r"slice \d+ of level -1 counts 7, and there are [12]",
    ),
    (
        "UPDATE tally_nodes SET size = 7 WHERE level = -1",
        "count of guests",
        r"slice \d+ of level 0 is divided into \d+",
    ),
    (
        "UPDATE tally_nodes SET size = 7 WHERE level = 3",
        "count of orders",
        r"slice \d+ of level 3 counts 7, and there are [12]",
    ),
    (
        "DELETE FROM tally_nodes WHERE level = 2",
        "count of orders",
        "level 2 counts 0, the top 2",
    ),
    ("DELETE FROM settings", "database", "it has lost its key"),
    (
        "DROP INDEX people_by_guest",
        "database",
        "its index people_by_guest isn't there, or is another one",
    ),
    (
        "DROP VIEW visible_guests; CREATE VIEW visible_guests AS SELECT * FROM guests",
        "database",
        "its view visible_guests isn't there, or is another one",
    ),
    (
        "DELETE FROM sqlite_schema WHERE name = 'orders_by_reference'",
        "database",
        r"it is damaged: .*",
    ),
]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with something of everything: two orders counted and one not yet. Every
    second is dense."""
    monkeypatch.setattr("orderfolio.store.tables.folds.DENSE", 1)
    path = tmp_path / "orders.db"
    with asyncio.Runner() as runner:
        store = open_store(path, SPELLING)
        fill(Database(store, runner))
        runner.run(store.close())
    return path


@pytest.fixture
def trailed(tmp_path: Path) -> Path:
    """A database in which much was changed and deleted."""
    path = tmp_path / "orders.db"
    with asyncio.Runner() as runner:
        store = open_store(path, SPELLING)
        trails.leave_trails(Database(store, runner))
        runner.run(store.close())
    return path


def fill(database: Database) -> None:
    ours = database.organisation
    order = database.order("R-1").ref
    database.order("R-2")
    item = database.write(items.create, ours, order, an_item(quantity=0)).ref
    database.contact(
        order,
        first_name="Ada",
        emails=("ada@x.org",),
        phone_numbers=("1",),
        identifiers=(known_as("card", "Q-7", later(DAYS)),),
    )
    database.consumer(order, Links(items=(item,)), first_name="Bob")
    for owner, ref in ((Owner.ORDER, order), (Owner.ITEM, item)):
        database.write(extensions.create, ours, owner, ref, {"gift": True}, once=True)
    database.write(tallies.fold, 1_000)
    database.order("R-3")
    database.guest("visitor", last_name="King")


def broken(path: Path, *texts: str) -> list[Problem]:
    """What is seen after these statements."""
    database = apsw.Connection(str(path))
    database.config(apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1)
    for text in texts:
        database.execute(text)
    database.close()
    return check(path, SPELLING)


class TestSoundness:
    def test_what_the_operations_leave_is_sound(self, path: Path) -> None:
        assert check(path, SPELLING) == []

    def test_what_they_leave_behind_is_sound(self, trailed: Path) -> None:
        assert check(trailed, SPELLING) == []

    def test_it_is_while_an_organisation_goes_and_after(self, trailed: Path) -> None:
        with asyncio.Runner() as runner:
            store = open_store(trailed, SPELLING)
            organisation = runner.run(store.transact(organisations.close, "shop"))
            remains = 1
            while remains:
                remains = runner.run(store.transact(remove_one, organisation))
                assert check(trailed, SPELLING) == []
            runner.run(store.close())

    def test_it_is_once_what_is_old_was_forgotten(self, trailed: Path) -> None:
        with asyncio.Runner() as runner:
            store = open_store(trailed, SPELLING, clock=lambda: 2**57)
            for _ in range(3):
                runner.run(store.transact(answers.forget, Instant(2**60), 1))
                runner.run(store.transact(audit.forget, 30, 1))
                assert check(trailed, SPELLING) == []
            runner.run(store.close())

    def test_an_empty_database_is_sound(self, tmp_path: Path) -> None:
        store = open_store(tmp_path / "orders.db", SPELLING)
        asyncio.run(store.close())
        assert check(tmp_path / "orders.db", SPELLING) == []

    def test_it_is_while_a_guest_is_being_deleted_and_after(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.db"
        with asyncio.Runner() as runner:
            database = Database(open_store(path, SPELLING), runner)
            fill(database)
            order = database.order("R-4")
            contact = database.contact(order.ref, emails=("eve@x.org",))
            guest = refs.parse(str(guest_of(contact)))
            assert guest is not None
            database.write(mark, database.organisation, guest)
            # Its order is hidden, so that another one of the same reference can be made.
            assert database.order("R-4").ref != order.ref
            runner.run(database.store.close())
            assert check(path, SPELLING) == []
            store = open_store(path, SPELLING)
            while runner.run(store.transact(deletions.advance_any)):
                pass
            runner.run(store.close())
            assert check(path, SPELLING) == []

    def test_pages_of_rows_are_walked_to_the_end(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orderfolio.store.tables.checks.ROWS_AT_ONCE", 1)
        monkeypatch.setattr("orderfolio.store.tables.tally_checks.SLICES_AT_ONCE", 1)
        assert check(path, SPELLING) == []
        seen = broken(path, "UPDATE orders SET created_at = 0")
        assert [problem.noun for problem in seen] == ["order"] * 3


async def mark(tx: Transaction, organisation: Organisation, ref: Ref) -> None:
    await tx.deletions.mark(organisation, ref)


async def remove_one(tx: Transaction, organisation: Organisation) -> int:
    """A step of an organisation's end, as small as can be."""
    gone = await tx.organisations.delete_some(organisation, 1)
    if gone == 0:
        await tx.organisations.delete(organisation)
    return gone


class TestBreaking:
    @pytest.mark.parametrize(("text", "noun", "problem"), BREAKS, ids=range(len(BREAKS)))
    def test_it_is_seen(self, path: Path, text: str, noun: str, problem: str) -> None:
        seen = broken(path, text)
        assert any(one.noun == noun and re.fullmatch(problem, one.text) for one in seen), seen

    @pytest.mark.parametrize(
        ("text", "noun", "problem"), trails.BREAKS, ids=range(len(trails.BREAKS))
    )
    def test_it_is_seen_in_what_is_left_behind(
        self, trailed: Path, text: str, noun: str, problem: str
    ) -> None:
        seen = broken(trailed, text)
        assert any(one.noun == noun and re.fullmatch(problem, one.text) for one in seen), seen

    def test_only_what_is_broken_is_named(self, path: Path) -> None:
        (seen,) = broken(path, "UPDATE orders SET created_at = 0 WHERE reference_id = 'R-2'")
        database = apsw.Connection(str(path))
        ref = database.execute("SELECT ref FROM orders WHERE reference_id = 'R-2'").get
        database.close()
        assert seen == Problem(1, "order", refs.spell(Ref(ref)), DISAGREES)

    def test_damaged_pages_are(self, path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
        seen = check(path, SPELLING)
        assert seen
        assert {problem.noun for problem in seen} == {"database"}

    def test_of_a_hopeless_table_enough_is_told(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orderfolio.store.tables.checks.ENOUGH", 2)
        assert len(broken(path, "UPDATE orders SET created_at = 0")) == 2


class TestRefusals:
    def test_what_is_not_ours_newer_or_older_cannot_be_checked(self, path: Path) -> None:
        newest = apsw.Connection(str(path)).pragma("user_version")
        for text, sentence in (
            ("PRAGMA user_version = 9000", "made by a newer program"),
            ("PRAGMA user_version = 1", f"has version 1; orderfolio migrate brings it to {newest}"),
            ("PRAGMA application_id = 7", "belongs to another program"),
        ):
            with pytest.raises(CannotStart, match=sentence):
                broken(path, text)
        path.write_text("referenceId,orderedAt\n")
        with pytest.raises(CannotStart, match="isn't an SQLite file"):
            check(path, SPELLING)
