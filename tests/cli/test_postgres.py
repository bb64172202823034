"""Commands about a PostgreSQL database: what they print, and which word they have for it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from tests.cli.programs import Program
from tests.clusters import psql

PASSWORD = "opensesame"


@pytest.fixture
def address(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What people are shown of a database, which the program is told with a password."""
    told = postgres_url.replace("postgres@", f"postgres:{PASSWORD}@")
    monkeypatch.setenv("ORDERFOLIO_DATABASE", told)
    parts = urlsplit(postgres_url)
    return f"postgresql://{parts.hostname}:{parts.port}{parts.path}"


def test_migrating_tells_where_without_the_password(program: Program, address: str) -> None:
    assert program.text("migrate") == f"The database {address} is up to date.\n"
    assert program.json("migrate") == {"database": address}


def test_checking_a_sound_one_ends_with_0(program: Program, address: str) -> None:
    program.text("organisations", "create", "shop")
    assert program.json("check") == {"database": address, "sound": True, "problems": []}


def test_checking_a_broken_one_names_what_is_wrong(
    program: Program, address: str, postgres_url: str
) -> None:
    program.text("organisations", "create", "shop")
    psql.ask(postgres_url, "INSERT INTO rules VALUES (9, 0, 'Loyalty', 'loyalty')")
    code, output, error = program("check")
    assert (code, error) == (1, "")
    assert "identity rule" in output
    assert "its organisation isn't there" in output


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_copies_are_for_other_tools(program: Program, address: str, command: str) -> None:
    assert program.refusal(command, "copy.db") == (
        "A PostgreSQL database is backed up and restored by PostgreSQL's own tools, such as "
        "pg_dump, or pg_basebackup with an archive of its log"
    )


def test_commands_tell_what_an_empty_database_needs(
    program: Program, address: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = postgres_url.rpartition("/")[0] + "/postgres"
    for command in (("organisations", "list"), ("check",)):
        assert program.refusal(*command, "--database", elsewhere).startswith(
            "The database is empty; orderfolio migrate, or serve --migrate, brings it to "
        )
