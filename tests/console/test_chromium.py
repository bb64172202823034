"""The console in a real browser: the guide's first steps by clicking, each page under the
rules of accessibility in both dresses, and all of it by keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.console.windows import KEYS, NARROW, PASSWORD, WIDE, Shop, open_page, sign_in
from tests.journeys.programs import serving

# For what comes of a click, in milliseconds.
PATIENCE: Final = 30_000
AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def flaws(page: Page) -> list[str]:
    """What axe finds wrong with a page."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]
    ]


class TestFirstSteps:
    """The guide: create an order and a contact, then find them by clicking."""

    @pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
    def test_an_order_is_found_by_its_guest(
        self, chromium: Browser, shop: Shop, scripts: bool
    ) -> None:
        page = sign_in(open_page(chromium, shop, scripts=scripts))
        page.get_by_role("link", name="Guests", exact=True).click()
        page.get_by_label("Search").fill(shop.guest)
        page.get_by_role("button", name="Guest type: All").click()
        title = page.get_by_role("heading", level=1)
        page.get_by_role("link", name="Ada Lovelace").click()
        expect(title).to_have_text("Ada Lovelace", timeout=PATIENCE)
        page.get_by_role("navigation", name="Guest Profile").get_by_role(
            "link", name="Orders"
        ).click()
        page.get_by_role("link", name="B56E3AA9").click()
        information = page.get_by_role("main")
        expect(information).to_contain_text(
            "First Time Order\ntrue", timeout=PATIENCE, use_inner_text=True
        )
        # The viewer's zone is five and a half hours ahead, which a script of the page looks up.
        shown = "2024-01-01 21:47" if scripts else "2024-01-01 16:17 UTC"
        expect(page.locator("time").first).to_have_text(shown, timeout=PATIENCE)
        page.get_by_role("link", name="Guest Profile of Ada Lovelace").click()
        expect(title).to_have_text("Ada Lovelace", timeout=PATIENCE)
        page.get_by_role("button", name="Sign out").click()
        expect(title).to_have_text("Sign in", timeout=PATIENCE)

    def test_api_access_is_where_the_guide_says(self, chromium: Browser, shop: Shop) -> None:
        page = sign_in(open_page(chromium, shop))
        page.get_by_role("link", name="API access").click()
        page.get_by_label("Read-only").check()
        page.get_by_role("button", name="Create").click()
        shown = page.get_by_role("status", name="New API token").locator("code")
        expect(shown).to_have_count(2, timeout=PATIENCE)
        key, token = shown.all()
        answer = httpx.get(f"{shop.url}/v2.1/orders", auth=(key.inner_text(), token.inner_text()))
        assert answer.status_code == 200


class TestUsers:
    def test_a_user_is_added_and_removed_by_keyboard(self, chromium: Browser, shop: Shop) -> None:
        page = sign_in(open_page(chromium, shop))
        page.get_by_role("link", name="Users").press("Enter")
        page.get_by_label("Name").focus()
        for text in ("zoe", PASSWORD, PASSWORD):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.get_by_role("row", name="zoe").get_by_text("Full", exact=True).wait_for()
        page.get_by_role("link", name="Remove zoe").press("Enter")
        page.get_by_role("button", name="Remove the user").press("Enter")
        page.get_by_text("The user was removed.").wait_for()
        assert page.get_by_role("row", name="zoe").count() == 0


class TestRefusals:
    def test_who_was_signed_out_signs_in_and_goes_on_where_they_were(
        self, chromium: Browser, shop: Shop
    ) -> None:
        page = sign_in(open_page(chromium, shop))
        page.goto(f"/console/guests/{shop.guest}/timeline")
        page.context.clear_cookies()
        page.get_by_role("link", name="Properties").click()
        page.get_by_label("Client key").fill(KEYS[0])
        page.get_by_label("API token").fill(KEYS[1])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/console/guests/{shop.guest}/properties")

    def test_a_form_with_another_guard_changes_nothing(self, chromium: Browser, shop: Shop) -> None:
        page = sign_in(open_page(chromium, shop))
        page.goto("/console/settings/rules/delete?name=Email")
        guard = page.locator("main input[name=guard]")
        guard.evaluate("field => { field.value = '0'.repeat(field.value.length); }")
        page.get_by_role("button", name="Delete the rule").click()
        page.get_by_role("heading", name="That form has expired").wait_for()
        page.goto("/console/settings/rules")
        assert page.get_by_role("link", name="Delete Email").is_visible()

    def test_a_guest_that_is_not_the_organisation_s_is_not_there(
        self, chromium: Browser, shop: Shop
    ) -> None:
        page = sign_in(open_page(chromium, shop))
        for tab in ("", "/timeline", "/orders", "/properties", "/delete"):
            answer = page.goto(f"/console/guests/01890a5d-ac96-774b-bcce-b302099a8057{tab}")
            assert answer is not None
            assert answer.status == 404
            assert page.get_by_role("heading", level=1).inner_text() == "Nothing is here"


