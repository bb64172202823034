"""Settings: console users, their passwords, and the way in that must not be lost."""

from __future__ import annotations

import asyncio

import pytest
from tests.console.browsers import Browser, Clock, a_server, words
from tests.wire.clients import KEYS, OTHERS, READER

from orderfolio.operations import credentials, users
from orderfolio.store.contract import Store

USERS = "/console/settings/users"
ACCESS = "/console/settings/access"
PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "staple battery horse correct"


def add(browser: Browser, name: str = "ada", access: str = "read", **other: str) -> int:
    form = {"name": name, "password": PASSWORD, "again": PASSWORD, "access": access, **other}
    return browser.send(USERS, USERS, **form).status_code


def become(browser: Browser, name: str) -> None:
    """Sign out, and in again as a user."""
    browser.send(USERS, "/console/sign-out")
    assert browser.sign_in((name, PASSWORD)).status_code == 303


@pytest.fixture
def somebody(runner: asyncio.Runner, store: Store, clock: Clock) -> Browser:
    """Another browser, in which nobody is signed in."""
    return Browser(runner, a_server(store, clock))


class TestAdding:
    def test_an_organisation_without_users_is_told_so(self, browser: Browser) -> None:
        assert "There are no users yet." in words(browser.see(USERS))

    @pytest.mark.parametrize(("access", "status"), [("full", 303), ("read", 403), ("x", 403)])
    def test_a_new_user_signs_in_and_may_what_was_chosen(
        self, browser: Browser, somebody: Browser, access: str, status: int
    ) -> None:
        made = browser.send(
            USERS, USERS, name=" ada ", password=PASSWORD, again=PASSWORD, access=access
        )
        assert "The user was added." in words(browser.see(made.headers["location"]))
        assert somebody.sign_in(("ada", PASSWORD)).status_code == 303
        assert somebody.send(USERS, USERS, **_new("bob")).status_code == status

    def test_the_password_is_kept_as_the_command_keeps_it(
        self, browser: Browser, runner: asyncio.Runner, store: Store
    ) -> None:
        add(browser)
        user = runner.run(store.read(users.find, "ada"))
        assert user is not None
        assert user.password_hash.startswith("$argon2id$")
        assert users.verify(user, PASSWORD) == user

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"name": ""}, "1 to 255 characters"),
            ({"name": "x" * 256}, "1 to 255 characters"),
            ({"name": "two\nlines"}, "1 to 255 characters"),
            ({"again": OTHER_PASSWORD}, "The two passwords differ."),
            ({"password": "short", "again": "short"}, "12 to 1024 characters"),
            ({"password": "x" * 1025, "again": "x" * 1025}, "12 to 1024 characters"),
        ],
        ids=str,
    )
    def test_what_can_t_be_kept_is_refused_in_words_and_never_repeated(
        self, browser: Browser, form: dict[str, str], said: str
    ) -> None:
        answer = browser.send(USERS, USERS, **{**_new("ada"), **form})
        assert answer.status_code == 400
        assert said in words(answer.text)
        assert PASSWORD not in answer.text
        assert OTHER_PASSWORD not in answer.text
        assert "There are no users yet." in words(answer.text)

    def test_a_name_is_taken_once_in_all_organisations(
        self, browser: Browser, somebody: Browser
    ) -> None:
        assert somebody.sign_in(OTHERS).status_code == 303
        assert add(somebody) == 303
        answer = browser.send(USERS, USERS, **_new("ada"))
        assert answer.status_code == 400
        assert "This name is taken." in words(answer.text)
        assert "There are no users yet." in words(answer.text)


class TestPasswords:
    def test_a_new_one_ends_the_old_and_its_sessions(
        self, browser: Browser, somebody: Browser
    ) -> None:
        add(browser)
        somebody.sign_in(("ada", PASSWORD))
        changed = _change(browser, "ada")
        assert "The password was changed." in words(browser.see(changed))
        assert somebody.get(USERS).status_code == 303
        assert somebody.sign_in(("ada", PASSWORD)).status_code == 403
        assert somebody.sign_in(("ada", OTHER_PASSWORD)).status_code == 303

    def test_who_changes_their_own_stays_signed_in_here_only(
        self, browser: Browser, somebody: Browser
    ) -> None:
        add(browser, access="full")
        become(browser, "ada")
        somebody.sign_in(("ada", PASSWORD))
        assert "You stay signed in here" in words(browser.see(f"{USERS}/password", name="ada"))
        _change(browser, "ada")
        assert browser.get(USERS).status_code == 200
        assert somebody.get(USERS).status_code == 303

    def test_one_that_can_t_be_kept_changes_nothing(
        self, browser: Browser, somebody: Browser
    ) -> None:
        add(browser)
        page = f"{USERS}/password"
        answer = browser.send(f"{page}?name=ada", page, name="ada", password="x" * 12, again="y")
        assert answer.status_code == 400
        assert "The two passwords differ." in words(answer.text)
        assert somebody.sign_in(("ada", PASSWORD)).status_code == 303


