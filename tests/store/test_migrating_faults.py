"""Migrating while the power goes, or the disk fails, at each write and each sync."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest
from tests.store.disks import Disk, mounted

from orderfolio.store.migrating import migrations_of
from orderfolio.store.sqlite import check, files, open_store
from orderfolio.store.sqlite.migrating import migrate
from orderfolio.wire.documents import SPELLING

ALL = migrations_of("sqlite")
KEYS = [f"key-{number}" for number in range(200)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder with a database of the first version, and something in it."""
    folder = tmp_path / "old"
    folder.mkdir()
    database = files.open_writer(folder / "orders.db", None)
    migrate(database, folder / "orders.db", ALL[:1])
    database.execute("INSERT INTO settings VALUES ('cursor_key', zeroblob(32))")
    database.execute("INSERT INTO organisations VALUES (1, 'shop', 1700000000000000)")
    database.executemany(
        "INSERT INTO credentials VALUES (?, 1, zeroblob(32), 0, 1700000000000000)",
        [(key,) for key in KEYS],
    )
    files.close(database)
    return folder


@pytest.fixture
def disk(old: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    disk.load(old)
    sync_folder = files.sync_folder

    def sync_both(folder: Path) -> None:
        sync_folder(folder)
        disk.sync_folder()

    monkeypatch.setattr(files, "sync_folder", sync_both)
    return disk


def migrate_on(disk: Disk, folder: Path, on_event: Callable[[], None]) -> None:
    """Bring the folder's database to the newest version, with what happens to the disk."""
    with mounted(disk) as vfs:
        database = files.open_writer(folder / "orders.db", vfs)
        disk.on_event = on_event
        try:
            migrate(database, folder / "orders.db", ALL, vfs)
        finally:
            disk.on_event = lambda: None
            files.close(database)


def version_found(path: Path) -> int:
    """The version that a database is left with, before it is opened as a server does, which
    finishes what is left, and after which nothing is missing."""
    database = apsw.Connection(str(path))
    found = int(database.pragma("user_version"))
    database.close()

    async def serve() -> None:
        await open_store(path, SPELLING).close()

    asyncio.run(serve())
    database = apsw.Connection(str(path))
    assert database.pragma("user_version") == len(ALL)
    assert database.pragma("integrity_check") == "ok"
    assert [key for (key,) in database.execute("SELECT client_key FROM credentials")] == sorted(
        KEYS
    )
    database.close()
    assert check(path, SPELLING) == []
    return found


def test_the_power_goes_at_any_moment(tmp_path: Path, old: Path, disk: Disk) -> None:
    chance = random.Random(7)
    cuts: list[Path] = []

    def cut() -> None:
        folder = tmp_path / f"cut{len(cuts)}"
        folder.mkdir()
        disk.cut(folder, chance, (0.0, 0.5, 1.0)[len(cuts) % 3])
        cuts.append(folder / "orders.db")

    migrate_on(disk, old, cut)
    cut()
    found = [version_found(path) for path in cuts]
    assert set(found) == set(range(1, len(ALL) + 1))
    # One after the other, but for what a cut still lets through.
    assert found[0] == 1
    assert found[-1] == len(ALL)


@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError])
def test_the_disk_fails_at_any_moment(
    tmp_path: Path, old: Path, disk: Disk, error: type[apsw.Error]
) -> None:
    whole = (old / "orders.db").read_bytes()
    found: list[int] = []
    is_over = False
    while not is_over:
        for path in old.iterdir():
            path.unlink()
        (old / "orders.db").write_bytes(whole)
        disk.files.clear()
        disk.load(old)
        left = len(found)

        def fail() -> None:
            nonlocal left
            left -= 1
            if left == -1:
                raise error("the disk fails")

        try:
            migrate_on(disk, old, fail)
            is_over = left >= 0
        except apsw.Error:
            pass
        folder = tmp_path / f"failed{len(found)}"
        folder.mkdir()
        disk.cut(folder, random.Random(len(found)), 1.0)
        found.append(version_found(folder / "orders.db"))
    assert len(found) > len(ALL)
    assert found[0] == 1
    assert found[-1] == len(ALL)