class TestAccessibility:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
    def test_every_page_keeps_the_rules(
        self, chromium: Browser, shop: Shop, theme: str, size: tuple[int, int]
    ) -> None:
        page = open_page(chromium, shop, theme=theme, size=size)
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
        )
        page.goto("/console/sign-in")
        found = {"Sign in": flaws(page)}
        sign_in(page)
        for name, address in shop.pages().items():
            answer = page.goto(address)
            assert answer is not None
            assert answer.status == (404 if name == "Nothing" else 200), name
            found[name] = flaws(page)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[name].append("wider than the window")
            assert page.title() != "taken"
        assert {name: wrong for name, wrong in found.items() if wrong} == {}
        assert complaints == []

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_pages_with_nothing_on_them_keep_the_rules(
        self, chromium: Browser, tmp_path: Path, theme: str
    ) -> None:
        variables = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
        with serving(tmp_path, "--database", "sqlite://", **variables) as served:
            page = sign_in(open_page(chromium, served, theme=theme))
            found = {}
            for address in ("", "/guests", "/orders", "/settings/guests", "/settings/users"):
                page.goto(f"/console{address}")
                assert page.locator(".empty").count() >= 1, address
                found[address] = flaws(page)
            page.context.close()
        assert {address: wrong for address, wrong in found.items() if wrong} == {}

    def test_every_control_is_reached_by_keyboard(self, chromium: Browser, shop: Shop) -> None:
        page = sign_in(open_page(chromium, shop))
        for address in shop.pages().values():
            page.goto(address)
            wanted = page.evaluate(
                """() => {
                  const controls = [...document.querySelectorAll(
                    "a[href], button, input:not([type=hidden]), select, summary")]
                    .filter((one) => one.checkVisibility());
                  // Of radio buttons, the keyboard reaches the group.
                  const asked = controls.filter((one) => one.type !== "radio" || one.checked);
                  window.missed = new Set(asked);
                  document.addEventListener("focusin", (event) => missed.delete(event.target));
                  return asked.length;
                }"""
            )
            for _ in range(wanted + 30):
                page.keyboard.press("Tab")
            assert page.evaluate("[...missed].map((one) => one.outerHTML)") == [], address

    def test_signing_in_and_searching_need_no_mouse(self, chromium: Browser, shop: Shop) -> None:
        page = open_page(chromium, shop)
        page.goto("/console/guests")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
        page.keyboard.press("Tab")
        for text in KEYS:
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_label("Search").focus()
        page.keyboard.type("ada@example.com")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Ada Lovelace").press("Enter")
        page.get_by_role("heading", name="Ada Lovelace").wait_for()


class TestSwitches:
    def test_the_dress_and_the_zone_are_the_viewer_s_choice(
        self, chromium: Browser, shop: Shop
    ) -> None:
        page = sign_in(open_page(chromium, shop))
        page.goto(f"/console/orders/{shop.order}")
        paper = "getComputedStyle(document.body).backgroundColor"
        light = page.evaluate(paper)
        page.get_by_role("button", name="Dark").click()
        page.get_by_role("button", name="Times in UTC").click()
        page.reload()
        assert page.evaluate(paper) != light
        assert page.locator("time").first.inner_text() == "2024-01-01 16:17 UTC"
        page.get_by_role("button", name="Times in my zone").click()
        assert page.locator("time").first.inner_text() == "2024-01-01 21:47"
