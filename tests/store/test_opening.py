"""Which files are opened, which are refused and in what words, and how they are migrated."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.store import pairs
from tests.store.spelling import SPELLING

from orderfolio.errors import CannotStart
from orderfolio.store import migrating
from orderfolio.store.migrating import Migration, migrations_of
from orderfolio.store.sqlite import files, open_store
from orderfolio.store.sqlite.migrating import migrate

ROOT = Path(__file__).parents[2]

FIRST = Migration(1, "things", "CREATE TABLE things (name TEXT) STRICT;")
SECOND = Migration(
    2, "colours", "ALTER TABLE things ADD COLUMN colour TEXT; UPDATE things SET colour = 'red';"
)
BROKEN = Migration(2, "nonsense", "CREATE TABLE more (name TEXT); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "orders.db"


def opened(path: Path) -> bytes:
    """The key of a database that was opened and closed."""

    async def use() -> bytes:
        store = open_store(path, SPELLING)
        key = store.cursor_key()
        await store.close()
        return key

    return asyncio.run(use())


def migrated(path: Path, *migrations: Migration) -> Path | None:
    database = files.open_writer(path, None)
    try:
        return migrate(database, path, migrations)
    finally:
        database.close()


def queried(path: Path, text: str) -> object:
    database = apsw.Connection(str(path))
    try:
        return database.execute(text).get
    finally:
        database.close()


class TestOpening:
    def test_the_key_stays(self, path: Path) -> None:
        key = opened(path)
        assert len(key) == 32
        assert opened(path) == key
        assert opened(path.with_name("another.db")) != key

    def test_a_command_may_write_beside_a_server(self, path: Path) -> None:
        async def write() -> None:
            server, command = open_store(path, SPELLING), open_store(path, SPELLING)
            await asyncio.gather(
                *(server.transact(pairs.write, number) for number in range(50)),
                *(command.transact(pairs.write, number) for number in range(50, 100)),
            )
            assert await server.read(pairs.numbers) == await command.read(pairs.numbers)
            await command.close()
            assert await server.transact(pairs.write, 100) == 100
            await server.close()

        asyncio.run(write())
        assert pairs.lost_and_torn(path, set(range(101))) == (set(), set())

    def test_programs_that_start_at_once_agree(self, path: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from tests.store.test_opening import opened; "
            "sys.stdin.readline(); print(opened(Path(sys.argv[1])).hex())"
        )
        programs = [
            subprocess.Popen(
                [sys.executable, "-c", program, str(path)],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(4)
        ]
        for each in programs:
            assert each.stdin is not None
            each.stdin.write(b"\n")
            each.stdin.flush()
        assert len({each.communicate()[0] for each in programs}) == 1
        assert [each.returncode for each in programs] == [0] * 4


class TestRefusals:
    def refused(self, path: Path) -> str:
        with pytest.raises(CannotStart) as caught:
            open_store(path, SPELLING)
        return str(caught.value)

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        path = tmp_path / "nowhere" / "orders.db"
        assert self.refused(path) == (
            f"the folder {path.parent} of the database orders.db doesn't exist"
        )

    def test_a_folder(self, tmp_path: Path) -> None:
        assert self.refused(tmp_path) == f"the database {tmp_path} is a folder"

    def test_a_place_that_cannot_be_written(self) -> None:
        path = Path("/proc/self/orders.db")
        assert self.refused(path).startswith(f"the database {path} can't be written: ")

    def test_a_file_that_cannot_be_written(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened(path)
        # Not by its mode, which the superuser may pass over.
        monkeypatch.setattr(apsw, "SQLITE_OPEN_READWRITE", apsw.SQLITE_OPEN_READONLY)
        monkeypatch.setattr(apsw, "SQLITE_OPEN_CREATE", 0)
        assert self.refused(path).startswith(f"the database {path} can't be written: ")

    def test_a_file_that_is_not_sqlite(self, path: Path) -> None:
        path.write_text("referenceId,orderedAt\n")
        assert self.refused(path) == f"the database {path} isn't an SQLite file"
        assert path.read_text() == "referenceId,orderedAt\n"

    @pytest.mark.parametrize(
        "text", ["CREATE TABLE things (name TEXT)", "PRAGMA application_id = 7"]
    )
    def test_a_database_of_another_program(self, path: Path, text: str) -> None:
        queried(path, text)
        before = path.read_bytes()
        assert self.refused(path) == f"the database {path} belongs to another program"
        assert path.read_bytes() == before

    def test_a_database_of_a_newer_program(self, path: Path) -> None:
        opened(path)
        queried(path, "PRAGMA user_version = 9000")
        newest = len(migrations_of("sqlite"))
        assert self.refused(path) == (
            f"the database {path} has version 9000, made by a newer program; "
            f"this one knows versions up to {newest}"
        )

    @pytest.mark.parametrize(
        "damage",
        [
            lambda content: content[:20000],
            lambda content: content[:100] + b"\xff" * 3996 + content[4096:],
            lambda content: content[:16] + b"\xff" * 84 + content[100:],
        ],
        ids=["cut short", "the first page", "the header"],
    )
    def test_a_damaged_database(self, path: Path, damage: Callable[[bytes], bytes]) -> None:
        opened(path)
        path.write_bytes(damage(path.read_bytes()))
        assert self.refused(path).startswith(f"the database {path} is damaged: ")

    def test_a_database_without_its_key(self, path: Path) -> None:
        opened(path)
        queried(path, "UPDATE settings SET value = x'' WHERE name = 'cursor_key'")
        assert self.refused(path) == f"the database {path} has lost its key"


class TestMigrating:
    def test_a_new_file_is_brought_to_the_newest_version(self, path: Path) -> None:
        assert migrated(path, FIRST, SECOND) is None
        assert queried(path, "PRAGMA user_version") == 2
        assert queried(path, "PRAGMA application_id") == files.APPLICATION_ID
        assert queried(path, "SELECT COUNT(colour) FROM things") == 0

    def test_data_are_copied_before(self, path: Path) -> None:
        migrated(path, FIRST)
        queried(path, "INSERT INTO things VALUES ('hat')")
        copy = migrated(path, FIRST, SECOND)
        assert queried(path, "SELECT colour FROM things") == "red"
        assert copy is not None
        assert copy.name.startswith("orders.db.version-1-before-2.")
        assert queried(copy, "SELECT name FROM things") == "hat"
        assert queried(copy, "PRAGMA user_version") == 1
        assert queried(copy, "PRAGMA integrity_check") == "ok"
        assert {file.name for file in path.parent.iterdir()} == {path.name, copy.name}

    def test_what_is_new_enough_is_left_alone(self, path: Path) -> None:
        migrated(path, FIRST)
        assert migrated(path, FIRST) is None
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_one_that_fails_leaves_what_was_there(self, path: Path) -> None:
        migrated(path, FIRST)
        with pytest.raises(apsw.SQLError):
            migrated(path, FIRST, BROKEN)
        assert queried(path, "PRAGMA user_version") == 1
        assert queried(path, "SELECT COUNT(*) FROM sqlite_schema") == 1

    def test_nothing_is_migrated_without_a_copy(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: Path) -> None:
            raise OSError(28, "No space left on device")

        migrated(path, FIRST)
        database = files.open_writer(path, None)
        monkeypatch.setattr(files, "sync_folder", full)
        with pytest.raises(CannotStart, match="no copy of the database"):
            migrate(database, path, (FIRST, SECOND))
        database.close()
        assert queried(path, "PRAGMA user_version") == 1

    def test_files_are_numbered_from_one_without_a_gap(self) -> None:
        found = migrating.collect([("0002_colours.sql", "B"), ("0001_things.sql", "A")])
        assert found == (Migration(1, "things", "A"), Migration(2, "colours", "B"))
        for names in (["0002_things.sql"], ["0001_a.sql", "0001_b.sql"], ["things.sql"]):
            with pytest.raises(ValueError, match=r"numbered|named"):
                migrating.collect([(name, "") for name in names])
