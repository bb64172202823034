"""What a browser loads for a page and how it comes about: figures, of which those that no
machine's pace can change are bounded.

    .venv/bin/python -m pytest -rP tests/console/test_vitals.py

shows all of them. The bounds on elements and shifts are no looser than those at which
Lighthouse begins to take marks off.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from msgspec import Struct, convert
from playwright.sync_api import Browser, Page
from tests.console.windows import NARROW, WIDE, Shop, open_page, sign_in

BYTES: Final = 96 * 1024
REQUESTS: Final = 6
ELEMENTS: Final = 1_400
SHIFT: Final = 0.05

# In the page from its first byte on, whatever its policy says of scripts.
_WATCH: Final = """
    window.seen = {shift: 0, paint: 0, blocked: 0};
    const watch = (type, note) => new PerformanceObserver(
        (list) => list.getEntries().forEach(note)).observe({type, buffered: true});
    watch("layout-shift", (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
    watch("largest-contentful-paint", (one) => { seen.paint = one.startTime; });
    watch("longtask", (one) => { seen.blocked += one.duration - 50; });
"""
_TELL: Final = """
    () => new Promise((tell) => setTimeout(() => tell({
        ...seen,
        first: performance.getEntriesByType("navigation")[0].responseStart,
        elements: document.querySelectorAll("*").length,
    }), 100))
"""


class Vitals(Struct, frozen=True):
    """`shift` has no unit; `first` byte, largest `paint` and `blocked` are milliseconds."""

    shift: float
    paint: float
    blocked: float
    first: float
    elements: int
    requests: int
    bytes: int
    hosts: frozenset[str]


def visit(page: Page, address: str) -> Vitals:
    """What a page takes of somebody who was never here before."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    asked: list[str] = []
    taken: list[float] = []

    def note_request(event: dict[str, Any]) -> None:
        asked.append(event["request"]["url"])

    def note_end(event: dict[str, Any]) -> None:
        taken.append(event["encodedDataLength"])

    devtools.on("Network.requestWillBeSent", note_request)
    devtools.on("Network.loadingFinished", note_end)
    page.goto(address, wait_until="networkidle")
    told = page.evaluate(_TELL)
    devtools.detach()
    return convert(
        {
            **told,
            "requests": len(asked),
            "bytes": int(sum(taken)),
            "hosts": {url.split("/")[2] for url in asked if not url.startswith("data:")},
        },
        Vitals,
    )


def test_every_page_is_light_and_stands_still(chromium: Browser, shop: Shop) -> None:
    lines = [
        "| page | bytes | requests | elements | shift | first byte | largest paint | blocked |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    host = shop.url.removeprefix("http://")
    for size in (WIDE, NARROW):
        page = sign_in(open_page(chromium, shop, size=size))
        page.add_init_script(_WATCH)
        for name, address in shop.pages().items():
            found = visit(page, address)
            lines.append(
                f"| {name}, {size[0]} wide | {found.bytes:,} | {found.requests} "
                f"| {found.elements:,} | {found.shift:.3f} | {found.first:.0f} ms "
                f"| {found.paint:.0f} ms | {found.blocked:.0f} ms |"
            )
            assert found.hosts == {host}, name
            assert 0 < found.bytes <= BYTES, name
            assert found.requests <= REQUESTS, name
            assert found.elements <= ELEMENTS, name
            assert found.shift <= SHIFT, name
    sys.stdout.write("\n".join(lines) + "\n")


def test_a_page_of_as_much_as_is_shown_stays_light(chromium: Browser, shop: Shop) -> None:
    """An order with more items than a page shows."""
    order = shop.crowded_order(items=120)
    page = sign_in(open_page(chromium, shop))
    page.add_init_script(_WATCH)
    found = visit(page, f"/console/orders/{order}")
    assert "first 100 of 120" in page.get_by_role("main").inner_text()
    assert 0 < found.bytes <= 3 * BYTES
    assert found.shift <= SHIFT
