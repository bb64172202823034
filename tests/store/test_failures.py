"""What is told when the disk fails, and that the store goes on when it's well again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.store import pairs
from tests.store.disks import Disk, mounted
from tests.store.spelling import SPELLING

from orderfolio.errors import OutcomeUnknown, Unavailable
from orderfolio.store.contract import Store
from orderfolio.store.sqlite import open_store


class Failing:
    """A store on a disk that can fail."""

    def __init__(self, store: Store, disk: Disk, runner: asyncio.Runner, folder: Path) -> None:
        self._store = store
        self._runner = runner
        self._folder = folder
        self.disk = disk

    def write(self, *numbers: int) -> list[object]:
        """What each is answered, all submitted at once."""

        async def write() -> list[object]:
            return await asyncio.gather(
                *(self._store.transact(pairs.write, number) for number in numbers),
                return_exceptions=True,
            )

        return self._runner.run(write())

    def read(self) -> set[int]:
        left, right = self._runner.run(self._store.read(pairs.numbers))
        assert left == right
        return left

    def after_a_cut(self) -> set[int]:
        """What is there when the power goes, and the disk has kept all that it was given."""
        folder = self._folder / "cut"
        folder.mkdir()
        self.disk.cut(folder, random.Random(0), 1.0)

        async def read() -> set[int]:
            store = open_store(folder / "orders.db", SPELLING)
            try:
                return (await store.read(pairs.numbers))[0]
            finally:
                await store.close()

        return asyncio.run(read())


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Failing]:
    disk = Disk()
    with mounted(disk) as vfs, asyncio.Runner() as runner:
        store = open_store(tmp_path / "orders.db", SPELLING, vfs=vfs)
        # A server reads and writes: neither connection is ever the only one.
        runner.run(store.read(pairs.numbers))
        try:
            yield Failing(store, disk, runner, tmp_path)
        finally:
            runner.run(store.close())


class TestFailedSyncs:
    def test_a_group_is_run_again_one_by_one(self, failing: Failing) -> None:
        # A write that the failure catches alone is refused: one of ten catches a group.
        rounds = [range(first, first + 20) for first in range(0, 200, 20)]
        whole = [numbers for numbers in rounds if self.survives(failing, numbers)]
        assert whole
        assert failing.read() >= set().union(*whole)

    def survives(self, failing: Failing, numbers: range) -> bool:
        """Whether all of them were written, though a sync failed."""
        failing.disk.failing_syncs = 1
        return failing.write(*numbers) == list(numbers)

    def test_nothing_of_an_unavailable_write_comes_back(self, failing: Failing) -> None:
        failing.write(1)
        failing.disk.failing_syncs = 1
        (error,) = failing.write(2)
        assert type(error) is Unavailable
        assert failing.read() == {1}
        assert failing.after_a_cut() == {1}

    def test_an_outcome_that_nobody_can_tell_is_said_to_be_unknown(self, failing: Failing) -> None:
        failing.disk.failing_syncs = 10**9
        assert [type(error) for error in failing.write(1, 2)] == [OutcomeUnknown] * 2

    def test_a_folder_that_can_t_be_synced_leaves_the_outcome_unknown_too(
        self, failing: Failing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(folder: Path) -> None:
            raise OSError(5, "Input/output error")

        failing.write(1)
        with monkeypatch.context() as broken:
            broken.setattr("orderfolio.store.sqlite.files.sync_folder", fail)
            failing.disk.failing_syncs = 1
            assert [type(error) for error in failing.write(2)] == [OutcomeUnknown]
            assert [type(error) for error in failing.write(3)] == [Unavailable]
        assert failing.write(4) == [4]

    def test_nothing_is_written_until_the_disk_is_well_again(self, failing: Failing) -> None:
        failing.disk.failing_syncs = 10**9
        failing.write(1)
        (error,) = failing.write(2)
        assert type(error) is Unavailable
        failing.disk.failing_syncs = 0
        assert failing.write(3) == [3]
        assert failing.read() >= {3}
        assert 2 not in failing.read()


class TestFullDisks:
    def test_reading_goes_on(self, failing: Failing) -> None:
        failing.write(1)
        failing.disk.wal_bytes = 0
        assert [type(error) for error in failing.write(2, 3)] != [int, int]
        assert failing.read() == {1}

    def test_writing_goes_on_when_there_is_room_again(self, failing: Failing) -> None:
        failing.disk.wal_bytes = 0
        failing.write(1)
        failing.disk.wal_bytes = None
        assert failing.write(2, 3) == [2, 3]
        assert failing.read() == {2, 3}

    def test_what_still_fits_is_written(self, failing: Failing) -> None:
        failing.write(0)
        wal = next(path for path in failing.disk.files if path.endswith("-wal"))
        failing.disk.wal_bytes = Path(wal).stat().st_size + 40 * 4120
        answers = failing.write(*range(1, 200))
        written = {answer for answer in answers if isinstance(answer, int)}
        refused = [answer for answer in answers if not isinstance(answer, int)]
        assert written
        assert all(isinstance(error, Unavailable) for error in refused)
        assert failing.read() == written | {0}
