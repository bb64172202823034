"""`orderfolio copy`: what it takes, what it shows meanwhile, and what it tells at the end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.cli.programs import Program

FILES = ("--from", "sqlite:///orderfolio.db", "--to", "sqlite:///deep/moved.db")
EMPTY = "0" * 64


class TestCopy:
    def test_tells_programs_what_both_sides_hold(self, shop: Program, tmp_path: Path) -> None:
        told = shop.json("copy", *FILES)
        tables = told.pop("tables")
        assert told == {
            "from": str(tmp_path / "orderfolio.db"),
            "to": str(tmp_path / "deep" / "moved.db"),
        }
        assert [list(row) for row in tables] == [["table", "rows", "checksum"]] * len(tables)
        held = {row["table"]: row["rows"] for row in tables if row["rows"]}
        assert held == {"audit": 1, "numbering": 1, "organisations": 1, "rules": 1, "settings": 1}
        assert {row["checksum"] for row in tables if not row["rows"]} == {EMPTY}

    def test_tells_a_log_line_by_line(self, shop: Program, tmp_path: Path) -> None:
        lines = shop.text("copy", *FILES).splitlines()
        assert lines[:10] == [
            " 10 %  copying audit",
            " 20 %  copying numbering",
            " 30 %  copying organisations",
            " 40 %  copying rules",
            " 50 %  copying settings",
            " 60 %  verifying audit",
            " 70 %  verifying numbering",
            " 80 %  verifying organisations",
            " 90 %  verifying rules",
            "100 %  verifying settings",
        ]
        assert all(re.fullmatch(r"[0-9a-f]{64} +\d+  \w+", line) for line in lines[10:-1])
        assert lines[-1] == (
            f"Copied {tmp_path}/orderfolio.db to {tmp_path}/deep/moved.db: "
            "5 rows, the same on both sides."
        )

    def test_draws_a_bar_for_who_looks_on(
        self, shop: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        code, output, error = shop("copy", *FILES)
        assert code == 0
        assert " %  " not in output
        assert "verifying settings" in error
        assert "100%" in error

    def test_what_was_copied_is_used_as_the_first_was(self, shop: Program) -> None:
        made = shop.json("credentials", "create", "--organisation", "shop")
        shop.json("copy", *FILES)
        there = ("--database", FILES[3])
        listed = shop.json("credentials", "list", "--organisation", "shop", *there)
        assert [row["clientKey"] for row in listed] == [made["clientKey"]]
        assert shop.json("check", *there)["sound"]

    def test_relative_paths_begin_in_the_data_folder(self, shop: Program, tmp_path: Path) -> None:
        (tmp_path / "orderfolio.db").rename(tmp_path / "first.db")
        (tmp_path / "data").mkdir()
        (tmp_path / "first.db").rename(tmp_path / "data" / "orderfolio.db")
        told = shop.json("copy", *FILES, "--data", "data")
        assert told["to"] == str(tmp_path / "data" / "deep" / "moved.db")

    def test_wrong_places_are_told_by_the_option_that_named_them(self, shop: Program) -> None:
        form = (
            "must have the form sqlite:///relative/path, sqlite:////absolute/path, sqlite:// or "
            "postgresql://…"
        )
        assert shop.refusal("copy", "--from", "x", "--to", "y") == f"--from: {form}"
        assert shop.refusal("copy", *FILES[:2], "--to", "y") == f"--to: {form}"
        assert shop.refusal("copy", *FILES[:2]) == "Missing option '--to'"

    def test_a_private_file_is_no_place(self, shop: Program) -> None:
        gone = "A database at sqlite:// is gone when its server stops; name a file"
        assert shop.refusal("copy", *FILES[:2], "--to", "sqlite://") == gone
        assert shop.refusal("copy", "--from", "sqlite://", *FILES[2:]) == gone

    def test_a_source_must_be_there(self, program: Program, tmp_path: Path) -> None:
        assert program.refusal("copy", *FILES) == (
            "There is no database orderfolio.db; orderfolio migrate makes it"
        )
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("option", ["--from", "--to"])
    def test_a_server_that_is_not_there_is_told_without_what_opens_it(
        self, shop: Program, option: str
    ) -> None:
        server = "postgresql://me:secret@127.0.0.1:1/orders"
        places = {"--from": FILES[1], "--to": FILES[3], option: server}
        refused = shop.refusal("copy", *[word for place in places.items() for word in place])
        assert refused.startswith("The database can't be reached: ")
        assert "secret" not in refused

    def test_ctrl_c_leaves_what_was_copied(
        self, shop: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("orderfolio.assembly.copy", interrupt)
        assert shop.refusal("copy", *FILES) == (
            "Stopped; what was copied stays, run it again to go on"
        )
