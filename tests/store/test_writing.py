"""Group commit: what shares a commit, what doesn't share a fate, and who is answered when."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

import apsw
import pytest
from tests.store import pairs
from tests.store.spelling import SPELLING

from orderfolio.errors import NameTaken, Unavailable
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Operation, Transaction
from orderfolio.store.sqlite import SqliteStore, open_store, writer

LIMIT = 8


class Workshop:
    """A store whose writer can be held up, so that others gather behind it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        store = open_store(path, SPELLING, queue_limit=LIMIT)
        assert isinstance(store, SqliteStore)
        self.store = store
        self.commits = 0
        self._database().set_commit_hook(self._count)

    def _database(self) -> apsw.Connection:
        database = self.store._writer._database
        assert database is not None
        return database

    def _count(self) -> bool:
        self.commits += 1
        return False

    def committed(self) -> set[int]:
        """What another program sees."""
        database = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            keys = database.execute("SELECT client_key FROM credentials").fetchall()
        finally:
            database.close()
        return {int(str(key).split("-")[0]) for (key,) in keys}


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path / "orders.db")
    yield workshop
    asyncio.run(workshop.store.close())


async def hold(tx: Transaction, holding: threading.Event, release: threading.Event) -> None:
    """Keep the writer, which no honest operation may."""
    holding.set()
    assert release.wait(10)


async def write_and_raise(tx: Transaction, number: int) -> None:
    await pairs.write(tx, number)
    raise ValueError(number)


async def write_and_wait(tx: Transaction, number: int) -> None:
    await pairs.write(tx, number)
    await asyncio.sleep(0)


class Held:
    """The writer is busy with `hold` until released; what is submitted meanwhile waits."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._release = threading.Event()

    async def __aenter__(self) -> Self:
        holding = threading.Event()
        self._task = asyncio.create_task(self._store.transact(hold, holding, self._release))
        await asyncio.to_thread(holding.wait, 10)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._release.set()
        await self._task


async def submitted(store: SqliteStore, *numbers: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(store.transact(pairs.write, number)) for number in numbers]
    await handed_over()
    return tasks


async def handed_over() -> None:
    """One turn for tasks to submit what they have, the next to hand it over."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


