"""The console in a real browser: the guide's first steps by clicking, each page under the
rules of accessibility in both dresses, and all of it by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.journeys.programs import serving
from tests.journeys.tools import need

ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
AXE: Final = Path(__file__).parent / "axe" / "axe.min.js"
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PASSWORD: Final = "correct horse battery staple"
KEYS: Final = ("pages", "a-token-that-only-these-tests-know")
WIDE: Final = (1280, 800)
NARROW: Final = (360, 740)
HOSTILE: Final = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
)


class Shop:
    """A server with a little data, and the addresses of its pages."""

    def __init__(self, url: str, api: httpx.Client) -> None:
        self.url = url
        self._api = api
        self.order, self.guest = self._order("B56E3AA9", "Ada", "Lovelace", "ada@example.com")
        self.hostile_order, self.hostile_guest = self._order(
            HOSTILE, HOSTILE, "\u202eשלום" + "😀" * 200, "mallory@example.com"
        )
        self.hostile_user = urlencode({"name": HOSTILE})
        self._add_user(HOSTILE)

    def post(self, path: str, **body: object) -> dict[str, Any]:
        answer = self._api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def _order(self, reference: str, first: str, last: str, email: str) -> tuple[str, str]:
        order = self.post(
            "/orders",
            referenceId=reference,
            orderedAt="2024-01-01T16:17:16Z",
            currencyCode="EUR",
            price=100.5,
            status="PURCHASED",
            channel="WEB",
            pointOfSale=reference * 20,
        )["ref"]
        contact = self.post(
            f"/orders/{order}/contacts", firstName=first, lastName=last, emails=[email]
        )
        for number in range(3):
            item = self.post(
                f"/orders/{order}/orderItems",
                type="BOOK",
                name=reference[:100],
                description="long " * 2000,
                price=number,
                currencyCode="EUR",
                status="CONFIRMED",
            )["ref"]
            self.post(f"/orderItems/{item}/extensions/ext", giftWrap=True)
        self.post(f"/orders/{order}/extensions/ext", firstTimeOrder=True, note=reference * 30)
        return str(order), str(contact["guest"]["href"]).rpartition("/")[2]

    def _add_user(self, name: str) -> None:
        """As somebody does at the console, but without a browser."""
        users = "/console/settings/users"
        with httpx.Client(base_url=self.url, follow_redirects=True) as client:

            def send(page: str, **form: str) -> str:
                guard = re.search(r'name="guard" value="(\w+)"', client.get(page).text)
                assert guard is not None
                answer = client.post(page, data={"guard": guard[1], **form})
                assert answer.status_code == 200, answer.text
                return answer.text

            send("/console/sign-in", name=KEYS[0], secret=KEYS[1])
            said = send(users, name=name, password=PASSWORD, again=PASSWORD, access="read")
            assert "The user was added." in said

    def pages(self) -> dict[str, str]:
        settings = "/console/settings"
        return {
            "Home": "/console",
            "Guests": "/console/guests",
            "Guests, found by name": "/console/guests?search=Ada",
            "Guests, none found": "/console/guests?search=nobody&type=visitor",
            "Overview": f"/console/guests/{self.guest}",
            "Guests, oldest first": "/console/guests?sort=created::ASC",
            "Timeline": f"/console/guests/{self.guest}/timeline",
            "Timeline, hostile": f"/console/guests/{self.hostile_guest}/timeline",
            "Orders of a guest": f"/console/guests/{self.guest}/orders",
            "Properties": f"/console/guests/{self.guest}/properties",
            "Overview, hostile": f"/console/guests/{self.hostile_guest}",
            "Properties, hostile": f"/console/guests/{self.hostile_guest}/properties",
            "Orders": "/console/orders",
            "Orders, none found": "/console/orders?search=nobody",
            "Orders by status": "/console/orders?status=PURCHASED&channel=WEB",
            "Order": f"/console/orders/{self.order}",
            "Order, hostile": f"/console/orders/{self.hostile_order}",
            "API access": f"{settings}/access",
            "New token": f"{settings}/access/rotate?key={KEYS[0]}",
            "Identity rules": f"{settings}/rules",
            "Rules tried": f"{settings}/rules/try?email=ada@example.com&provider=x&id=1",
            "Delete a rule": f"{settings}/rules/delete?name=Email",
            "Manage guests": f"{settings}/guests",
            "Users": f"{settings}/users",
            "New password": f"{settings}/users/password?{self.hostile_user}",
            "Remove a user": f"{settings}/users/remove?{self.hostile_user}",
            "Delete a guest": f"/console/guests/{self.guest}/delete",
            "Nothing": "/console/nowhere",
        }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    variables = {"ORDERFOLIO_CLIENT_KEY": KEYS[0], "ORDERFOLIO_API_TOKEN": KEYS[1]}
    with serving(folder, "--database", "sqlite://", **variables) as served:
        with httpx.Client(base_url=f"{served.url}/v2.1", auth=KEYS) as api:
            shop = Shop(served.url, api)
        yield shop


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = need("chromium", "look at the console")
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


def open_page(
    chromium: Browser,
    shop: Shop,
    *,
    theme: str = "light",
    size: tuple[int, int] = WIDE,
    scripts: bool = True,
) -> Page:
    context = chromium.new_context(
        base_url=shop.url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        java_script_enabled=scripts,
        timezone_id="Asia/Kolkata",
    )
    return context.new_page()


def sign_in(page: Page) -> Page:
    page.goto("/console")
    page.get_by_label("Client key").fill(KEYS[0])
    page.get_by_label("API token").fill(KEYS[1])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


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
        page.get_by_role("link", name="Ada Lovelace").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Ada Lovelace"
        page.get_by_role("navigation", name="Guest Profile").get_by_role(
            "link", name="Orders"
        ).click()
        page.get_by_role("link", name="B56E3AA9").click()
        information = page.get_by_role("main").inner_text()
        assert "First Time Order\ntrue" in information
        # The viewer's zone is five and a half hours ahead.
        shown = page.locator("time").first.inner_text()
        assert shown == ("2024-01-01 21:47" if scripts else "2024-01-01 16:17 UTC")
        page.get_by_role("link", name="Guest Profile of Ada Lovelace").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Ada Lovelace"
        page.get_by_role("button", name="Sign out").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Sign in"

    def test_api_access_is_where_the_guide_says(self, chromium: Browser, shop: Shop) -> None:
        page = sign_in(open_page(chromium, shop))
        page.get_by_role("link", name="API access").click()
        page.get_by_label("Read-only").check()
        page.get_by_role("button", name="Create").click()
        key, token = page.get_by_role("status", name="New API token").locator("code").all()
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
