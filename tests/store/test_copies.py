"""Backups of a database in use, and what is put back into its place."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import apsw
import pytest
from tests.store import pairs
from tests.store.spelling import SPELLING

from orderfolio.errors import CannotStart
from orderfolio.store.sqlite import back_up, compact, copies, files, open_store, restore

ROOT = Path(__file__).parents[2]

# Holds the database open, as a server does, until its input ends.
HOLDER = (
    "import asyncio, sys; from pathlib import Path; "
    "from orderfolio.store.sqlite import open_store; "
    "from tests.store.spelling import SPELLING\n"
    "async def hold():\n"
    "    store = open_store(Path(sys.argv[1]), SPELLING)\n"
    "    print('open', flush=True); sys.stdin.read(); await store.close()\n"
    "asyncio.run(hold())"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that holds 0 to 9."""
    path = tmp_path / "orders.db"
    written(path, *range(10))
    return path


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backup.db"


def written(path: Path, *numbers: int) -> None:
    async def write() -> None:
        store = open_store(path, SPELLING)
        for number in numbers:
            await store.transact(pairs.write, number)
        await store.close()

    asyncio.run(write())


def held(path: Path) -> set[int]:
    """What a whole database holds."""

    async def read() -> set[int]:
        store = open_store(path, SPELLING)
        try:
            left, right = await store.read(pairs.numbers)
        finally:
            await store.close()
        assert left == right
        return left

    return asyncio.run(read())


def remnant(path: Path) -> bytes:
    """Left between the rows of a page, as where SQLite divided one: no query reaches it."""
    content = bytearray(path.read_bytes())
    for start in range(4096, len(content), 4096):
        page = content[start : start + 4096]
        cells, begin = int.from_bytes(page[3:5], "big"), int.from_bytes(page[5:7], "big")
        if page[0] in (10, 13) and begin - 8 - 2 * cells > 100:
            content[start + begin - 50 : start + begin - 43] = b"REMNANT"
            path.write_bytes(content)
            return b"REMNANT"
    raise AssertionError("no page has room")


