"""What the program is made of: pinned, with hashes, and told with its licence."""

from __future__ import annotations

import json
import re
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest

from requirements.bill import LOCK, Locked, bill, main, read_lock

ROOT = Path(__file__).parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
RUNTIME = read_lock(LOCK.read_text("utf-8"))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: str(path.name))
def test_every_dependency_is_pinned_with_hashes(path: Path) -> None:
    locked = read_lock(path.read_text("utf-8"))
    assert locked
    assert [one.name for one in locked if not one.hashes] == []


@pytest.mark.parametrize(
    "line", ["jinja2>=3", "--extra-index-url x", "jinja2 @ file:///x", "    --hash=md5:00"]
)
def test_what_is_not_pinned_is_noticed(line: str) -> None:
    with pytest.raises(ValueError, match="neither a version nor a hash"):
        read_lock(f"apsw==1.0\n{line}\n")


@pytest.mark.parametrize(
    ("lock", "is_optional"), [(LOCK, False), (LOCK.with_name("telemetry.txt"), True)]
)
def test_every_dependency_that_the_program_declares_is_locked(
    lock: Path, is_optional: bool
) -> None:
    declared = {
        re.split(r"[^A-Za-z0-9._-]", line)[0]
        for line in requires("orderfolio") or ()
        if ("extra ==" in line) is is_optional
    }
    assert declared
    assert declared - {one.name for one in read_lock(lock.read_text("utf-8"))} == set()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return bill(RUNTIME)


class TestBill:
    @pytest.mark.parametrize("locked", RUNTIME, ids=lambda locked: str(locked.name))
    def test_it_has_each_dependency_with_its_licence_and_its_hashes(
        self, document: dict[str, Any], locked: Locked
    ) -> None:
        [one] = [row for row in document["components"] if row["name"] == locked.name]
        assert one["version"] == locked.version
        assert one["purl"] == f"pkg:pypi/{locked.name}@{locked.version}"
        assert one["licenses"]
        assert {digest["content"] for digest in one["hashes"]} == set(locked.hashes)

    def test_it_has_nothing_else(self, document: dict[str, Any]) -> None:
        assert len(document["components"]) == len(RUNTIME)

    def test_it_is_that_of_this_version(self, document: dict[str, Any]) -> None:
        assert document["bomFormat"] == "CycloneDX"
        assert document["metadata"]["component"]["version"] == version("orderfolio")

    def test_it_is_the_same_each_time(
        self, document: dict[str, Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        main()
        assert json.loads(capsys.readouterr().out) == document
        assert bill(RUNTIME[1:])["serialNumber"] != document["serialNumber"]
