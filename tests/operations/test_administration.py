"""Organisations, credentials and identity rules."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from tests.operations.examples import Database, an_order

from orderfolio.errors import NameTaken, NoSuchName, TooManyRules
from orderfolio.housekeeping import sweep_organisations
from orderfolio.model.guests import Guest
from orderfolio.model.identities import FIRST_RULE, Rule
from orderfolio.operations import credentials, guests, orders, organisations, refusals, rules
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, OrderQuery, Window
from orderfolio.store.records import Organisation


class TestOrganisations:
    def test_a_new_one_starts_with_the_email_rule(self, database: Database) -> None:
        assert database.read(rules.browse, "shop") == [FIRST_RULE]

    def test_a_name_is_taken_once(self, database: Database) -> None:
        with pytest.raises(NameTaken):
            database.write(organisations.create, "shop")

    def test_a_new_name_takes_the_place_of_the_old(self, database: Database) -> None:
        database.write(organisations.rename, "shop", "store")
        assert [row.name for row in database.read(organisations.browse)] == ["store"]
        with pytest.raises(NoSuchName):
            database.read(rules.browse, "shop")

    def test_a_removed_one_s_number_is_not_used_again(self, database: Database) -> None:
        database.order()
        number = database.write(organisations.close, "shop")
        while database.write(organisations.remove_some, number):
            pass
        assert database.read(organisations.browse) == []
        assert database.write(organisations.create, "shop").organisation != number
        assert database.orders().total == 0


class TestSweeping:
    def test_what_came_too_late_goes(self, database: Database) -> None:
        self._remove(database)
        database.order()
        database.write(guests.create, database.organisation, Guest(guest_type="visitor"))
        counted = {(database.organisation, "not-found", "orders.fetch"): 1}
        database.write(refusals.record, counted)
        assert database.read(_left) == [database.organisation]
        database.runner.run(sweep_organisations(database.store))
        assert database.read(_left) == []
        assert database.orders().total == 0
        kept = database.read(guests.browse, database.organisation, GuestQuery(), Window(limit=1))
        assert kept.total == 0
        assert database.read(refusals.browse, database.organisation) == []

    def test_what_was_only_counted_goes(self, database: Database) -> None:
        self._remove(database)
        database.write(refusals.record, {(database.organisation, "not-found", ""): 1})
        database.runner.run(sweep_organisations(database.store))
        assert database.read(_left) == []

    def test_organisations_that_are_there_are_left_alone(self, database: Database) -> None:
        database.order()
        others = database.write(organisations.create, "store").organisation
        database.write(orders.create, others, an_order())
        gone = database.write(organisations.create, "fair").organisation
        self._remove(database, "fair")
        database.write(orders.create, gone, an_order())
        assert database.read(_left) == [gone]
        database.runner.run(sweep_organisations(database.store))
        assert database.orders().total == 1
        assert database.read(orders.browse, others, OrderQuery(), Window(limit=1)).total == 1
        assert database.read(orders.browse, gone, OrderQuery(), Window(limit=1)).total == 0

    def _remove(self, database: Database, name: str = "shop") -> None:
        number = database.write(organisations.close, name)
        while database.write(organisations.remove_some, number):
            pass


async def _left(tx: Transaction) -> Sequence[Organisation]:
    return await tx.organisations.left()


class TestCredentials:
    def test_the_right_pair_opens_its_organisation(self, database: Database) -> None:
        new = credentials.draw()
        database.write(credentials.create, "shop", new, True)
        access = database.read(credentials.authenticate, new.client_key, new.api_token)
        assert access is not None
        assert access.organisation == database.organisation
        assert access.read_only

    @pytest.mark.parametrize("token", ["", "wrong", "w\udcffrong"])
    def test_a_wrong_token_opens_nothing(self, database: Database, token: str) -> None:
        new = credentials.draw()
        database.write(credentials.create, "shop", new, False)
        assert database.read(credentials.authenticate, new.client_key, token) is None

    def test_an_unknown_key_opens_nothing(self, database: Database) -> None:
        assert database.read(credentials.authenticate, "nobody", "") is None

    def test_a_rotated_token_ends_the_old_one(self, database: Database) -> None:
        old = credentials.draw()
        database.write(credentials.create, "shop", old, False)
        new = NewCredential(old.client_key, "another")
        database.write(credentials.rotate, "shop", new)
        assert database.read(credentials.authenticate, old.client_key, old.api_token) is None
        assert database.read(credentials.authenticate, new.client_key, new.api_token)

    def test_a_revoked_one_opens_nothing(self, database: Database) -> None:
        new = credentials.draw()
        database.write(credentials.create, "shop", new, False)
        database.write(credentials.revoke, "shop", new.client_key)
        assert database.read(credentials.authenticate, new.client_key, new.api_token) is None
        assert database.read(credentials.browse, "shop") == []

    def test_another_organisation_s_key_is_not_there(self, database: Database) -> None:
        new = credentials.draw()
        database.write(credentials.create, "shop", new, False)
        database.other_organisation()
        with pytest.raises(NoSuchName):
            database.write(credentials.revoke, "another", new.client_key)

    def test_a_configured_pair_is_ensured_as_often_as_one_starts(self, database: Database) -> None:
        for token in ("one", "one", "two"):
            configured = NewCredential("configured", token)
            database.write(credentials.ensure, "default", configured)
            assert database.read(credentials.authenticate, "configured", token)
        assert database.read(credentials.authenticate, "configured", "one") is None
        assert len(database.read(credentials.browse, "default")) == 1

    def test_the_token_is_kept_nowhere(self, database: Database) -> None:
        new = credentials.draw()
        kept = database.write(credentials.create, "shop", new, False)
        assert new.api_token.encode() not in kept.token_digest
        assert len(new.api_token) >= 43


class TestRules:
    def test_a_rule_goes_where_it_is_put(self, database: Database) -> None:
        database.write(rules.add, "shop", Rule("Last", "z"), None)
        database.write(rules.add, "shop", Rule("First", "a"), 1)
        names = [rule.name for rule in database.read(rules.browse, "shop")]
        assert names == ["First", "Email", "Last"]

    def test_a_sixth_is_refused(self, database: Database) -> None:
        for number in range(4):
            database.write(rules.add, "shop", Rule(f"Rule {number}", "crm"), None)
        with pytest.raises(TooManyRules):
            database.write(rules.add, "shop", Rule("Sixth", "crm"), None)

    def test_a_name_is_taken_once(self, database: Database) -> None:
        with pytest.raises(NameTaken):
            database.write(rules.add, "shop", Rule("Email", "crm"), None)

    def test_a_removed_rule_is_gone_and_another_is_not_found(self, database: Database) -> None:
        assert database.write(rules.remove, "shop", "Email") == []
        with pytest.raises(NoSuchName):
            database.write(rules.remove, "shop", "Email")
