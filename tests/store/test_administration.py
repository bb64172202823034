"""Organisations, credentials and rules."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.engines import Engine
from tests.store.rows import HOUR, NOON, a_guest, a_world, an_order, an_organisation, later
from tests.store.sights import SIGHTS, is_seen
from tests.store.spelling import SPELLING

from orderfolio.errors import NameTaken
from orderfolio.model.identities import Rule
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Credential, Organisation, OrganisationRow, User

OURS, THEIRS = Organisation(1), Organisation(2)


def _credential(client_key: str = "key", organisation: Organisation = OURS) -> Credential:
    return Credential(
        client_key=client_key,
        organisation=organisation,
        token_digest=bytes(32),
        read_only=False,
        created_at=NOON,
    )


def _user(name: str = "ada", organisation: Organisation = OURS) -> User:
    return User(
        name=name,
        organisation=organisation,
        password_hash="hash",
        read_only=False,
        created_at=NOON,
    )


class TestOrganisations:
    def test_they_are_found_by_name_and_listed(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            rows = [await tx.organisations.insert(name, NOON) for name in ("shop", "another")]
            assert [row.organisation for row in rows] == [1, 2]
            assert list(await tx.organisations.all()) == rows
            assert await tx.organisations.find("another") == rows[1]
            assert await tx.organisations.find("Shop") is None

        driver.transact(story)

    def test_a_name_is_given_once(self, driver: Driver) -> None:
        async def first(tx: Transaction) -> None:
            await tx.organisations.insert("shop", NOON)

        async def rename(tx: Transaction) -> None:
            organisation = await an_organisation(tx, "another")
            await tx.organisations.rename(organisation, "shop")

        driver.transact(first)
        for operation in (first, rename):
            with pytest.raises(NameTaken, match="organisation 'shop'"):
                driver.transact(operation)

    def test_a_rename_keeps_everything_else(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await tx.organisations.insert("shop", NOON)
            for name in ("store", "store", "shop"):
                await tx.organisations.rename(row.organisation, name)
                expected = OrganisationRow(
                    organisation=row.organisation, name=name, created_at=NOON
                )
                assert list(await tx.organisations.all()) == [expected]

        driver.transact(story)

    def test_a_number_is_given_once(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await an_organisation(tx)
            last = await an_organisation(tx, "another")
            await tx.organisations.delete(last)
            assert await an_organisation(tx, "another") == last + 1

        driver.transact(story)

    def test_all_that_it_has_is_deleted_in_parts(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            other = await a_world(tx, await an_organisation(tx, "another"))
            organisation = world.organisation
            for number in range(2, 4):
                await an_order(tx, organisation, f"R-{number}")
                await a_guest(tx, organisation)
            await tx.tallies.fold(5)
            # What is hidden goes too.
            await tx.deletions.mark(organisation, world.guest.ref)
            await tx.credentials.insert(_credential("key", organisation))
            await tx.users.insert(_user("ada", organisation))
            await tx.refusals.add(organisation, NOON, "validation", "get", 1)
            await tx.rules.replace(organisation, [Rule("Card", "card")])
            parts = [await tx.organisations.delete_some(organisation, 4) for _ in range(3)]
            assert parts == [4, 2, 0]
            await tx.organisations.delete(organisation)
            assert not await tx.deletions.pending()
            assert await tx.credentials.find("key") is None
            assert await tx.users.find("ada") is None
            assert list(await tx.refusals.most(organisation, NOON, 1)) == []
            assert list(await tx.rules.all(organisation)) == []
            assert await tx.organisations.find("shop") is None
            for name, sight in SIGHTS.items():
                assert not is_seen(await sight(tx, organisation, world)), name
                assert is_seen(await sight(tx, other.organisation, other)), name

        driver.transact(story)


class TestCredentials:
    def test_they_are_found_by_client_key_and_listed_by_age(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            newer = structs.replace(_credential("a"), created_at=later(HOUR), read_only=True)
            older, foreign = _credential("b"), _credential("c", THEIRS)
            for credential in (newer, older, foreign):
                await tx.credentials.insert(credential)
                assert await tx.credentials.find(credential.client_key) == credential
            assert list(await tx.credentials.all(OURS)) == [older, newer]
            assert await tx.credentials.find("A") is None

        driver.transact(story)

    def test_a_client_key_is_given_once(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.credentials.insert(_credential())
            with pytest.raises(NameTaken, match="client key 'key'"):
                await tx.credentials.insert(_credential("key", THEIRS))
            assert await tx.credentials.find("key") == _credential()

        driver.transact(story)

    def test_a_digest_is_replaced_and_a_credential_deleted(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.credentials.insert(_credential())
            await tx.credentials.replace_digest("key", bytes([1]) * 32)
            replaced = structs.replace(_credential(), token_digest=bytes([1]) * 32)
            assert await tx.credentials.find("key") == replaced
            await tx.credentials.delete("key")
            assert await tx.credentials.find("key") is None

        driver.transact(story)

    def test_the_last_use_is_kept_of_what_is_there(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.credentials.insert(_credential())
            kept = structs.replace(_credential(), last_used_at=later(HOUR))
            for organisation, hours in ((OURS, 1), (OURS, 0), (THEIRS, 2), (OURS, 1)):
                await tx.credentials.note_use(organisation, "key", later(hours * HOUR))
                if hours == 1:
                    assert await tx.credentials.find("key") == kept
            assert list(await tx.credentials.all(OURS)) == [kept]
            await tx.credentials.replace_digest("key", bytes([1]) * 32)
            rotated = structs.replace(kept, token_digest=bytes([1]) * 32)
            assert await tx.credentials.find("key") == rotated
            await tx.credentials.delete("key")
            await tx.credentials.note_use(OURS, "key", later(2 * HOUR))
            assert await tx.credentials.find("key") is None

        driver.transact(story)

    def test_a_use_from_before_it_was_made_is_another_s(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.credentials.insert(_credential())
            await tx.credentials.note_use(OURS, "key", later(-HOUR))
            assert await tx.credentials.find("key") == _credential()

        driver.transact(story)


class TestUsers:
    def test_they_are_found_and_listed_by_name(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            bob, ada = _user("bob"), structs.replace(_user("ada"), read_only=True)
            foreign = _user("cleo", THEIRS)
            for user in (bob, ada, foreign):
                await tx.users.insert(user)
                assert await tx.users.find(user.name) == user
            assert list(await tx.users.all(OURS)) == [ada, bob]
            assert await tx.users.find("Ada") is None

        driver.transact(story)

    def test_a_name_is_given_once(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.users.insert(_user())
            with pytest.raises(NameTaken, match="user 'ada'"):
                await tx.users.insert(_user("ada", THEIRS))
            assert await tx.users.find("ada") == _user()

        driver.transact(story)

    def test_a_password_is_replaced_and_a_user_deleted(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.users.insert(_user())
            await tx.users.insert(_user("bob"))
            await tx.users.replace_password("ada", "another")
            replaced = structs.replace(_user(), password_hash="another")
            assert await tx.users.find("ada") == replaced
            await tx.users.delete("ada")
            assert await tx.users.find("ada") is None
            assert await tx.users.find("bob") == _user("bob")

        driver.transact(story)


class TestEndings:
    def test_each_is_known_until_it_would_be_over(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            for hour, session in enumerate((b"first", b"second", b"third")):
                await tx.endings.insert(session, later(hour * HOUR))
            assert await tx.endings.find(b"first") == NOON
            assert await tx.endings.find(b"fourth") is None
            await tx.endings.delete_older(later(HOUR))
            known = [await tx.endings.find(session) for session in (b"first", b"second", b"third")]
            assert known == [None, later(HOUR), later(2 * HOUR)]

        driver.transact(story)

    def test_the_first_time_stays(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            await tx.endings.insert(b"session", NOON)
            await tx.endings.insert(b"session", later(HOUR))
            assert await tx.endings.find(b"session") == NOON

        driver.transact(story)

    def test_no_setting_goes_with_them(self, engine: Engine) -> None:
        async def story() -> list[bytes]:
            keys = []
            for _ in range(2):
                store = await engine.open(SPELLING)
                keys.append(store.cursor_key())
                await store.transact(forget_all)
                await store.close()
            return keys

        first, second = asyncio.run(story())
        assert first == second


async def forget_all(tx: Transaction) -> None:
    await tx.endings.delete_older(later(2**50))


class TestRefusals:
    def test_they_add_up_over_days_by_code_and_operation(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            for days, code, operation, count in (
                (0, "old", "get", 9),
                (1, "validation", "get", 1),
                (1, "validation", "get", 1),
                (2, "validation", "get", 2),
                (2, "validation", "", 2),
                (2, "conflict", "get", 2),
            ):
                await tx.refusals.add(OURS, later(24 * HOUR * days), code, operation, count)
            await tx.refusals.add(THEIRS, later(24 * HOUR), "validation", "get", 50)
            most = await tx.refusals.most(OURS, later(24 * HOUR), 3)
            assert [(one.code, one.operation, one.count) for one in most] == [
                ("validation", "get", 4),
                ("conflict", "get", 2),
                ("validation", "", 2),
            ]

        driver.transact(story)

    def test_old_ones_are_deleted_in_parts(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            for organisation in (OURS, THEIRS):
                for days in range(3):
                    await tx.refusals.add(organisation, later(24 * HOUR * days), "a", "get", 1)
            than = later(24 * HOUR * 2)
            assert [await tx.refusals.delete_older(than, 3) for _ in range(3)] == [3, 1, 0]
            for organisation in (OURS, THEIRS):
                [left] = await tx.refusals.most(organisation, NOON, 10)
                assert left.count == 1

        driver.transact(story)


class TestRules:
    def test_they_are_replaced_whole_and_keep_their_order(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            card, email = Rule("Card", "card"), Rule("Email", "email")
            await tx.rules.replace(THEIRS, [email])
            for rules in ([card, email], [email, card], [card], []):
                await tx.rules.replace(OURS, rules)
                assert list(await tx.rules.all(OURS)) == rules
            assert list(await tx.rules.all(THEIRS)) == [email]

        driver.transact(story)
