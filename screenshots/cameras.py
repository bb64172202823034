"""The camera: every page of the console in Chromium, light and dark, wide and narrow."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from playwright.async_api import Browser, Page

from orderfolio.model import refs
from screenshots.samples import KEY, REGULAR, SHOP, USER, Shop

THEMES: Final = ("light", "dark")
SIZES: Final = {"wide": (1280, 720), "narrow": (390, 720)}
QUALITY: Final = 40


def addresses(shop: Shop) -> Mapping[str, str]:
    """The pages that are pictured, by the name of their file."""
    guest = f"/console/guests/{refs.spell(shop.guest)}"
    settings = "/console/settings"
    key, user = urlencode({"key": KEY.client_key}), urlencode({"name": USER})
    tried = urlencode({"role": "contact", "email": REGULAR, "provider": "loyalty", "id": "L-7000"})
    return {
        "home": "/console",
        "guests": "/console/guests",
        "guest-overview": guest,
        "guest-timeline": f"{guest}/timeline",
        "guest-orders": f"{guest}/orders",
        "guest-properties": f"{guest}/properties",
        "guest-deletion": f"{guest}/delete",
        "orders": "/console/orders",
        "order": f"/console/orders/{refs.spell(shop.order)}",
        "api-access": f"{settings}/access",
        "api-access-new-token": f"{settings}/access/rotate?{key}",
        "api-access-revoke": f"{settings}/access/revoke?{key}",
        "identity-rules": f"{settings}/rules",
        "identity-rules-tried": f"{settings}/rules/try?{tried}",
        "identity-rules-delete": f"{settings}/rules/delete?name=Email",
        "manage-guests": f"{settings}/guests",
        "audit-log": f"{settings}/audit",
        "users": f"{settings}/users",
        "users-new-password": f"{settings}/users/password?{user}",
        "users-remove": f"{settings}/users/remove?{user}",
    }


async def picture_all(browser: Browser, url: str, shop: Shop, folder: Path) -> int:
    """Make all pictures of a server at `url`; how many bytes they have together."""
    total = 0
    for theme in THEMES:
        for size, (width, height) in SIZES.items():
            context = await browser.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                color_scheme="dark" if theme == "dark" else "light",
                timezone_id="UTC",
                locale="en-GB",
                reduced_motion="reduce",
            )
            page = await context.new_page()
            keep = partial(_keep, folder, f"{theme}-{size}.webp")
            await page.goto("/console/sign-in")
            total += keep("sign-in", await _picture(page))
            await _sign_in(page)
            for name, address in addresses(shop).items():
                answer = await page.goto(address)
                if answer is None or answer.status != 200:
                    raise RuntimeError(f"{address} shows no page of {SHOP}")
                total += keep(name, await _picture(page))
            await context.close()
    return total


def _keep(folder: Path, end: str, name: str, picture: bytes) -> int:
    return (folder / f"{name}-{end}").write_bytes(picture)


async def _sign_in(page: Page) -> None:
    await page.get_by_label("Client key").fill(KEY.client_key)
    await page.get_by_label("API token").fill(KEY.api_token)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Sign out").wait_for()


async def _picture(page: Page) -> bytes:
    """WebP, which Chromium encodes itself: a quarter of what a PNG takes."""
    await page.evaluate("document.activeElement.blur()")
    devtools = await page.context.new_cdp_session(page)
    shot = await devtools.send(
        "Page.captureScreenshot", {"format": "webp", "quality": QUALITY, "optimizeForSpeed": False}
    )
    return base64.b64decode(shot["data"])
