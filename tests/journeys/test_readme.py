"""The README's five minutes, run by a shell as they stand."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
from tests.journeys.programs import environment, serving
from tests.journeys.tools import need

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text("utf-8")


def blocks(heading: str) -> list[str]:
    """The shell blocks of a section."""
    [section] = re.findall(
        rf"^## {heading}.*?\n(.*?)(?=^## )", README, flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"```sh\n(.*?)```", section, flags=re.DOTALL)


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """What the API answered, in order. The credentials are those that the README chooses; the
    address alone is not its own, since the port may be in use."""
    shell = need("bash", "run the README")
    need("curl", "run the README")
    folder = tmp_path_factory.mktemp("readme")
    chosen = dict(re.findall(r"(ORDERFOLIO_\w+)=(\S+)", "\n".join(blocks("Start"))))
    assert set(chosen) == {"ORDERFOLIO_CLIENT_KEY", "ORDERFOLIO_API_TOKEN"}
    with serving(folder, **chosen) as served:
        address = "http://127.0.0.1:8080"
        script = "\n".join(blocks("Five minutes"))
        assert script.count(address) == 1
        done = subprocess.run(
            [shell, "-euo", "pipefail", "-c", script.replace(address, served.url)],
            cwd=folder,
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_guest_s_order_is_found_from_nothing(answers: list[Any]) -> None:
    order, contact, guest, orders = answers[:4]
    assert order["referenceId"] == "ORDER-1001"
    assert contact["guest"]["href"] == guest["href"]
    assert (guest["guestType"], guest["emails"]) == ("customer", ["ada@example.com"])
    assert [item["ref"] for item in orders["items"]] == [order["ref"]]


def test_the_whole_order_is_read_in_one_answer(answers: list[Any]) -> None:
    item, extension, whole = answers[4:7]
    assert item["name"] == "Notes on the Analytical Engine"
    assert (extension["firstTimeOrder"], extension["storeLocation"]) == (True, "London")
    assert [row["ref"] for row in whole["orderItems"]["items"]] == [item["ref"]]
    assert [row["ref"] for row in whole["extensions"]["items"]] == [extension["ref"]]


def test_the_mistake_teaches(answers: list[Any]) -> None:
    [refused] = answers[7:]
    assert refused["status"] == 400
    for attribute in ("referenceID", "orderedAt", "price", "referenceId", "currencyCode"):
        assert f"{attribute}: " in refused["message"]
