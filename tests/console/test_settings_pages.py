"""Settings: API access, identity rules, and the deletion of guests."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.console.browsers import Browser, Clock, a_server, words
from tests.wire.clients import KEYS, READER

from orderfolio.housekeeping import keep_uses
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Store

ACCESS = "/console/settings/access"
RULES = "/console/settings/rules"
MANAGE = "/console/settings/guests"
GUESTS = "/console/guests"


def codes(page: str) -> list[str]:
    """What a page shows as code: keys and tokens."""
    return re.findall(r"<code>([^<]*)</code>", page)


@pytest.fixture
def reader(stranger: Browser) -> Browser:
    """Somebody whose token may only read."""
    assert stranger.sign_in(READER).status_code == 303
    return stranger


class TestApiAccess:
    def test_lists_the_client_keys_of_this_organisation_only(self, browser: Browser) -> None:
        page = browser.see(ACCESS)
        assert codes(page) == ["client-one", "client-reader"]
        assert "client-two" not in page
        assert "token-one" not in page

    @pytest.mark.parametrize(("access", "status"), [("full", 201), ("read", 403), ("x", 403)])
    def test_a_new_key_opens_what_was_chosen(
        self, browser: Browser, access: str, status: int
    ) -> None:
        made = browser.send(ACCESS, ACCESS, access=access)
        assert "shown this once" in words(made.text)
        client_key, api_token = codes(made.text)[:2]
        order = {
            "referenceId": "R",
            "orderedAt": "2024-01-01T00:00:00Z",
            "currencyCode": "EUR",
            "price": 1,
        }
        api = browser.api.as_((client_key, api_token))
        assert api.get("/v2.1/orders").status_code == 200
        assert api.post("/v2.1/orders", order).status_code == status
        assert api_token not in browser.see(ACCESS)

    def test_a_rotated_token_takes_the_place_of_the_old_one(self, browser: Browser) -> None:
        asked = words(browser.see(f"{ACCESS}/rotate", key="client-reader"))
        assert "The old token opens nothing from that moment on" in asked
        made = browser.send(ACCESS, f"{ACCESS}/rotate", key="client-reader")
        api_token = codes(made.text)[1]
        assert browser.api.as_(READER).get("/v2.1/orders").status_code == 401
        assert browser.api.as_(("client-reader", api_token)).get("/v2.1/orders").status_code == 200

    def test_who_rotates_their_own_token_stays_signed_in(self, browser: Browser) -> None:
        browser.send(ACCESS, f"{ACCESS}/rotate", key=KEYS[0])
        assert browser.get(ACCESS).status_code == 200
        assert browser.api.get("/v2.1/orders").status_code == 401

    def test_a_revoked_key_opens_nothing(self, browser: Browser) -> None:
        browser.send(ACCESS, f"{ACCESS}/revoke", key="client-reader")
        assert codes(browser.see(ACCESS)) == ["client-one"]
        assert browser.api.as_(READER).get("/v2.1/orders").status_code == 401

    def test_who_revokes_their_own_key_is_told_and_signed_out(self, browser: Browser) -> None:
        asked = words(browser.see(f"{ACCESS}/revoke", key=KEYS[0]))
        assert "you will be signed out" in asked
        browser.send(ACCESS, f"{ACCESS}/revoke", key=KEYS[0])
        assert browser.get(ACCESS).status_code == 303

    @pytest.mark.parametrize("what", ["rotate", "revoke"])
    @pytest.mark.parametrize("key", ["client-two", "nobody", ""])
    def test_another_organisations_key_is_not_found(
        self, browser: Browser, what: str, key: str
    ) -> None:
        assert browser.get(f"{ACCESS}/{what}", key=key).status_code == 404
        assert browser.send(ACCESS, f"{ACCESS}/{what}", key=key).status_code == 404

    def test_says_when_each_key_was_last_used(
        self, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        # Later than the key was made, whenever the test runs.
        clock.now = 4_000_000_000.0
        uses = Uses()
        browser = Browser(runner, a_server(store, clock, uses=uses))
        browser.sign_in()
        assert words(browser.see(ACCESS)).count("Never") == 2
        # Signing in is a use; what is looked at afterwards isn't.
        runner.run(keep_uses(store, uses))
        text = words(browser.see(ACCESS))
        assert text.count("Never") == 1
        assert "2096-10-02 07:06 UTC" in text
        assert uses.take(everything=True) == {}


class TestIdentityRules:
    def test_shows_the_rules_in_their_order(self, browser: Browser) -> None:
        assert browser.send(RULES, RULES, name="Loyalty", provider="loyalty").status_code == 303
        browser.send(RULES, RULES, name="Passport", provider="passport", position="1")
        text = words(browser.see(RULES))
        assert "1 Passport passport Delete Passport 2 Email email Delete Email 3 Loyalty" in text

    @pytest.mark.parametrize(
        ("name", "provider"), [("", "x"), ("x", " "), ("x" * 256, "x"), ("Email", "x")]
    )
    def test_what_is_no_rule_is_refused_in_words(
        self, browser: Browser, name: str, provider: str
    ) -> None:
        answer = browser.send(RULES, RULES, name=name, provider=provider)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
        assert "1 Email email" in words(answer.text)

    def test_five_are_the_most(self, browser: Browser) -> None:
        guard = browser.guard(RULES)
        for number in range(4):
            browser.post(RULES, {"guard": guard, "name": f"R{number}", "provider": "p"})
        assert "All 5 rules are in use." in words(browser.see(RULES))
        answer = browser.post(RULES, {"guard": guard, "name": "R5", "provider": "p"})
        assert answer.status_code == 400

    def test_a_rule_is_deleted_after_a_question(self, browser: Browser) -> None:
        assert "It is the only rule" in words(browser.see(f"{RULES}/delete", name="Email"))
        browser.send(RULES, f"{RULES}/delete", name="Email")
        assert "There are no rules." in words(browser.see(RULES))

    def test_a_rule_that_is_not_there_is_not_found(self, browser: Browser) -> None:
        assert browser.get(f"{RULES}/delete", name="x").status_code == 404
        assert browser.send(RULES, f"{RULES}/delete", name="x").status_code == 404


class TestTryingRules:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("email=ADA@example.com", "found by the rule “Email”:"),
            ("email=ada@example.com&role=consumer", "who would be a customer"),
            ("email=x@example.com", "A new guest of type customer"),
            ("email=x@example.com&role=consumer", "A new guest of type traveller"),
            ("provider=loyalty&id=1", "not enough identity"),
            ("", "not enough identity"),
        ],
    )
    def test_says_who_a_person_would_be(self, browser: Browser, query: str, said: str) -> None:
        browser.api.guest()
        text = words(browser.see(f"{RULES}/try?{query}"))
        assert said in text
        assert len(browser.api.get("/v2.1/guests").json()["items"]) == 1


class TestDeletingGuests:
    def test_says_what_goes_with_a_guest_then_deletes_it(self, browser: Browser) -> None:
        order = browser.api.order()
        browser.api.contact(order)
        (guest,) = browser.api.get("/v2.1/guests").json()["items"]
        page = f"{GUESTS}/{guest['ref']}/delete"
        assert f"/console/guests/{guest['ref']}/delete" in browser.see(MANAGE, search="Ada Byron")
        asked = words(browser.see(page))
        assert "Delete Ada Byron?" in asked
        assert "Deleted with it: 1 order without another guest as contact" in asked
        done = browser.send(page, page)
        assert "The guest was deleted, with" in words(browser.see(done.headers["location"]))
        assert browser.get(f"{GUESTS}/{guest['ref']}").status_code == 404
        assert browser.api.get(f"/v2.1/orders/{order}").status_code == 404

    def test_a_guest_that_is_not_there_is_not_found(self, browser: Browser) -> None:
        page = f"{GUESTS}/01890a5d-ac96-774b-bcce-b302099a8057/delete"
        assert browser.get(page).status_code == 404
        assert browser.send(MANAGE, page).status_code == 404


class TestReaders:
    def test_see_all_and_are_offered_nothing(self, reader: Browser) -> None:
        for page in (ACCESS, RULES, MANAGE):
            text = reader.see(page)
            assert text.count("<form method") == 1, "signing out is all"
            assert "and change nothing" in words(text)

    def test_change_nothing(self, reader: Browser) -> None:
        guest = reader.api.guest()
        for path, form in (
            (ACCESS, {"access": "full"}),
            (f"{ACCESS}/rotate", {"key": KEYS[0]}),
            (f"{ACCESS}/revoke", {"key": KEYS[0]}),
            (RULES, {"name": "x", "provider": "x"}),
            (f"{RULES}/delete", {"name": "Email"}),
            (f"{GUESTS}/{guest}/delete", {}),
        ):
            answer = reader.send(ACCESS, path, **form)
            assert answer.status_code == 403
            assert "may only read" in words(answer.text)
        assert reader.api.get(f"/v2.1/guests/{guest}").status_code == 200
        assert codes(reader.see(ACCESS)) == ["client-one", "client-reader"]
        assert "1 Email email" in words(reader.see(RULES))
