"""The commands: what they print, what they do to a database, and how they refuse."""

from __future__ import annotations

import contextlib
import io
import json
import re
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import argon2
import click
import pytest

from orderfolio.cli import main

FAILED: Final = 2
COMMANDS: Final = "serve, migrate, check, backup, restore, organisations, credentials, rules, users"
STAMP: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Program:
    """The program in this process, in a folder of its own."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        written = self._capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, written.out, written.err

    def text(self, *arguments: str) -> str:
        code, output, error = self(*arguments)
        assert (code, error) == (0, "")
        return output

    def json(self, *arguments: str) -> Any:
        [line] = self.text(*arguments, "--json").splitlines()
        return json.loads(line)

    def refusal(self, *arguments: str) -> str:
        """The one sentence, without its full stop."""
        code, output, error = self(*arguments)
        assert (code, output) == (FAILED, "")
        [sentence] = error.splitlines()
        assert sentence.endswith(".")
        return sentence[:-1]


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Program:
    monkeypatch.chdir(tmp_path)
    return Program(capsys)


@pytest.fixture
def shop(program: Program) -> Program:
    """With a database that has one organisation, `shop`."""
    program.text("organisations", "create", "shop")
    return program


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
            (
                ("b.db", "--database", "sqlite:///none.db"),
                "There is no database none.db; orderfolio migrate makes it",
            ),
        ],
    )
    def test_refuses_what_it_cannot_copy(
        self, shop: Program, arguments: tuple[str, ...], sentence: str
    ) -> None:
        assert shop.refusal("backup", *arguments) == sentence


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
        database.execute("INSERT INTO credentials VALUES ('k', 9, x'00', 0, 0)")
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


class TestOrganisations:
    def test_created_ones_are_listed_in_their_order(self, shop: Program) -> None:
        assert shop.text("organisations", "create", "pier") == (
            "Created pier; make it credentials next.\n"
        )
        assert shop.json("organisations", "create", "quay") == {"name": "quay"}
        lines = shop.text("organisations", "list").splitlines()
        assert [re.sub(STAMP, "T", line) for line in lines] == ["T  shop", "T  pier", "T  quay"]
        rows = shop.json("organisations", "list")
        assert [row["name"] for row in rows] == ["shop", "pier", "quay"]
        assert all(re.fullmatch(STAMP, row["createdAt"]) for row in rows)

    def test_a_renamed_one_has_its_new_name_only(self, shop: Program) -> None:
        assert shop.text("organisations", "rename", "shop", "store") == "shop is now store.\n"
        assert shop.json("organisations", "rename", "store", "pier") == {"name": "pier"}
        assert [row["name"] for row in shop.json("organisations", "list")] == ["pier"]

    def test_a_removed_one_is_gone(self, shop: Program) -> None:
        assert shop.text("organisations", "remove", "shop", "--yes") == (
            "Removed shop: 0 orders and guests.\n"
        )
        assert shop.json("organisations", "list") == []
        shop.text("organisations", "create", "shop")
        removed = shop.json("organisations", "remove", "shop", "--yes")
        assert removed == {"name": "shop", "deleted": 0}

    def test_removing_asks_who_is_there_to_answer(
        self, shop: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert shop.refusal("organisations", "remove", "shop") == (
            "Nobody is here to be asked; say --yes"
        )
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        for answer, left in (("n", 1), ("y", 0)):
            monkeypatch.setattr("click.termui.visible_prompt_func", lambda _, said=answer: said)
            shop("organisations", "remove", "shop")
            assert len(shop.json("organisations", "list")) == left

    def test_a_name_is_taken_once(self, shop: Program) -> None:
        shop.text("organisations", "create", "pier")
        taken = "Organisation 'shop' exists already"
        assert shop.refusal("organisations", "create", "shop") == taken
        assert shop.refusal("organisations", "rename", "pier", "shop") == taken

    @pytest.mark.parametrize(
        "arguments",
        [
            ("organisations", "rename", "pier", "quay"),
            ("organisations", "remove", "pier", "--yes"),
            ("credentials", "create", "--organisation", "pier"),
            ("credentials", "list", "--organisation", "pier"),
            ("rules", "list", "--organisation", "pier"),
        ],
        ids=" ".join,
    )
    def test_one_that_is_not_there_is_said_to_be_missing(
        self, shop: Program, arguments: tuple[str, ...]
    ) -> None:
        assert shop.refusal(*arguments) == "There is no organisation 'pier'"

    @pytest.mark.parametrize("name", ["", " shop", "two\nlines", "\udcff", "x" * 256])
    def test_a_name_is_a_line_that_can_be_seen(self, shop: Program, name: str) -> None:
        rule = "must be 1 to 255 printable characters, without blanks around them"
        assert shop.refusal("organisations", "create", name).endswith(rule)
        assert shop.refusal("credentials", "rotate", name).endswith(rule)
        assert shop.refusal("rules", "add", "Name", name).endswith(rule)
        assert shop.refusal("rules", "list", "--organisation", name).endswith(rule)


class TestCredentials:
    def test_a_token_is_shown_when_it_is_made_and_never_again(
        self, shop: Program, tmp_path: Path
    ) -> None:
        made = shop.json("credentials", "create", "--organisation", "shop")
        assert list(made) == ["organisation", "clientKey", "apiToken", "readOnly"]
        assert (made["organisation"], made["readOnly"]) == ("shop", False)
        assert re.fullmatch(r"[\w-]{43}", made["apiToken"])
        listed = shop.text("credentials", "list", "--organisation", "shop")
        assert re.fullmatch(rf"{STAMP}  {made['clientKey']}\n", listed)
        [row] = shop.json("credentials", "list", "--organisation", "shop")
        assert list(row) == ["clientKey", "readOnly", "createdAt"]
        for file in tmp_path.iterdir():
            assert made["apiToken"].encode() not in file.read_bytes()

    def test_people_read_it_line_by_line(self, shop: Program) -> None:
        made = shop.text("credentials", "create", "--organisation", "shop", "--read-only")
        assert re.fullmatch(
            r"client key  [a-z0-9]{32}\nAPI token   [\w-]{43}\nThe token is shown this once\.\n",
            made,
        )
        assert "(read-only)" in shop.text("credentials", "list", "--organisation", "shop")

    def test_a_rotated_one_keeps_its_key_and_what_it_may(self, shop: Program) -> None:
        old = shop.json("credentials", "create", "--organisation", "shop", "--read-only")
        new = shop.json("credentials", "rotate", old["clientKey"], "--organisation", "shop")
        assert new == {**old, "apiToken": new["apiToken"]}
        assert new["apiToken"] != old["apiToken"]

    def test_a_revoked_one_is_gone(self, shop: Program) -> None:
        key = shop.json("credentials", "create", "--organisation", "shop")["clientKey"]
        revoke = ("credentials", "revoke", key, "--organisation", "shop")
        assert shop.json(*revoke) == {"clientKey": key}
        assert shop.json("credentials", "list", "--organisation", "shop") == []
        assert shop.refusal(*revoke) == f"There is no client key '{key}'"

    def test_another_organisation_s_key_can_t_be_reached(self, shop: Program) -> None:
        shop.text("organisations", "create", "pier")
        key = shop.json("credentials", "create", "--organisation", "shop")["clientKey"]
        for verb in ("rotate", "revoke"):
            refused = shop.refusal("credentials", verb, key, "--organisation", "pier")
            assert refused == f"There is no client key '{key}'"


class TestRules:
    def test_a_new_organisation_has_the_email_rule(self, shop: Program) -> None:
        assert shop.text("rules", "list", "--organisation", "shop") == "1  Email  email\n"

    def test_rules_go_where_they_are_put(self, shop: Program) -> None:
        shop.text("rules", "add", "--organisation", "shop", "Passport", "passport")
        added = shop.json(
            "rules", "add", "--organisation", "shop", "Loyalty", "club", "--position", "1"
        )
        assert added == [
            {"position": 1, "name": "Loyalty", "provider": "club"},
            {"position": 2, "name": "Email", "provider": "email"},
            {"position": 3, "name": "Passport", "provider": "passport"},
        ]
        left = shop.text("rules", "remove", "--organisation", "shop", "Email")
        assert left == "1  Loyalty  club\n2  Passport  passport\n"
        assert shop.json("rules", "list", "--organisation", "shop") == [
            {"position": 1, "name": "Loyalty", "provider": "club"},
            {"position": 2, "name": "Passport", "provider": "passport"},
        ]

    def test_there_are_five_at_most(self, shop: Program) -> None:
        for number in range(4):
            shop.text("rules", "add", "--organisation", "shop", f"R{number}", f"p{number}")
        refused = shop.refusal("rules", "add", "--organisation", "shop", "Sixth", "p")
        assert refused == "An organisation has at most 5 identity rules"
        assert len(shop.json("rules", "list", "--organisation", "shop")) == 5

    def test_a_name_is_taken_once_and_must_be_there_to_go(self, shop: Program) -> None:
        add = ("rules", "add", "--organisation", "shop", "Email", "other")
        assert shop.refusal(*add) == "Identity rule 'Email' exists already"
        remove = ("rules", "remove", "--organisation", "shop", "Mail")
        assert shop.refusal(*remove) == "There is no identity rule 'Mail'"

    def test_a_place_is_one_of_five(self, shop: Program) -> None:
        add = ("rules", "add", "--organisation", "shop", "A", "b", "--position", "6")
        assert "--position" in shop.refusal(*add)


class TestUsers:
    PASSWORD = "correct horse battery"

    @pytest.fixture(autouse=True)
    def _told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{self.PASSWORD}\n"))

    def test_added_ones_are_listed_without_their_passwords(self, shop: Program) -> None:
        added = shop.json("users", "add", "--organisation", "shop", "ada", "--read-only")
        assert added == {"organisation": "shop", "name": "ada", "readOnly": True}
        [listed] = shop.json("users", "list", "--organisation", "shop")
        assert re.fullmatch(STAMP, listed.pop("createdAt"))
        assert listed == {"name": "ada", "readOnly": True}
        line = shop.text("users", "list", "--organisation", "shop")
        assert re.fullmatch(rf"{STAMP}  ada  \(read-only\)\n", line)

    def test_the_password_is_what_opens(self, shop: Program, tmp_path: Path) -> None:
        shop.text("users", "add", "--organisation", "shop", "ada")
        with contextlib.closing(sqlite3.connect(tmp_path / "orderfolio.db")) as database:
            [(kept,)] = database.execute("SELECT password_hash FROM users").fetchall()
        assert argon2.PasswordHasher().verify(kept, self.PASSWORD)

    def test_people_are_asked_twice(self, shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[dict[str, object]] = []

        def prompt(*_: object, **named: object) -> str:
            asked.append(named)
            return self.PASSWORD

        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr(click, "prompt", prompt)
        shop.text("users", "add", "--organisation", "shop", "ada")
        assert asked == [{"hide_input": True, "confirmation_prompt": True, "err": True}]

    def test_another_password_is_given_to_who_is_there(
        self, shop: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shop.text("users", "add", "--organisation", "shop", "ada")
        for name, is_there in (("ada", True), ("bob", False)):
            monkeypatch.setattr("sys.stdin", io.StringIO("another password\r\n"))
            change = ("users", "password", "--organisation", "shop", name)
            if is_there:
                assert shop.json(*change) == {"name": "ada"}
            else:
                assert shop.refusal(*change) == "There is no user 'bob'"

    def test_a_short_one_is_refused(self, shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
        refused = shop.refusal("users", "add", "--organisation", "shop", "ada")
        assert refused == "A password has 12 to 1024 characters"

    def test_a_removed_one_is_gone(self, shop: Program) -> None:
        shop.text("users", "add", "--organisation", "shop", "ada")
        assert shop.json("users", "remove", "--organisation", "shop", "ada") == {"name": "ada"}
        assert shop.json("users", "list", "--organisation", "shop") == []
        remove = ("users", "remove", "--organisation", "shop", "ada")
        assert shop.refusal(*remove) == "There is no user 'ada'"


class TestWords:
    """What was typed, and can't be meant."""

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ("", f"Name a command: {COMMANDS}"),
            ("credentials", "Name a command: create, rotate, revoke, list"),
            ("rules x", "There is no command x; there are list, add, remove"),
            ("server", "There is no command server; the nearest is serve"),
            ("rules ad", "There is no command ad; the nearest is add"),
            ("serve --prot 1", "There is no option --prot; the nearest is --port"),
            ("serve --qqq", "There is no option --qqq"),
            ("serve extra", "Got unexpected extra argument (extra)"),
            ("organisations create", "Missing argument 'NAME'"),
            ("serve --port x", "--port: must be a whole number from 0 to 65535, not x"),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_a_slip_is_named(self, program: Program, arguments: str, sentence: str) -> None:
        assert program.refusal(*arguments.split()) == sentence

    def test_a_setting_that_nothing_reads_is_refused_by_every_command(
        self, program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "orderfolio.toml").write_text("prot = 9")
        for command in (("serve",), ("migrate",), ("organisations", "list")):
            assert program.refusal(*command) == (
                "prot in orderfolio.toml: no setting is called that; the nearest is port"
            )
        monkeypatch.setenv("ORDERFOLIO_HOTS", "x")
        assert program.refusal("migrate") == (
            "ORDERFOLIO_HOTS: no setting is called that; the nearest is ORDERFOLIO_HOST"
        )

    def test_help_is_given_for_every_command(self, program: Program) -> None:
        for arguments in ((), ("serve",), ("organisations",), ("rules", "add")):
            assert program.text(*arguments, "--help").startswith("Usage: orderfolio")

    def test_its_version_is_told(self, program: Program) -> None:
        assert re.fullmatch(r"orderfolio \d+\.\d+\.\d+\n", program.text("--version"))

    def test_interrupting_is_no_crash(self, shop: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("orderfolio.assembly.administer", interrupt)
        code, output, error = shop("organisations", "list")
        assert (code, output, error) == (FAILED, "", "\nStopped: nothing more was done.\n")


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

    def test_another_engine_is_not_there_yet(self, program: Program) -> None:
        for command in (("serve",), ("migrate",)):
            assert program.refusal(*command, "--database", "postgresql://host/orders") == (
                "--database: PostgreSQL is not supported in this release; use sqlite:///…"
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
