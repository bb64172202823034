"""`python -m screenshots`: serve a made-up shop, and picture each page of its console."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright

from orderfolio.console.application import create_console
from orderfolio.console.pages import create_pages
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Store
from orderfolio.wire import server
from orderfolio.wire.application import Application
from orderfolio.wire.asgi import Scope
from orderfolio.wire.documents import SPELLING
from screenshots import cameras, samples
from screenshots.samples import Clock

FOLDER: Final = Path(__file__).parents[1] / "docs" / "screenshots"
# What is seen of the address of the API, at whatever port the server listens.
BASE: Final = "http://127.0.0.1:8080"

_OPENAPI: Final = b'{"openapi":"3.1.0","info":{"title":"Orders","version":"2.1"}}'
_ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--no-first-run",
)


def main() -> int:
    """0 when all were made, 2 where Chromium is missing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stderr.write("Chromium is missing; on Debian: apt-get install chromium\n")
        return 2
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.webp"):
        file.unlink()
    total = asyncio.run(_make(chromium))
    made = len(list(FOLDER.glob("*.webp")))
    sys.stdout.write(f"{made} pictures, {total / 1024:.0f} KiB, in {FOLDER.name}\n")
    return 0


async def _make(chromium: str) -> int:
    clock = Clock()
    with tempfile.TemporaryDirectory(prefix="orderfolio-screenshots-") as folder:
        shop = await samples.open_shop(Path(folder) / "orders.db", clock)
        listening: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        application = _application(shop.store, clock)
        serving = asyncio.create_task(
            server.serve(application, "127.0.0.1", 0, on_listening=listening.set_result, stop=stop)
        )
        try:
            url = f"http://127.0.0.1:{await listening}"
            async with async_playwright() as tools:
                browser = await tools.chromium.launch(
                    executable_path=chromium, args=list(_ARGUMENTS)
                )
                total = await cameras.picture_all(browser, url, shop, FOLDER)
                await browser.close()
        finally:
            stop.set()
            await serving
            await shop.store.close()
    return total


def _application(store: Store, clock: Clock) -> Application:
    def base_of(_: Scope) -> str:
        return BASE

    def client_of(_: Scope) -> str:
        return "192.0.2.1"

    console = create_console(store, SPELLING, base_of, client_of, Uses(), clock.now)
    pages = create_pages(_OPENAPI, console, base_of)
    return Application(store, openapi=_OPENAPI, pages=pages, clock=clock.instant)


if __name__ == "__main__":
    sys.exit(main())
