"""The pictures in the documentation: of every page, and of a shop that is the same in each run."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Final

from tests.console.browsers import Browser, Clock as Seconds, a_server

from orderfolio.console.application import PAGES
from orderfolio.console.visits import SIGN_IN
from screenshots import cameras, samples
from screenshots.samples import KEY, Clock, Shop

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
MOST_BYTES: Final = 1_900_000


def opened(runner: asyncio.Runner, folder: Path, clock: Clock) -> Shop:
    folder.mkdir()
    return runner.run(samples.open_shop(folder / "orders.db", clock))


def looked_at(runner: asyncio.Runner, folder: Path) -> dict[str, str]:
    """Every page that is pictured, as a new shop shows it."""
    clock, seconds = Clock(), Seconds()
    shop = opened(runner, folder, clock)
    seconds.now = clock.now()
    browser = Browser(runner, a_server(shop.store, seconds))
    assert browser.sign_in((KEY.client_key, KEY.api_token)).status_code == 303
    pages = {
        address: re.sub(r'name="guard" value="\w+"', "", browser.see(address))
        for address in cameras.addresses(shop).values()
    }
    runner.run(shop.store.close())
    return pages


def test_every_run_shows_the_same(runner: asyncio.Runner, tmp_path: Path) -> None:
    first, second = (looked_at(runner, tmp_path / name) for name in ("first", "second"))
    assert first == second
    assert "Ada Lovelace" in "".join(first.values())


def test_every_page_is_pictured(runner: asyncio.Runner, tmp_path: Path) -> None:
    shop = opened(runner, tmp_path / "shop", Clock())
    runner.run(shop.store.close())
    pictured = [address.partition("?")[0] for address in cameras.addresses(shop).values()]
    for method, path, _ in PAGES:
        if method == "GET" and path != SIGN_IN:
            pattern = re.sub(r"\{\w+\}", "[0-9a-f-]{36}", path)
            assert any(re.fullmatch(pattern, address) for address in pictured), path


def test_the_pictures_are_there_and_small(runner: asyncio.Runner, tmp_path: Path) -> None:
    shop = opened(runner, tmp_path / "shop", Clock())
    runner.run(shop.store.close())
    expected = {
        f"{name}-{theme}-{size}.webp"
        for name in ("sign-in", *cameras.addresses(shop))
        for theme in cameras.THEMES
        for size in cameras.SIZES
    }
    pictures = list(FOLDER.iterdir())
    assert {picture.name for picture in pictures} == expected
    assert sum(picture.stat().st_size for picture in pictures) <= MOST_BYTES
    for picture in pictures:
        assert picture.read_bytes()[8:12] == b"WEBP", picture.name


def test_who_is_in_them_has_an_address_that_is_nobody_s(
    runner: asyncio.Runner, tmp_path: Path
) -> None:
    text = "".join(looked_at(runner, tmp_path / "shop").values())
    assert set(re.findall(r"\w@([\w.]+)", text)) == {"example.com"}