class TestRemoving:
    def test_a_removed_user_is_signed_out_and_can_t_come_back(
        self, browser: Browser, somebody: Browser
    ) -> None:
        add(browser)
        somebody.sign_in(("ada", PASSWORD))
        asked = words(browser.see(f"{USERS}/remove", name="ada"))
        assert "Remove this user? ada can't sign in any more." in asked
        assert "Nobody else" not in asked
        gone = browser.send(USERS, f"{USERS}/remove", name="ada").headers["location"]
        assert "The user was removed." in words(browser.see(gone))
        assert somebody.get(USERS).status_code == 303
        assert somebody.sign_in(("ada", PASSWORD)).status_code == 403

    def test_who_removes_themself_is_told(self, browser: Browser) -> None:
        add(browser, access="full")
        become(browser, "ada")
        asked = words(browser.see(f"{USERS}/remove", name="ada"))
        assert "It is you: you will be signed out." in asked
        assert "Nobody else" not in asked
        browser.send(USERS, f"{USERS}/remove", name="ada")
        assert browser.get(USERS).status_code == 303

    def test_who_locks_everybody_out_is_told_before(self, browser: Browser, store: Store) -> None:
        add(browser, access="full")
        become(browser, "ada")
        browser.send(ACCESS, f"{ACCESS}/revoke", key=KEYS[0])
        asked = words(browser.see(f"{USERS}/remove", name="ada"))
        assert "Nobody else may change anything here" in asked

    def test_the_last_full_key_is_a_way_in_as_well(
        self, browser: Browser, runner: asyncio.Runner, store: Store
    ) -> None:
        page = f"{ACCESS}/revoke"
        assert "Nobody else" in words(browser.see(page, key=KEYS[0]))
        assert "Nobody else" not in words(browser.see(page, key=READER[0]))
        new = credentials.draw()
        runner.run(store.transact(credentials.create, "One", new, False))
        assert "Nobody else" not in words(browser.see(page, key=KEYS[0]))


class TestOthers:
    @pytest.mark.parametrize("name", ["ada", "nobody", ""])
    @pytest.mark.parametrize("what", ["password", "remove"])
    def test_another_organisation_s_user_is_not_found(
        self, browser: Browser, somebody: Browser, what: str, name: str
    ) -> None:
        somebody.sign_in(OTHERS)
        add(somebody)
        assert "There are no users yet." in words(browser.see(USERS))
        assert browser.get(f"{USERS}/{what}", name=name).status_code == 404
        form = {**_new(name), "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
        assert browser.send(USERS, f"{USERS}/{what}", **form).status_code == 404
        assert "ada" in words(somebody.see(USERS))

    def test_who_may_only_read_is_offered_nothing_and_changes_nothing(
        self, browser: Browser, somebody: Browser
    ) -> None:
        add(browser)
        somebody.sign_in(("ada", PASSWORD))
        for page in (USERS, f"{USERS}/password?name=ada", f"{USERS}/remove?name=ada"):
            text = somebody.see(page)
            assert text.count("<form method") == 1, "signing out is all"
            assert "and change nothing" in words(text)
        for path in (USERS, f"{USERS}/password", f"{USERS}/remove"):
            assert somebody.send(USERS, path, **_new("ada")).status_code == 403
        assert "ada You Read-only" in words(somebody.see(USERS))


def _new(name: str) -> dict[str, str]:
    return {"name": name, "password": PASSWORD, "again": PASSWORD, "access": "read"}


def _change(browser: Browser, name: str) -> str:
    """Where changing a password led to."""
    page = f"{USERS}/password"
    answer = browser.send(
        f"{page}?name={name}", page, name=name, password=OTHER_PASSWORD, again=OTHER_PASSWORD
    )
    assert answer.status_code == 303
    return answer.headers["location"]
