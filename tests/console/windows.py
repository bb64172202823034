"""Windows of a real Chromium, and a server with a little data, some of it awful."""

from __future__ import annotations

import re
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Browser, Page

ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
PASSWORD: Final = "correct horse battery staple"
KEYS: Final = ("pages", "a-token-that-only-these-tests-know")
WIDE: Final = (1280, 800)
NARROW: Final = (360, 740)
HOSTILE: Final = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"
)


class Server(Protocol):
    """What listens somewhere."""

    @property
    def url(self) -> str: ...


class Shop:
    """A server with a little data, and the addresses of its pages."""

    def __init__(self, url: str, api: httpx.Client) -> None:
        self.url: str = url
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
        order = self._bare_order(reference)
        contact = self.post(
            f"/orders/{order}/contacts", firstName=first, lastName=last, emails=[email]
        )
        for number in range(3):
            item = self._item(order, reference[:100], number, "long " * 2000)
            self.post(f"/orderItems/{item}/extensions/ext", giftWrap=True)
        self.post(f"/orders/{order}/extensions/ext", firstTimeOrder=True, note=reference * 30)
        return order, str(contact["guest"]["href"]).rpartition("/")[2]

    def crowded_order(self, items: int) -> str:
        """An order with so many items."""
        order = self._bare_order("CROWDED")
        for number in range(items):
            self._item(order, f"Item {number}", number, "short")
        return order

    def _bare_order(self, reference: str) -> str:
        order = self.post(
            "/orders",
            referenceId=reference,
            orderedAt="2024-01-01T16:17:16Z",
            currencyCode="EUR",
            price=100.5,
            status="PURCHASED",
            channel="WEB",
            pointOfSale=reference * 20,
        )
        return str(order["ref"])

    def _item(self, order: str, name: str, price: int, description: str) -> str:
        item = self.post(
            f"/orders/{order}/orderItems",
            type="BOOK",
            name=name,
            description=description,
            price=price,
            currencyCode="EUR",
            status="CONFIRMED",
        )
        return str(item["ref"])

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
            "Audit log": f"{settings}/audit",
            "Audit log of a guest": f"{settings}/audit?ref={self.guest}",
            "Audit log, none found": f"{settings}/audit?ref=nothing",
            "Users": f"{settings}/users",
            "New password": f"{settings}/users/password?{self.hostile_user}",
            "Remove a user": f"{settings}/users/remove?{self.hostile_user}",
            "Delete a guest": f"/console/guests/{self.guest}/delete",
            "Nothing": "/console/nowhere",
        }


def open_page(
    chromium: Browser,
    server: Server,
    *,
    theme: str = "light",
    size: tuple[int, int] = WIDE,
    scripts: bool = True,
) -> Page:
    context = chromium.new_context(
        base_url=server.url,
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
