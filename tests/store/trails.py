"""What changes and deletions leave behind, something of each, and ways to break it."""

from __future__ import annotations

from typing import Final

from tests.operations.examples import Database, an_item

from orderfolio.errors import Kind
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    answers,
    audit,
    credentials,
    extensions,
    guests,
    items,
    orders,
    people,
    users,
)
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Organisation

ENTRY: Final = "audit entry"
ANSWER: Final = "kept answer"
PART: Final = "part in an answer of guest"
GOING: Final = "guest being deleted"
TRACE: Final = "trace of guest"
NO_GUEST: Final = "the guest isn't there"
WRONG_SHARD: Final = "its shard isn't the one that its ref names"
WRONG_SCOPE: Final = "its shard isn't the one that its scope names"
IS_THERE: Final = "what it says is deleted is there"

BREAKS: Final = [
    ("DELETE FROM organisations", ENTRY, "its organisation isn't there"),
    ("UPDATE audit SET ref = x'00' WHERE noun = 'organisation'", ENTRY, "its ref is no UUIDv7"),
    ("UPDATE audit SET shard = shard - 1", ENTRY, WRONG_SHARD),
    ("UPDATE audit SET touched = x'00'", ENTRY, "its shard isn't the one of what it tells of"),
    (
        "UPDATE audit SET order_ref = x'00'",
        ENTRY,
        "its shard isn't the one of the order that it names",
    ),
    (
        "UPDATE audit SET order_ref = NULL",
        ENTRY,
        "its shard isn't the one of the order that it names",
    ),
    ("UPDATE audit SET actor = 'god'", ENTRY, "it can't be read"),
    ("UPDATE audit SET change = 'mended'", ENTRY, "it can't be read"),
    ("UPDATE audit SET counts = '{'", ENTRY, "it can't be read"),
    *(
        (
            f"UPDATE audit SET version = 7 WHERE noun = '{kind.value}' AND version IS NOT NULL",
            ENTRY,
            r"it tells of version 7, and there are \d",
        )
        for kind in Kind
    ),
    *(
        (f"UPDATE audit SET change = 'deleted' WHERE noun = '{kind.value}'", ENTRY, IS_THERE)
        for kind in Kind
    ),
    ("DELETE FROM deletions", ENTRY, IS_THERE),
    (
        "UPDATE audit SET counts = '{}' WHERE touched IN (SELECT guest_ref FROM deletions)",
        ENTRY,
        IS_THERE,
    ),
    ("UPDATE kept_answers SET shard = shard - 1", ANSWER, WRONG_SCOPE),
    ("UPDATE kept_answers SET version = NULL", ANSWER, "its document has no ref or no version"),
    (
        "UPDATE kept_answers SET document_ref = NULL",
        ANSWER,
        "its document has no ref or no version",
    ),
    ("DELETE FROM guests", ANSWER, "it tells of a guest that isn't there"),
    ("DELETE FROM organisations", PART, "its organisation isn't there"),
    ("DELETE FROM organisations", "console user", "its organisation isn't there"),
    ("UPDATE kept_answer_guests SET shard = shard - 1", PART, WRONG_SCOPE),
    ("DELETE FROM kept_answers", PART, "its answer isn't there"),
    ("UPDATE kept_answers SET created_at = 0", PART, "its answer has another time"),
    ("DELETE FROM guests", PART, NO_GUEST),
    ("DELETE FROM guests", GOING, NO_GUEST),
    (
        "INSERT INTO traces (organisation, guest_ref) SELECT organisation, ref FROM guests",
        TRACE,
        "the guest is there",
    ),
    (
        "INSERT INTO deletions (organisation, guest_ref) SELECT * FROM traces",
        TRACE,
        "the guest is still being deleted",
    ),
]


def leave_trails(database: Database) -> None:
    """Each noun made and changed; an answer in which two guests have a part; a guest that is
    gone and one that is being deleted; a client key and a user."""
    ours = database.organisation
    database.write(credentials.create, "shop", credentials.draw(), read_only=False)
    database.write(users.create, "shop", "ada", "a hash", read_only=False)
    order = database.order("R-1").ref
    item = database.write(items.create, ours, order, an_item()).ref
    first, second, third, fourth = [database.guest(first_name="Ada").ref for _ in range(4)]
    arguments = (Role.CONTACT, order, Person(first_name="Ada"), Links(guest=first))
    contact = database.write(
        answers.once, ours, b"scope", b"body", Kind.CONTACT, people.create, *arguments
    ).document.ref
    consumer = database.consumer(order, first_name="Bob").ref
    database.write(extensions.create, ours, Owner.ORDER, order, {"gift": True}, once=True)
    database.write(orders.amend, ours, order, {"channel": "WEB"}, UNGUARDED)
    database.write(items.amend, ours, item, {"name": "Moby-Dick"}, UNGUARDED)
    linked = Links(guest=second)
    database.write(people.amend, ours, Role.CONTACT, contact, {}, linked, UNGUARDED)
    named = {"first_name": "Eve"}
    database.write(people.amend, ours, Role.CONSUMER, consumer, named, AS_THEY_ARE, UNGUARDED)
    database.write(extensions.amend, ours, Owner.ORDER, order, {"gift": False}, UNGUARDED)
    database.write(guests.remove, ours, third, UNGUARDED)
    database.write(ask_to_remove, ours, fourth)


async def ask_to_remove(tx: Transaction, organisation: Organisation, ref: Ref) -> None:
    """The first half of a guest's deletion."""
    await audit.record(tx, organisation, Kind.GUEST.value, ref)
    await tx.deletions.mark(organisation, ref)
