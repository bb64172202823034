"""Commands about organisations, credentials, rules and users."""

from __future__ import annotations

import contextlib
import io
import os
import re
import sqlite3
from pathlib import Path

import argon2
import click
import pytest
from tests.cli.programs import STAMP, Program
from tests.clusters import psql
from tests.store.engines import ENGINES


@pytest.fixture(params=ENGINES)
def program(
    program: Program, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Program:
    """On an empty database of each engine, which is the one that is named nowhere else."""
    if request.param == "postgres":
        monkeypatch.setenv("ORDERFOLIO_DATABASE", request.getfixturevalue("postgres_url"))
    return program


def asked(folder: Path, text: str) -> str:
    """One value from the database, read past the program."""
    server = os.environ.get("ORDERFOLIO_DATABASE")
    if server is not None:
        return psql.ask(server, text)
    with contextlib.closing(sqlite3.connect(folder / "orderfolio.db")) as database:
        [(value,)] = database.execute(text).fetchall()
    return str(value)


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
        assert re.fullmatch(rf"{STAMP}  {made['clientKey']}  last used never\n", listed)
        [row] = shop.json("credentials", "list", "--organisation", "shop")
        assert list(row) == ["clientKey", "readOnly", "createdAt", "lastUsedAt"]
        assert row["lastUsedAt"] is None
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
        kept = asked(tmp_path, "SELECT password_hash FROM users")
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
