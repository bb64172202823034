"""Commands that make, copy and look over the database: what they print, and how they refuse."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.cli.programs import Program


class TestMigrate:
    def test_makes_a_database(self, program: Program, tmp_path: Path) -> None:
        path = tmp_path / "orderfolio.db"
        assert program.text("migrate") == f"The database {path} is up to date.\n"
        assert [file.name for file in tmp_path.iterdir()] == ["orderfolio.db"]

    def test_leaves_one_that_is_up_to_date_as_it_is(self, program: Program, tmp_path: Path) -> None:
        program.text("migrate")
        before = (tmp_path / "orderfolio.db").read_bytes()
        assert program.json("migrate") == {"database": str(tmp_path / "orderfolio.db")}
        assert (tmp_path / "orderfolio.db").read_bytes() == before

    def test_makes_the_folders_above_it(self, program: Program, tmp_path: Path) -> None:
        program.text("migrate", "--data", "a/b", "--database", "sqlite:///c/orders.db")
        assert (tmp_path / "a" / "b" / "c" / "orders.db").is_file()


class TestCompact:
    def test_gives_back_the_room_of_what_was_deleted(self, shop: Program, tmp_path: Path) -> None:
        path = tmp_path / "orderfolio.db"
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("INSERT INTO settings VALUES ('large', zeroblob(1000000))")
            database.execute("DELETE FROM settings WHERE name = 'large'")
            database.commit()
        told = shop.json("compact")
        assert told["database"] == str(path)
        assert told["before"] > 1_000_000 > told["after"] == path.stat().st_size
        assert shop.text("compact").startswith(f"Compacted {path}: ")
        assert shop.json("organisations", "list")[0]["name"] == "shop"
        assert shop.text("check") == f"The database {path} is sound.\n"

    def test_one_that_somebody_writes_is_left_as_it_is(
        self, shop: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("orderfolio.store.sqlite.files.BUSY_MILLISECONDS", 10)
        with contextlib.closing(apsw.Connection(str(tmp_path / "orderfolio.db"))) as database:
            database.execute("BEGIN IMMEDIATE")
            assert "can't be compacted" in shop.refusal("compact")


class TestBackup:
    def test_tells_programs_what_became_of_the_files(self, shop: Program, tmp_path: Path) -> None:
        assert shop.json("backup", "b.db") == {
            "database": str(tmp_path / "orderfolio.db"),
            "backup": str(tmp_path / "b.db"),
            "bytes": (tmp_path / "b.db").stat().st_size,
        }

    def test_replaces_a_file_when_forced(self, shop: Program, tmp_path: Path) -> None:
        (tmp_path / "b.db").write_text("mine")
        assert shop.refusal("backup", "b.db") == (
            "There is a file b.db already; --force replaces it"
        )
        assert shop.text("backup", "b.db", "--force").endswith(" bytes, checked and on disk.\n")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (("orderfolio.db", "--force"), "The file orderfolio.db is the database itself"),
            (("nowhere/b.db",), "The file nowhere/b.db can't be made: No such file or directory"),
            (("pipe", "--force"), "Pipe isn't a file"),
            (("b" * 300,), f"The file {'b' * 300} can't be reached: File name too long"),
            (
                ("b.db", "--database", "sqlite:///none.db"),
                "There is no database none.db; orderfolio migrate makes it",
            ),
        ],
    )
    def test_refuses_what_it_cannot_copy(
        self, shop: Program, arguments: tuple[str, ...], sentence: str
    ) -> None:
        os.mkfifo("pipe")
        assert shop.refusal("backup", *arguments) == sentence
        assert Path("pipe").is_fifo()


class TestRestore:
    def test_puts_a_backup_into_the_place_and_keeps_what_was_there(
        self, shop: Program, tmp_path: Path
    ) -> None:
        shop.text("backup", "b.db")
        shop.text("organisations", "create", "another")
        answer = shop.json("restore", "b.db", "--force")
        assert answer == {"database": str(tmp_path / "orderfolio.db"), "kept": answer["kept"]}
        assert [row["name"] for row in shop.json("organisations", "list")] == ["shop"]
        kept = f"sqlite:///{answer['kept']}"
        names = [row["name"] for row in shop.json("organisations", "list", "--database", kept)]
        assert names == ["shop", "another"]

    def test_makes_a_database_where_there_is_none(self, shop: Program, tmp_path: Path) -> None:
        shop.text("backup", "b.db")
        answer = shop.json("restore", "b.db", "--database", "sqlite:///new/other.db")
        assert answer == {"database": str(tmp_path / "new" / "other.db"), "kept": None}
        assert (tmp_path / "new" / "other.db").exists()

    def test_refuses_what_is_no_backup_or_is_not_wanted(self, shop: Program) -> None:
        assert shop.refusal("restore", "b.db") == "There is no file b.db"
        shop.text("backup", "b.db")
        assert shop.refusal("restore", "b.db").endswith(" already; --force replaces it")


class TestCheck:
    PROBLEM = "its organisation isn't there"

    def test_of_a_sound_database_ends_with_0(self, shop: Program, tmp_path: Path) -> None:
        path = tmp_path / "orderfolio.db"
        assert shop.text("check") == f"The database {path} is sound.\n"
        assert shop.json("check") == {"database": str(path), "sound": True, "problems": []}

    def test_of_a_broken_one_ends_with_1_and_a_line_a_problem(
        self, shop: Program, tmp_path: Path
    ) -> None:
        database = sqlite3.connect(tmp_path / "orderfolio.db", isolation_level=None)
        database.execute("INSERT INTO credentials VALUES ('k', 9, x'00', 0, 0, NULL)")
        database.close()
        assert shop("check") == (1, f"organisation 9, credential: {self.PROBLEM}\n", "")
        code, output, error = shop("check", "--json")
        assert (code, error) == (1, "")
        assert json.loads(output) == {
            "database": str(tmp_path / "orderfolio.db"),
            "sound": False,
            "problems": [
                {"organisation": 9, "noun": "credential", "ref": None, "problem": self.PROBLEM}
            ],
        }

    def test_of_what_cannot_be_checked_ends_with_2(self, program: Program, tmp_path: Path) -> None:
        (tmp_path / "orderfolio.db").write_text("referenceId,orderedAt\n")
        assert program.refusal("check").endswith("orderfolio.db isn't an SQLite file")


def _garbage(path: Path) -> None:
    path.write_bytes(b"not a database")


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scribbled(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 180_000)


def _foreign(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE songs (title TEXT)")
    database.close()


def _newer(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()


class TestDatabases:
    """Every command but those that make one refuses what isn't a database of ours."""

    COMMANDS = (("serve", "--port", "0"), ("migrate",), ("organisations", "list"))

    @pytest.mark.parametrize(
        ("spoil", "words"),
        [
            (_garbage, "isn't an SQLite file"),
            (_truncated, "is damaged"),
            (_scribbled, "is damaged"),
            (_foreign, "belongs to another program"),
            (_newer, "has version 99, made by a newer program"),
        ],
    )
    def test_a_spoilt_file_is_refused_and_left_as_it_is(
        self, shop: Program, tmp_path: Path, spoil: Callable[[Path], None], words: str
    ) -> None:
        path = tmp_path / "orderfolio.db"
        spoil(path)
        before = path.read_bytes()
        for command in self.COMMANDS:
            refused = shop.refusal(*command)
            assert refused.startswith("The database orderfolio.db ")
            assert words in refused
        assert path.read_bytes() == before

    def test_one_that_is_not_there_is_not_made_by_the_way(
        self, program: Program, tmp_path: Path
    ) -> None:
        for command in (("organisations", "list"), ("credentials", "create"), ("rules", "list")):
            assert program.refusal(*command) == (
                "There is no database orderfolio.db; orderfolio migrate makes it"
            )
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_that_can_t_be_made_is_named(self, program: Program, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        url = f"sqlite:///{tmp_path}/file/orders/orders.db"
        for command in (("serve", "--port", "0"), ("migrate",)):
            assert program.refusal(*command, "--database", url) == (
                f"The folder {tmp_path}/file/orders can't be made: Not a directory"
            )

    @pytest.mark.parametrize("name", [".", "x" * 300])
    def test_a_name_that_no_file_can_have_is_refused(self, program: Program, name: str) -> None:
        for command in (("serve", "--port", "0"), ("migrate",)):
            refused = program.refusal(*command, "--database", f"sqlite:///{name}")
            assert refused.startswith("The database ")

    def test_a_private_one_can_t_be_administered(self, program: Program) -> None:
        for command in (("migrate",), ("organisations", "list"), ("rules", "add", "A", "b")):
            assert program.refusal(*command, "--database", "sqlite://") == (
                "A database at sqlite:// is gone when its server stops; name a file"
            )


class TestServe:
    def test_a_port_that_is_taken_costs_nobody_a_token(
        self, program: Program, tmp_path: Path
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            refused = program.refusal("serve", "--port", str(port))
            assert refused.startswith(f"Port {port} of 127.0.0.1 can't be listened on: ")
        # So the next start is still the first one, and shows its credentials.
        assert program.json("organisations", "list") == []

    def test_a_host_that_is_not_there_is_named(self, program: Program) -> None:
        refused = program.refusal("serve", "--host", "host.invalid", "--port", "0")
        assert refused.startswith("Port 0 of host.invalid can't be listened on: ")
