"""Console users, and what opens a door to them."""

from __future__ import annotations

import argon2
import pytest
from tests.operations.examples import NOON, Database

from orderfolio.errors import NameTaken, NoSuchName, UnfitPassword
from orderfolio.operations import organisations, users
from orderfolio.store.records import Organisation, User

PASSWORD = "correct horse battery"


def find(database: Database, name: str) -> User | None:
    return database.read(users.find, name)


@pytest.fixture(scope="module")
def password_hash() -> str:
    return users.digest(PASSWORD)


def _user(password_hash: str) -> User:
    return User(
        name="ada",
        organisation=Organisation(1),
        password_hash=password_hash,
        read_only=False,
        created_at=NOON,
    )


class TestPasswords:
    def test_the_right_one_opens_and_another_does_not(
        self, database: Database, password_hash: str
    ) -> None:
        user = database.write(users.create, "shop", "ada", password_hash, True)
        assert find(database, "ada") == user
        assert users.verify(find(database, "ada"), PASSWORD) == user
        for wrong in ("", PASSWORD.upper(), PASSWORD + " ", "w\udcffrong", "x" * 100_000):
            assert users.verify(find(database, "ada"), wrong) is None

    def test_nobody_opens_nothing_and_costs_as_much(
        self, password_hash: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held: list[str] = []
        verify = argon2.PasswordHasher.verify

        def watched(hasher: argon2.PasswordHasher, against: str, password: bytes) -> bool:
            held.append(against)
            return verify(hasher, against, password)

        monkeypatch.setattr(argon2.PasswordHasher, "verify", watched)
        for user in (None, _user(password_hash)):
            assert users.verify(user, "wrong") is None
        nobody, somebody = map(argon2.extract_parameters, held)
        assert nobody == somebody

    def test_the_hash_is_argon2id_with_salt_and_costs(self, password_hash: str) -> None:
        assert password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert users.digest(PASSWORD) != password_hash

    @pytest.mark.parametrize("password", ["", "x" * 11, "x" * 1025])
    def test_too_short_and_too_long_ones_are_refused(self, password: str) -> None:
        with pytest.raises(UnfitPassword, match="12 to 1024"):
            users.digest(password)

    def test_a_letter_is_one_however_it_was_composed(self) -> None:
        composed, decomposed = "\u00e9tudes op. 10", "e\u0301tudes op. 10"
        assert composed != decomposed
        user = _user(users.digest(composed))
        assert users.verify(user, decomposed) == user

    def test_a_spoilt_hash_opens_nothing(self) -> None:
        assert users.verify(_user("spoilt"), PASSWORD) is None


class TestUsers:
    def test_a_name_is_taken_once_in_all_organisations(
        self, database: Database, password_hash: str
    ) -> None:
        database.write(users.create, "shop", "ada", password_hash, False)
        database.other_organisation()
        for organisation in ("shop", "another"):
            with pytest.raises(NameTaken, match="user 'ada'"):
                database.write(users.create, organisation, "ada", password_hash, False)

    def test_a_new_password_ends_the_old_one(self, database: Database, password_hash: str) -> None:
        database.write(users.create, "shop", "ada", password_hash, False)
        new = users.digest("another password")
        database.write(users.replace_password, "shop", "ada", new)
        assert users.verify(find(database, "ada"), PASSWORD) is None
        assert users.verify(find(database, "ada"), "another password")

    def test_a_removed_one_is_gone(self, database: Database, password_hash: str) -> None:
        database.write(users.create, "shop", "ada", password_hash, False)
        database.write(users.remove, "shop", "ada")
        assert find(database, "ada") is None
        assert database.read(users.browse, "shop") == []

    def test_another_organisation_s_user_is_not_there(
        self, database: Database, password_hash: str
    ) -> None:
        database.write(users.create, "shop", "ada", password_hash, False)
        database.other_organisation()
        assert database.read(users.browse, "another") == []
        with pytest.raises(NoSuchName):
            database.write(users.remove, "another", "ada")
        with pytest.raises(NoSuchName):
            database.write(users.replace_password, "another", "ada", password_hash)

    def test_they_go_as_soon_as_their_organisation_does(
        self, database: Database, password_hash: str
    ) -> None:
        database.write(users.create, "shop", "ada", password_hash, False)
        database.write(organisations.close, "shop")
        assert find(database, "ada") is None