class TestGroups:
    def test_what_is_submitted_in_one_turn_shares_a_commit(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "GROUP_SECONDS", 60)

        async def write() -> None:
            await asyncio.gather(*(workshop.store.transact(pairs.write, n) for n in range(LIMIT)))

        asyncio.run(write())
        assert workshop.commits == 1

    def test_those_who_wait_share_a_commit(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "GROUP_SECONDS", 60)

        async def write() -> list[int]:
            async with Held(workshop.store):
                tasks = await submitted(workshop.store, *range(LIMIT))
            return await asyncio.gather(*tasks)

        assert asyncio.run(write()) == list(range(LIMIT))
        assert workshop.commits == 1
        assert workshop.committed() == set(range(LIMIT))

    def test_one_that_raises_hurts_nobody_else(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "GROUP_SECONDS", 60)

        async def write() -> list[object]:
            async with Held(workshop.store):
                before = await submitted(workshop.store, 1, 2)
                raising = asyncio.create_task(workshop.store.transact(write_and_raise, 3))
                await asyncio.sleep(0)
                after = await submitted(workshop.store, 2, 4)
            return await asyncio.gather(*before, raising, *after, return_exceptions=True)

        first, second, raised, taken, last = asyncio.run(write())
        assert (first, second, last) == (1, 2, 4)
        assert isinstance(raised, ValueError)
        assert isinstance(taken, NameTaken)
        assert workshop.commits == 1
        assert workshop.committed() == {1, 2, 4}

    def test_a_group_is_bounded(self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer, "GROUP_OPERATIONS", 2)

        async def write() -> None:
            async with Held(workshop.store):
                tasks = await submitted(workshop.store, *range(6))
            await asyncio.gather(*tasks)

        asyncio.run(write())
        assert workshop.commits >= 3

    def test_several_threads_may_write_and_read(self, workshop: Workshop) -> None:
        found: list[bool] = []

        def work(number: int) -> None:
            async def write_and_find() -> None:
                await workshop.store.transact(pairs.write, number)
                found.append(await workshop.store.read(pairs.find, number))

            asyncio.run(write_and_find())

        threads = [threading.Thread(target=work, args=(number,)) for number in range(LIMIT)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [True] * LIMIT


class TestAnswers:
    def test_nothing_is_answered_before_commit_returned(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        committing, release = threading.Event(), threading.Event()
        execute = writer.Writer._execute

        def slow(self: writer.Writer, text: str) -> None:
            if text == "COMMIT":
                committing.set()
                assert release.wait(10)
            execute(self, text)

        monkeypatch.setattr(writer.Writer, "_execute", slow)

        async def write() -> bool:
            (task,) = await submitted(workshop.store, 1)
            await asyncio.to_thread(committing.wait, 10)
            await asyncio.sleep(0.05)
            was_answered = task.done()
            release.set()
            await task
            return was_answered

        assert asyncio.run(write()) is False

    def test_an_answered_write_is_read_at_once(self, workshop: Workshop) -> None:
        async def write_and_find() -> None:
            for number in range(200):
                assert not await workshop.store.read(pairs.find, number)
                await workshop.store.transact(pairs.write, number)
                assert await workshop.store.read(pairs.find, number)

        asyncio.run(write_and_find())

    def test_a_caller_who_gave_up_in_time_is_passed_over(self, workshop: Workshop) -> None:
        async def write() -> None:
            async with Held(workshop.store):
                given_up, kept = await submitted(workshop.store, 1, 2)
                given_up.cancel()
                await asyncio.sleep(0)
            await kept
            assert given_up.cancelled()

        asyncio.run(write())
        assert workshop.committed() == {2}

    def test_a_caller_whose_loop_is_gone_keeps_nobody_from_writing(
        self, workshop: Workshop
    ) -> None:
        holding, release = threading.Event(), threading.Event()

        async def leave() -> None:
            task = asyncio.create_task(workshop.store.transact(hold, holding, release))
            await asyncio.sleep(0)
            task.cancel()

        asyncio.run(leave())
        release.set()
        assert asyncio.run(workshop.store.transact(pairs.write, 1)) == 1


class TestRefusals:
    def test_awaiting_something_outside_is_refused_and_rolled_back(
        self, workshop: Workshop
    ) -> None:
        with pytest.raises(RuntimeError, match="outside its transaction"):
            asyncio.run(workshop.store.transact(write_and_wait, 1))
        assert workshop.committed() == set()

    def test_a_full_queue_is_unavailable(self, workshop: Workshop) -> None:
        async def write() -> list[int]:
            async with Held(workshop.store):
                tasks = await submitted(workshop.store, *range(LIMIT))
                with pytest.raises(Unavailable, match="too many"):
                    await workshop.store.transact(pairs.write, 99)
            return await asyncio.gather(*tasks)

        assert asyncio.run(write()) == list(range(LIMIT))
        assert 99 not in workshop.committed()

    def test_reading_cannot_write(self, workshop: Workshop) -> None:
        with pytest.raises(apsw.ReadOnlyError):
            asyncio.run(workshop.store.read(pairs.write, 1))
        assert asyncio.run(workshop.store.read(pairs.find, 1)) is False

    def test_reading_cannot_wait(self, workshop: Workshop) -> None:
        async def wait(tx: Transaction) -> None:
            await asyncio.sleep(0)

        with pytest.raises(RuntimeError, match="outside its transaction"):
            asyncio.run(workshop.store.read(wait))

    def test_another_program_that_keeps_the_file_makes_it_unavailable(
        self, workshop: Workshop
    ) -> None:
        workshop._database().set_busy_timeout(10)
        other = apsw.Connection(str(workshop.path))
        other.execute("BEGIN IMMEDIATE")

        async def write() -> list[object]:
            tasks = await submitted(workshop.store, *range(LIMIT))
            return await asyncio.gather(*tasks, return_exceptions=True)

        assert {type(answer) for answer in asyncio.run(write())} == {Unavailable}
        other.execute("ROLLBACK")
        assert asyncio.run(workshop.store.transact(pairs.write, 1)) == 1
        other.close()


class TestRunningAgain:
    @pytest.fixture(autouse=True)
    def whole_groups(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """All that waits shares one transaction, however late it is."""
        monkeypatch.setattr(writer, "GROUP_SECONDS", 60)

    def test_every_run_draws_the_same(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs: list[tuple[Ref, Ref, int]] = []

        async def draw(tx: Transaction) -> None:
            runs.append((tx.new_ref(7), tx.new_ref(8), tx.any_shard()))

        async def draw_twice() -> None:
            async with Held(workshop.store):
                tasks = [asyncio.create_task(workshop.store.transact(draw)) for _ in range(2)]
                await handed_over()
                fail_once(monkeypatch, "COMMIT")
            await asyncio.gather(*tasks)

        asyncio.run(draw_twice())
        assert len(set(runs)) == 2
        assert len(runs) > 2

    def test_what_was_lost_together_is_written_one_by_one(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def write() -> list[int]:
            async with Held(workshop.store):
                tasks = await submitted(workshop.store, *range(LIMIT))
                fail_once(monkeypatch, "COMMIT")
            return await asyncio.gather(*tasks)

        assert asyncio.run(write()) == list(range(LIMIT))
        assert workshop.committed() == set(range(LIMIT))


class Counted:
    """Operations that write their number, with how often each was run."""

    def __init__(self, workshop: Workshop) -> None:
        self.runs: Counter[int] = Counter()
        self._workshop = workshop

    def write(self, *numbers: int, failing: Mapping[int, Operation[..., int]]) -> list[object]:
        """What all of one turn are answered; those in `failing` do that instead."""

        async def count(tx: Transaction, number: int) -> int:
            self.runs[number] += 1
            return await failing.get(number, pairs.write)(tx, number)

        async def write() -> list[object]:
            asked = (self._workshop.store.transact(count, number) for number in numbers)
            return await asyncio.gather(*asked, return_exceptions=True)

        return asyncio.run(write())


@pytest.fixture
def counted(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(writer, "GROUP_SECONDS", 60)
    return Counted(workshop)


async def refuse(tx: Transaction, number: int) -> int:
    raise NameTaken("credential", str(number))


async def write_and_refuse(tx: Transaction, number: int) -> int:
    await pairs.write(tx, number)
    return await refuse(tx, number)


async def break_down(tx: Transaction, number: int) -> int:
    raise ValueError(number)


class TestTakingBack:
    def test_one_that_failed_before_it_wrote_has_nobody_run_again(
        self, workshop: Workshop, counted: Counted
    ) -> None:
        answers = counted.write(1, 2, 3, failing={2: refuse})
        assert [type(answer) for answer in answers] == [int, NameTaken, int]
        assert set(counted.runs.values()) == {1}
        assert workshop.commits == 1
        assert workshop.committed() == {1, 3}

    @pytest.mark.parametrize("fail", [write_and_refuse, break_down])
    def test_one_that_may_have_written_has_the_others_run_again_once(
        self, workshop: Workshop, counted: Counted, fail: Operation[..., int]
    ) -> None:
        answers = counted.write(1, 2, 3, 4, 5, failing={2: fail, 4: fail})
        assert [type(answer) is int for answer in answers] == [True, False, True, False, True]
        assert max(counted.runs.values()) == 2
        assert workshop.commits == 1
        assert workshop.committed() == {1, 3, 5}

    def test_all_are_written_where_they_can_t_begin_again_together(
        self, workshop: Workshop, counted: Counted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        execute = writer.Writer._execute
        failures = [apsw.BusyError("another program was quicker")]
        executed: list[str] = []

        def failing(self: writer.Writer, text: str) -> None:
            executed.append(text)
            if executed[-2:] == ["ROLLBACK", "BEGIN IMMEDIATE"] and failures:
                raise failures.pop()
            execute(self, text)

        monkeypatch.setattr(writer.Writer, "_execute", failing)
        answers = counted.write(1, 2, 3, failing={2: write_and_refuse})
        assert [type(answer) for answer in answers] == [int, NameTaken, int]
        assert workshop.committed() == {1, 3}


class TestClosing:
    def test_what_was_accepted_is_finished(self, tmp_path: Path) -> None:
        workshop = Workshop(tmp_path / "orders.db")

        async def write_and_close() -> list[int]:
            tasks = await submitted(workshop.store, *range(LIMIT))
            await workshop.store.close()
            return await asyncio.gather(*tasks)

        assert asyncio.run(write_and_close()) == list(range(LIMIT))
        assert [path.name for path in tmp_path.iterdir()] == ["orders.db"]
        assert workshop.committed() == set(range(LIMIT))

    def test_later_calls_are_unavailable(self, tmp_path: Path) -> None:
        async def use() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING)
            await store.close()
            await store.close()
            with pytest.raises(Unavailable):
                await store.transact(pairs.write, 1)
            with pytest.raises(Unavailable):
                await store.read(pairs.find, 1)

        asyncio.run(use())

    def test_a_private_database_is_deleted(self, tmp_path: Path) -> None:
        async def use() -> None:
            store = open_store(tmp_path / "orders.db", SPELLING, delete_at_close=True)
            await store.transact(pairs.write, 1)
            await store.close()

        asyncio.run(use())
        assert list(tmp_path.iterdir()) == []


class TestCheckpoints:
    def test_the_wal_stays_bounded_under_steady_load(
        self, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "IDLE_PAGES", 50)
        monkeypatch.setattr(writer, "BUSY_PAGES", 100)
        wal = workshop.path.with_name("orders.db-wal")
        sizes = []

        async def write() -> None:
            for start in range(0, 1200, LIMIT):
                await asyncio.gather(
                    *(workshop.store.transact(pairs.write, start + i) for i in range(LIMIT))
                )
                sizes.append(wal.stat().st_size)

        asyncio.run(write())
        assert max(sizes) < 300 * 4120


def fail_once(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """The engine loses the whole transaction the first time that this is executed."""
    execute = writer.Writer._execute
    failures = [apsw.IOError("the disk doesn't answer")]

    def failing(self: writer.Writer, executed: str) -> None:
        if executed == text and failures:
            execute(self, "ROLLBACK")
            raise failures.pop()
        execute(self, executed)

    monkeypatch.setattr(writer.Writer, "_execute", failing)
