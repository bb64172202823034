"""The audit log: administration, and receipts of deletions that take their time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.operations.examples import Database, an_item

from orderfolio.errors import NoSuchName
from orderfolio.housekeeping import shorten_audit
from orderfolio.model import refs
from orderfolio.model.extensions import Owner
from orderfolio.model.guards import UNGUARDED
from orderfolio.model.identities import Rule
from orderfolio.model.people import Links
from orderfolio.model.refs import Ref
from orderfolio.operations import (
    audit,
    credentials,
    deletions,
    extensions,
    guests,
    items,
    organisations,
    rules,
    users,
)
from orderfolio.operations.acting import ActingStore
from orderfolio.operations.audit import Receipt
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import EntryQuery
from orderfolio.store.records import Actor, By, Change, Entry, Gone

ADA = By(actor=Actor.USER, name="ada", request_id="r-1")
ALL = EntryQuery(limit=1000)
KEYS = NewCredential("key", "token")


def log(database: Database, name: str | None = "shop") -> list[Entry]:
    """All entries, the newest first."""
    return list(database.read(audit.browse_named, name, ALL).entries)


def newest(database: Database, name: str | None = "shop") -> tuple[str, Change, str | None]:
    entry = log(database, name)[0]
    return entry.noun, entry.change, entry.called


class TestAdministration:
    @pytest.mark.parametrize(
        ("operation", "arguments", "told"),
        [
            (credentials.create, (KEYS, True), ("client key", Change.CREATED, "key")),
            (credentials.rotate, (KEYS,), ("client key", Change.CHANGED, "key")),
            (credentials.revoke, ("key",), ("client key", Change.DELETED, "key")),
            (users.create, ("ada", "hash", True), ("user", Change.CREATED, "ada")),
            (users.replace_password, ("ada", "other"), ("user", Change.CHANGED, "ada")),
            (users.remove, ("ada",), ("user", Change.DELETED, "ada")),
            (rules.add, (Rule("Club", "club"), 1), ("identity rule", Change.CREATED, "Club")),
            (rules.remove, ("Email",), ("identity rule", Change.DELETED, "Email")),
        ],
        ids=lambda value: getattr(value, "__qualname__", None),
    )
    def test_leaves_one_row_without_secrets(
        self,
        database: Database,
        operation: Callable[..., Any],
        arguments: tuple[Any, ...],
        told: tuple[str, Change, str],
    ) -> None:
        if operation is not credentials.create:
            database.write(credentials.create, "shop", KEYS, False)
        if operation is not users.create:
            database.write(users.create, "shop", "ada", "hash", False)
        before = len(log(database))
        database.write(operation, "shop", *arguments)
        assert len(log(database)) == before + 1
        assert newest(database) == told
        assert "token" not in repr(log(database))
        assert "hash" not in repr(log(database))

    def test_what_fails_leaves_nothing(self, database: Database) -> None:
        before = log(database)
        with pytest.raises(NoSuchName):
            database.write(credentials.revoke, "shop", "nobody")
        assert log(database) == before

    def test_a_configured_pair_that_is_as_it_was_leaves_nothing(self, database: Database) -> None:
        database.write(credentials.ensure, "shop", KEYS)
        assert newest(database) == ("client key", Change.CREATED, "key")
        before = log(database)
        database.write(credentials.ensure, "shop", KEYS)
        assert log(database) == before
        database.write(credentials.ensure, "shop", NewCredential("key", "another"))
        assert newest(database) == ("client key", Change.CHANGED, "key")

    def test_an_organisation_that_is_gone_is_told_of_outside_of_it(
        self, database: Database
    ) -> None:
        database.write(organisations.rename, "shop", "store")
        assert newest(database, "store") == ("organisation", Change.CHANGED, "store")
        organisation = database.write(organisations.close, "store")
        while database.write(organisations.clear_audit, organisation):
            pass
        database.write(organisations.remove_some, organisation)
        assert newest(database, None) == ("organisation", Change.DELETED, "store")
        with pytest.raises(NoSuchName):
            log(database, "store")

    def test_the_operation_s_own_name_is_told_where_no_other_is(self, database: Database) -> None:
        store = ActingStore(database.store, ADA)
        database.runner.run(store.transact(rules.add, "shop", Rule("Club", "club"), None))
        by = log(database)[0].by
        assert by == By(actor=Actor.USER, name="ada", operation="rules.add", request_id="r-1")


class TestForgetting:
    def test_entries_are_kept_for_so_many_days(self, database: Database) -> None:
        database.order()
        database.runner.run(shorten_audit(database.store, 1))
        assert len(log(database)) == 2

        async def age(tx: Transaction) -> None:
            """An entry of long ago."""
            await tx.audit.insert(
                Entry(
                    organisation=database.organisation,
                    ref=refs.first_of(1_000_000_000_000),
                    by=ADA,
                    change=Change.CREATED,
                    noun="order",
                )
            )

        database.write(age)
        assert len(log(database)) == 3
        database.runner.run(shorten_audit(database.store, 1))
        assert len(log(database)) == 2


class TestReceipts:
    def test_counts_are_exact_however_many_transactions_it_took(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guest, orders, kept = _much(database)
        monkeypatch.setattr(deletions, "BATCH", 2)
        store = ActingStore(database.store, ADA)
        request = database.runner.run(
            store.transact(guests.remove, database.organisation, guest, UNGUARDED)
        )
        early = _receipt(database, guest, request)
        assert early.finished_at is None
        assert 0 < early.gone.orders < 5
        while not database.write(deletions.advance, database.organisation, guest):
            pass
        receipt = _receipt(database, guest, request)
        assert receipt.finished_at is not None
        assert receipt.gone == Gone(orders=5, items=5, contacts=6, consumers=6, extensions=5)
        assert list(receipt.orders) == orders
        assert kept not in receipt.orders
        assert {entry.by.name for entry in log(database) if entry.guest_ref == guest} >= {"ada"}
        finished = next(entry for entry in log(database) if entry.gone is not None)
        assert (finished.by.name, finished.by.operation) == ("ada", "guests.remove")

    def test_it_is_one_organisation_s_own(self, database: Database) -> None:
        guest = database.guest().ref
        request = database.write(guests.remove, database.organisation, guest, UNGUARDED)
        other = database.other_organisation()
        assert database.read(audit.find_receipt, other, guest, request) is None
        assert _receipt(database, guest, request).gone == Gone()


def _much(database: Database) -> tuple[Ref, list[Ref], Ref]:
    """A guest with five orders of its own, each with one of everything, and a part in one
    that stays."""
    organisation = database.organisation
    guest = database.guest(first_name="Ada").ref
    other = database.guest(first_name="Eve").ref
    orders = []
    for number in range(5):
        order = database.order(f"R-{number}").ref
        database.contact(order, Links(guest=guest))
        database.consumer(order)
        database.write(items.create, organisation, order, an_item())
        database.write(extensions.create, organisation, Owner.ORDER, order, {"one": "1"}, False)
        orders.append(order)
    kept = database.order("R-kept").ref
    database.contact(kept, Links(guest=other))
    database.contact(kept, Links(guest=guest))
    database.consumer(kept, Links(guest=guest))
    return guest, orders, kept


def _receipt(database: Database, guest: Ref, request: Ref) -> Receipt:
    found = database.read(audit.find_receipt, database.organisation, guest, request)
    assert found is not None
    return found
