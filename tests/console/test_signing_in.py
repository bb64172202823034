"""Signing in and out, sessions and their ends, and forms that come from elsewhere."""

from __future__ import annotations

import asyncio

import pytest
from tests.console.browsers import SIGN_IN, Browser, Clock, a_server, words
from tests.wire.clients import KEYS, OTHERS

from orderfolio.console.application import TRIES_BY_ADDRESS, TRIES_BY_NAME, WINDOW_SECONDS
from orderfolio.console.sessions import IDLE_SECONDS, LIFETIME_SECONDS
from orderfolio.operations import credentials, endings, users
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.contract import Store

GUESTS = "/console/guests"
COOKIE = "orderfolio_console"


class TestStrangers:
    @pytest.mark.parametrize(
        "path",
        [GUESTS, "/console/orders", f"{GUESTS}/01890a5d-ac96-774b-bcce-b302099a8057"],
    )
    def test_are_sent_to_sign_in_and_back(self, stranger: Browser, path: str) -> None:
        sent = stranger.get(f"{path}?from=25")
        assert sent.status_code == 303
        form = stranger.see(sent.headers["location"])
        assert f'name="next" value="{path}?from=25"' in form
        assert stranger.sign_in(wanted=f"{path}?from=25").headers["location"] == f"{path}?from=25"

    @pytest.mark.parametrize(
        "address",
        [
            "https://example.com/console/guests",
            "//example.com/console",
            "/\\example.com/console",
            "/consolefake",
            "/docs",
            "javascript:alert(1)",
            "/console/\tx",
            "//[",
        ],
    )
    def test_are_led_nowhere_else(self, stranger: Browser, address: str) -> None:
        assert stranger.sign_in(wanted=address).headers["location"] == "/console"

    def test_see_no_difference_between_an_unknown_key_and_a_wrong_token(
        self, stranger: Browser
    ) -> None:
        answers = [stranger.sign_in(pair) for pair in ((KEYS[0], "no"), ("nobody", "no"))]
        assert {answer.status_code for answer in answers} == {403}
        assert words(answers[0].text) == words(answers[1].text)
        assert stranger.get(GUESTS).status_code == 303