def names(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def damage(path: Path) -> None:
    """Overwrite every page but the first."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def refused(path: Path, target: Path, *, replaces: bool = False) -> str:
    with pytest.raises(CannotStart) as caught:
        back_up(path, target, replaces=replaces)
    return str(caught.value)


def not_restored(backup: Path, path: Path, *, replaces: bool = False) -> str:
    with pytest.raises(CannotStart) as caught:
        restore(backup, path, replaces=replaces)
    return str(caught.value)


class TestBackingUp:
    def test_a_copy_is_one_file_that_needs_no_other(self, path: Path, target: Path) -> None:
        assert back_up(path, target, replaces=False) == target.stat().st_size
        assert {name for name in names(target) if "backup" in name} == {"backup.db"}
        assert held(target) == set(range(10))

    def test_what_is_only_in_the_log_is_in_the_copy(self, path: Path, target: Path) -> None:
        database = files.open_writer(path, None)
        database.execute("UPDATE credentials SET created_at = 7")
        assert files.beside(path, "-wal").stat().st_size > 0
        back_up(path, target, replaces=False)
        database.close()
        copy = apsw.Connection(str(target))
        assert copy.execute("SELECT DISTINCT created_at FROM credentials").get == 7
        copy.close()

    def test_a_writer_goes_on_while_it_is_read(self, path: Path, tmp_path: Path) -> None:
        source = files.open_reader(path, None)
        writer = files.open_writer(path, None)
        writer.set_busy_timeout(0)
        source.execute("BEGIN; SELECT COUNT(*) FROM credentials")
        writer.execute("UPDATE credentials SET created_at = 7")
        copies.write(source, tmp_path / "copy.db")
        copy = apsw.Connection(str(tmp_path / "copy.db"))
        assert copy.execute("SELECT COUNT(*) FROM credentials WHERE created_at = 7").get == 0
        for database in (copy, source, writer):
            database.close()

    def test_only_its_owner_may_read_it(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        assert target.stat().st_mode & 0o077 == 0

    def test_what_is_there_is_replaced_by_force_only(self, path: Path, target: Path) -> None:
        target.write_text("mine")
        assert refused(path, target) == f"there is a file {target} already; --force replaces it"
        assert target.read_text() == "mine"
        back_up(path, target, replaces=True)
        assert held(target) == set(range(10))

    def test_a_database_in_use_is_never_written_over(self, path: Path, target: Path) -> None:
        written(target, 77)
        files.beside(target, "-wal").touch()
        assert "in use" in refused(path, target, replaces=True)

    def test_the_database_itself_is_no_target(self, path: Path) -> None:
        assert refused(path, path, replaces=True) == f"the file {path} is the database itself"

    def test_a_damaged_database_is_not_copied(self, path: Path, target: Path) -> None:
        damage(path)
        assert refused(path, target).startswith(f"the database {path} is damaged: ")
        assert not target.exists()

    def test_a_failure_leaves_nothing_behind(
        self, path: Path, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        target.write_text("mine")
        before = names(path)
        monkeypatch.setattr(os, "fsync", full)
        assert refused(path, target, replaces=True).endswith("No space left on device")
        assert names(path) - before <= {"orders.db-wal", "orders.db-shm"}
        assert target.read_text() == "mine"


class TestWhatIsBetweenRows:
    def test_a_backup_holds_nothing_between_its_rows(self, path: Path, target: Path) -> None:
        left = remnant(path)
        back_up(path, target, replaces=False)
        assert left in path.read_bytes()
        assert left not in target.read_bytes()
        assert held(target) == set(range(10))

    def test_a_compacted_database_holds_nothing_either(self, path: Path) -> None:
        left = remnant(path)
        compact(path)
        assert left not in path.read_bytes()
        assert held(path) == set(range(10))

    def test_what_is_no_database_is_not_compacted(self, path: Path) -> None:
        empty = path.with_name("empty.db")
        empty.touch()
        with pytest.raises(CannotStart, match=r"is empty$"):
            compact(empty)
        damage(path)
        with pytest.raises(CannotStart, match=r"orders\.db"):
            compact(path)


class TestRestoring:
    def test_a_backup_takes_the_place(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        written(path, 10)
        kept = restore(target, path, replaces=True)
        assert held(path) == set(range(10))
        assert kept is not None
        assert held(kept) == set(range(11))
        assert held(target) == set(range(10))

    def test_nothing_need_be_there(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        files.delete(path)
        assert restore(target, path, replaces=False) is None
        assert held(path) == set(range(10))

    def test_a_database_is_replaced_by_force_only(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        written(path, 10)
        assert not_restored(target, path) == (
            f"there is a database {path} already; --force replaces it"
        )
        assert held(path) == set(range(11))

    def test_a_database_in_use_is_left_alone(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"open\n"
            before = path.stat().st_ino
            assert not_restored(target, path, replaces=True) == (
                f"the database {path} is in use; stop its server first"
            )
            assert path.stat().st_ino == before
            holder.communicate()
        assert not list(path.parent.glob("*.partial"))

    def test_a_damaged_database_is_replaced_and_kept_with_its_log(
        self, path: Path, target: Path
    ) -> None:
        back_up(path, target, replaces=False)
        for suffix in files.BESIDE:
            files.beside(path, suffix).write_bytes(b"old" + suffix.encode())
        path.write_bytes(b"\xff" * 8192)
        kept = restore(target, path, replaces=True)
        assert held(path) == set(range(10))
        assert kept is not None
        assert kept.read_bytes() == b"\xff" * 8192
        assert files.beside(kept, "-wal").read_bytes() == b"old-wal"

    def test_the_log_of_a_database_that_is_gone_is_not_read_into_it(
        self, path: Path, target: Path, tmp_path: Path
    ) -> None:
        back_up(path, target, replaces=False)
        database = files.open_writer(path, None)
        database.execute("DELETE FROM credentials")
        log = files.beside(path, "-wal").read_bytes()
        database.close()
        files.delete(path)
        files.beside(path, "-wal").write_bytes(log)
        restore(target, path, replaces=False)
        assert held(path) == set(range(10))

    def test_a_file_of_another_program_is_neither_taken_nor_replaced(
        self, path: Path, target: Path
    ) -> None:
        other = apsw.Connection(str(target))
        other.execute("CREATE TABLE things (name TEXT)")
        other.close()
        assert not_restored(target, path, replaces=True) == (
            f"the database {target} belongs to another program"
        )
        assert not_restored(path, target, replaces=True) == (
            f"the database {target} belongs to another program"
        )

    def test_what_cannot_be_a_backup_is_refused(self, path: Path, target: Path) -> None:
        assert not_restored(target, path, replaces=True) == f"there is no file {target}"
        target.write_bytes(b"")
        assert not_restored(target, path, replaces=True) == f"the database {target} is empty"
        target.write_text("referenceId,orderedAt\n")
        assert not_restored(target, path, replaces=True) == (
            f"the database {target} isn't an SQLite file"
        )
        assert held(path) == set(range(10))

    def test_a_backup_of_a_newer_program_is_refused(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        backup = apsw.Connection(str(target))
        backup.execute("PRAGMA user_version = 9000")
        backup.close()
        assert "has version 9000, made by a newer program" in not_restored(
            target, path, replaces=True
        )

    def test_a_damaged_backup_is_refused(self, path: Path, target: Path) -> None:
        back_up(path, target, replaces=False)
        damage(target)
        assert not_restored(target, path, replaces=True).startswith(
            f"the database {target} is damaged: "
        )
        assert held(path) == set(range(10))
