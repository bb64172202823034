"""What the program is made of: pinned, with hashes, and told with its licence."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import pytest

from requirements import audit
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


def report(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


SOUND: dict[str, Any] = {"name": "apsw", "version": "3.54.1.0", "vulns": []}
FLAW: dict[str, Any] = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3.1.7"]}
FLAWED: dict[str, Any] = {"name": "jinja2", "version": "3.1.6", "vulns": [FLAW]}
UNKNOWN: dict[str, Any] = {"name": "uvloop", "skip_reason": "not found"}


class TestAudit:
    @pytest.mark.parametrize(
        ("packages", "status", "lenient_status", "words"),
        [
            ([SOUND], 0, 0, ["Audited: no vulnerability is known of 1 packages."]),
            (
                [SOUND, FLAWED],
                1,
                1,
                ["VULNERABLE: jinja2 3.1.6: PYSEC-1, CVE-1; mended in 3.1.7"],
            ),
            (
                [SOUND, UNKNOWN],
                2,
                0,
                ["NOT AUDITED: no advisories can be had here for uvloop."],
            ),
            (
                [UNKNOWN, UNKNOWN],
                2,
                0,
                ["NOT AUDITED: no advisories can be had here for any of 2 packages."],
            ),
            (
                [UNKNOWN, FLAWED],
                1,
                1,
                [
                    "VULNERABLE: jinja2 3.1.6: PYSEC-1, CVE-1; mended in 3.1.7",
                    "NOT AUDITED: no advisories can be had here for uvloop.",
                ],
            ),
        ],
    )
    def test_what_is_known_or_unknown_of_a_package_is_told(
        self,
        packages: list[dict[str, Any]],
        status: int,
        lenient_status: int,
        words: list[str],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert audit.main([], lambda _: report(*packages)) == status
        assert capsys.readouterr().out.splitlines() == words
        assert audit.main(["--if-reachable"], lambda _: report(*packages)) == lenient_status
        assert capsys.readouterr().out.splitlines() == words

    @pytest.mark.parametrize("said", ["", "null", "{}", "<html>", '{"dependencies": 7}'])
    def test_no_report_is_no_success(self, said: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert audit.main([], lambda _: said) == 2
        assert audit.main(["--if-reachable"], lambda _: said) == 0
        told = "NOT AUDITED: advisories can't be had here: pip-audit gave no report"
        assert capsys.readouterr().out.splitlines() == [told] * 2

    def test_a_lock_without_packages_is_no_success(self) -> None:
        assert audit.main([], lambda _: report()) == 2

    def test_every_lock_is_asked_for(self) -> None:
        asked: list[Path] = []

        def ask(locks: Sequence[Path]) -> str:
            asked.extend(locks)
            return report(SOUND)

        assert audit.main([], ask) == 0
        assert asked == LOCKS

    def test_a_tool_that_fails_is_quoted(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        broken = tmp_path / "python"
        broken.write_text("#!/bin/sh\necho Traceback >&2\necho 'No route to host' >&2\nexit 1\n")
        broken.chmod(0o755)
        monkeypatch.setattr("sys.executable", str(broken))
        with pytest.raises(audit.NoAnswer, match=r"^No route to host$"):
            audit.ask(LOCKS)