class TestSessions:
    def test_a_cookie_is_kept_from_scripts_and_other_sites(self, stranger: Browser) -> None:
        cookie = stranger.sign_in().headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "path=/console" in cookie
        assert "secure" not in cookie

    def test_a_cookie_is_kept_from_plain_http_where_the_server_is_behind_tls(
        self, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        base = "https://orders.example.com"
        browser = Browser(runner, a_server(store, clock, base=base), base=base)
        assert "; secure" in browser.sign_in().headers["set-cookie"].lower()

    def test_signing_in_begins_a_new_session(self, stranger: Browser) -> None:
        stranger.get(SIGN_IN)
        before = stranger.cookies[COOKIE]
        stranger.sign_in()
        assert stranger.cookies[COOKIE] != before

    def test_one_that_is_not_used_ends(self, browser: Browser, clock: Clock) -> None:
        clock.now += IDLE_SECONDS - 1
        assert browser.get(GUESTS).status_code == 200
        clock.now += IDLE_SECONDS - 1
        assert browser.get(GUESTS).status_code == 200
        clock.now += IDLE_SECONDS
        assert browser.get(GUESTS).status_code == 303

    def test_one_that_is_used_ends_too(self, browser: Browser, clock: Clock) -> None:
        for _ in range(LIFETIME_SECONDS // (IDLE_SECONDS // 2) - 1):
            clock.now += IDLE_SECONDS // 2
            assert browser.get(GUESTS).status_code == 200
        clock.now += IDLE_SECONDS // 2
        assert browser.get(GUESTS).status_code == 303

    def test_a_changed_cookie_opens_nothing(self, browser: Browser) -> None:
        cookie = browser.cookies[COOKIE]
        said, _, seal = cookie.rpartition(".")
        # Its first character: not all bits of the last one count.
        changed = f"{said}.{'B' if seal[0] == 'A' else 'A'}{seal[1:]}"
        for forged in (changed, "x", "W10.x", "a" * 5000):
            browser.cookies.clear()
            browser.cookies.set(COOKIE, forged, domain="api.test", path="/console")
            assert browser.get(GUESTS).status_code == 303

    def test_signing_out_ends_copies_too(
        self, browser: Browser, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        copy = browser.cookies[COOKIE]
        # One that was started later, or runs beside this one.
        other = Browser(runner, a_server(store, clock))
        other.cookies.set(COOKIE, copy, domain="api.test", path="/console")
        assert other.get(GUESTS).status_code == 200
        assert browser.send(GUESTS, "/console/sign-out").headers["location"] == SIGN_IN
        assert browser.get(GUESTS).status_code == 303
        for one in (browser, other):
            one.cookies.clear()
            one.cookies.set(COOKIE, copy, domain="api.test", path="/console")
            assert one.get(GUESTS).status_code == 303

    def test_one_that_was_signed_out_ends_no_other(
        self, browser: Browser, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        other = Browser(runner, a_server(store, clock))
        other.sign_in()
        other.send(GUESTS, "/console/sign-out")
        assert browser.get(GUESTS).status_code == 200
        other.sign_in()
        assert other.get(GUESTS).status_code == 200

    def test_of_strangers_nothing_is_remembered(
        self, stranger: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def create(*_: object) -> None:
            pytest.fail("a stranger's session was remembered")

        monkeypatch.setattr(endings, "create", create)
        assert stranger.send(SIGN_IN, "/console/sign-out").headers["location"] == SIGN_IN

    def test_a_slash_too_many_leads_nowhere(self, browser: Browser) -> None:
        assert browser.get("/console/guests/").status_code == 404

    def test_a_rotated_token_ends_the_sessions_of_the_old_one(
        self, browser: Browser, runner: asyncio.Runner, store: Store
    ) -> None:
        new = NewCredential(KEYS[0], "another-token")
        runner.run(store.transact(credentials.rotate, "One", new))
        assert browser.get(GUESTS).status_code == 303

    def test_a_revoked_key_ends_its_sessions(
        self, browser: Browser, runner: asyncio.Runner, store: Store
    ) -> None:
        runner.run(store.transact(credentials.revoke, "One", KEYS[0]))
        assert browser.get(GUESTS).status_code == 303


class TestUsers:
    PASSWORD = "correct horse battery"

    @pytest.fixture
    def user(self, runner: asyncio.Runner, store: Store) -> None:
        """A console user of the first organisation, named as a client key of the second."""
        password_hash = users.digest(self.PASSWORD)
        runner.run(store.transact(users.create, "One", OTHERS[0], password_hash, True))

    def test_sign_in_with_their_password(self, stranger: Browser, user: None) -> None:
        order = stranger.api.order()
        assert stranger.sign_in((OTHERS[0], "wrong password")).status_code == 403
        assert stranger.sign_in((OTHERS[0], self.PASSWORD)).status_code == 303
        page = words(stranger.see(f"/console/orders/{order}"))
        assert "curl -u YOUR_CLIENT_KEY http" in page
        assert "Signed in with" not in stranger.see("/console/settings/access")

    def test_are_not_taken_for_a_client_key_of_their_name(
        self, stranger: Browser, user: None
    ) -> None:
        order = stranger.api.order()
        stranger.sign_in(OTHERS)
        assert stranger.get(f"/console/orders/{order}").status_code == 404

    def test_who_may_only_read_change_nothing(self, stranger: Browser, user: None) -> None:
        stranger.sign_in((OTHERS[0], self.PASSWORD))
        access = "/console/settings/access"
        assert stranger.send(access, access, access="full").status_code == 403

    def test_a_new_password_ends_their_sessions(
        self, stranger: Browser, user: None, runner: asyncio.Runner, store: Store
    ) -> None:
        stranger.sign_in((OTHERS[0], self.PASSWORD))
        assert stranger.get(GUESTS).status_code == 200
        password_hash = users.digest("another long password")
        runner.run(store.transact(users.replace_password, "One", OTHERS[0], password_hash))
        assert stranger.get(GUESTS).status_code == 303


class TestForms:
    def test_one_without_its_guard_is_refused(self, stranger: Browser) -> None:
        stranger.get(SIGN_IN)
        form = {"name": KEYS[0], "secret": KEYS[1]}
        assert stranger.post(SIGN_IN, form).status_code == 403
        assert stranger.post(SIGN_IN, {**form, "guard": "é"}).status_code == 403
        assert stranger.get(GUESTS).status_code == 303

    def test_the_guard_of_another_session_is_refused(
        self, browser: Browser, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        other = Browser(runner, a_server(store, clock))
        other.sign_in(OTHERS)
        answer = browser.post("/console/sign-out", {"guard": other.guard(GUESTS)})
        assert answer.status_code == 403
        assert browser.get(GUESTS).status_code == 200

    def test_one_from_another_site_is_refused(self, browser: Browser) -> None:
        form = {"guard": browser.guard(GUESTS)}
        answer = browser.post("/console/sign-out", form, {"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403

    def test_one_that_is_too_long_is_refused(self, browser: Browser) -> None:
        form = {"guard": browser.guard(GUESTS), "x": "y" * 70_000}
        assert browser.post("/console/sign-out", form).status_code == 400

    def test_one_with_too_many_fields_is_refused(self, browser: Browser) -> None:
        form = {"guard": browser.guard(GUESTS), **{f"x{n}": "y" for n in range(200)}}
        assert browser.post("/console/sign-out", form).status_code == 400

    def test_json_is_no_form(self, browser: Browser) -> None:
        headers = {"Content-Type": "application/json"}
        assert browser.post("/console/sign-out", {}, headers).status_code == 400


class TestThrottling:
    def test_guessing_one_key_has_to_wait(self, stranger: Browser, clock: Clock) -> None:
        for _ in range(TRIES_BY_NAME):
            assert stranger.sign_in((KEYS[0], "no")).status_code == 403
        answer = stranger.sign_in()
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= WINDOW_SECONDS + 1
        assert stranger.sign_in(OTHERS).status_code == 303
        stranger.cookies.clear()
        clock.now += WINDOW_SECONDS
        assert stranger.sign_in().status_code == 303

    def test_signing_in_often_is_no_failure(self, stranger: Browser) -> None:
        for _ in range(TRIES_BY_ADDRESS + 5):
            stranger.cookies.clear()
            assert stranger.sign_in().status_code == 303

    def test_guessing_many_keys_has_to_wait(self, stranger: Browser) -> None:
        for number in range(TRIES_BY_ADDRESS):
            assert stranger.sign_in((f"key-{number}", "no")).status_code == 403
        assert stranger.sign_in().status_code == 429


class TestEveryAnswer:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (SIGN_IN, 200),
            (GUESTS, 200),
            ("/console/nowhere", 404),
            ("/console/sign-out", 405),
            ("/console", 200),
        ],
    )
    def test_carries_the_policy(self, browser: Browser, path: str, status: int) -> None:
        if path == SIGN_IN:
            browser.cookies.clear()
        answer = browser.get(path)
        assert answer.status_code == status
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]

    def test_has_neither_scripts_nor_styles_in_it(self, browser: Browser) -> None:
        order = browser.api.order()
        for path in (GUESTS, "/console/orders", f"/console/orders/{order}"):
            page = browser.see(path)
            assert "<style" not in page
            assert " style=" not in page
            assert all("src=" in part[:40] for part in page.split("<script")[1:])
