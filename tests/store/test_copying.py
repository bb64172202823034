"""Moving house: every row of a database carried to another, of any engine, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import apsw
import asyncpg
import pytest
from tests.clusters.postgres import Server
from tests.store import houses, pairs
from tests.store.spelling import SPELLING

from orderfolio import databases
from orderfolio.errors import CannotStart
from orderfolio.store import copying, shelves
from orderfolio.store.migrating import migrations_of
from orderfolio.store.postgres import migrate, shelves as postgres_shelves
from orderfolio.store.shelves import Row, Table
from orderfolio.store.sqlite import back_up, shelves as sqlite_shelves

SOME: Final = range(24)
OTHER: Final = "postgres_other"
ANOTHER: Final = "postgres_another"
PLACES: Final = ("sqlite", "postgres")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file in which a server did a little of everything."""
    path = tmp_path / "source.db"
    houses.served(path, SOME)
    return path


@pytest.fixture(scope="module")
def tables(postgres: Server) -> Iterator[str]:
    """The name of a database of PostgreSQL that has our tables, as they were made."""
    name = "postgres_tables"
    asyncio.run(migrate(postgres.create_database(name)))
    yield name
    postgres.drop_database(name)


@pytest.fixture
def other(postgres: Server, tables: str) -> Iterator[str]:
    """A database of PostgreSQL that nobody served from yet."""
    postgres.drop_database(OTHER)
    yield postgres.create_database(OTHER, tables)
    postgres.drop_database(OTHER)


@pytest.fixture
def another(postgres: Server, tables: str) -> Iterator[str]:
    """As `other`: what tests share may have sessions of a store that is kept open."""
    postgres.drop_database(ANOTHER)
    yield postgres.create_database(ANOTHER, tables)
    postgres.drop_database(ANOTHER)


@pytest.fixture
def bare(postgres: Server) -> Iterator[str]:
    """A database of PostgreSQL without any table."""
    name = "postgres_bare"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(params=PLACES)
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where nothing is yet, for each engine."""
    if request.param == "sqlite":
        return tmp_path / "target.db"
    place: str = request.getfixturevalue("other")
    return place


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BATCH_ROWS", 5)
    monkeypatch.setattr(sqlite_shelves, "HANDFUL", 3)
    monkeypatch.setattr(postgres_shelves, "HANDFUL", 3)
    monkeypatch.setattr(shelves, "LARGEST_HANDFUL", 3)


def refused(source: Path | str, target: Path | str) -> str:
    with pytest.raises(CannotStart) as caught:
        houses.copied(source, target)
    return str(caught.value)


def change(where: Path | str, *statements: str) -> None:
    async def on_the_server(url: str) -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(";".join(statements))
        await connection.close()

    if isinstance(where, str):
        asyncio.run(on_the_server(where))
    else:
        database = apsw.Connection(str(where))
        database.execute(";".join(statements))
        database.close()


class Interrupted(Exception):
    """The copy ends here."""


class Interruption:
    """Ends a copy after so many of its steps."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def __call__(self, *_: object) -> None:
        if self._left == 0:
            raise Interrupted
        self._left -= 1


def begun(source: Path | str, target: Path | str, steps: int = 12) -> None:
    with pytest.raises(Interrupted):
        houses.copied(source, target, Interruption(steps))


def watch_inserts(
    monkeypatch: pytest.MonkeyPatch, see: Callable[[Sequence[Row]], Sequence[Row]]
) -> None:
    """See the rows that are written, and write those that are returned."""
    for shelf in (sqlite_shelves.SqliteShelf, postgres_shelves.PostgresShelf):
        insert = shelf.insert

        async def watched(
            self: Any, table: Table, rows: Sequence[Row], insert: Any = insert
        ) -> None:
            await insert(self, table, see(rows))

        monkeypatch.setattr(shelf, "insert", watched)


def noted(sizes: list[int]) -> Callable[[Sequence[Row]], Sequence[Row]]:
    def note(rows: Sequence[Row]) -> Sequence[Row]:
        sizes.append(len(rows))
        return rows

    return note


class TestSchemas:
    def test_both_engines_have_the_same_tables_with_the_same_columns(
        self, source: Path, other: str
    ) -> None:
        async def ask() -> None:
            with sqlite_shelves.source(source) as file:
                async with postgres_shelves.source(other) as server:
                    ours, theirs = await file.tables(), await server.tables()
            assert ours == theirs
            assert {table.name for table in ours} == set(houses.contents(source))

        asyncio.run(ask())

    def test_what_an_engine_keeps_for_itself_is_there(self, migrated: str) -> None:
        async def names() -> set[str]:
            connection = await asyncpg.connect(migrated)
            rows = await connection.fetch("SELECT relname FROM pg_class WHERE relkind = 'r'")
            await connection.close()
            return {name for (name,) in rows}

        assert set(postgres_shelves.OWN_TABLES) <= asyncio.run(names())


class TestCopies:
    def test_rows_come_back_from_the_other_engine_as_they_were(
        self, source: Path, other: str, tmp_path: Path
    ) -> None:
        houses.put_awkward_rows(source)
        before = houses.contents(source)
        there = houses.copied(source, other)
        assert houses.contents(other) == before
        back = houses.copied(other, tmp_path / "back.db")
        assert houses.contents(tmp_path / "back.db") == before
        assert back == there
        assert {row.table: row.rows for row in there} == {
            name: len(rows) for name, rows in before.items()
        }
        assert houses.contents(source) == before

    def test_tables_are_made_where_there_are_none(self, source: Path, bare: str) -> None:
        houses.copied(source, bare)
        assert houses.contents(bare) == houses.contents(source)

    def test_an_engine_is_copied_to_itself(
        self, source: Path, other: str, another: str, tmp_path: Path
    ) -> None:
        houses.copied(source, tmp_path / "second.db")
        assert houses.contents(tmp_path / "second.db") == houses.contents(source)
        houses.copied(source, other)
        houses.copied(other, another)
        assert houses.contents(another) == houses.contents(source)

    def test_a_copy_is_sound_and_goes_on_where_its_source_was(
        self, source: Path, target: Path | str
    ) -> None:
        key = houses.served(source)
        houses.copied(source, target)
        assert houses.problems(target) == []
        greatest = max(row[6] for row in houses.contents(source)["orders"])
        assert houses.served(target, range(24, 31)) == key
        newest = max(row[6] for row in houses.contents(target)["orders"])
        assert newest > greatest
        assert houses.problems(target) == []

    def test_a_backup_is_a_source_and_stays_as_it_is(
        self, source: Path, target: Path | str, tmp_path: Path
    ) -> None:
        backup = tmp_path / "backup.db"
        back_up(source, backup, replaces=False)
        before = backup.read_bytes()
        houses.copied(backup, target)
        assert houses.contents(target) == houses.contents(source)
        assert backup.read_bytes() == before
        assert not list(tmp_path.glob("backup.db-*"))

    def test_checksums_tell_what_differs(self, source: Path, tmp_path: Path) -> None:
        def sums(name: str) -> dict[str, tuple[int, bytes]]:
            copies = houses.copied(source, tmp_path / name)
            return {row.table: (row.rows, row.checksum) for row in copies}

        first = sums("first.db")
        change(source, "UPDATE orders SET status = 'x' WHERE ref = (SELECT max(ref) FROM orders)")
        second = sums("second.db")
        assert {name for name in first if first[name] != second[name]} == {"orders"}

    def test_a_database_that_was_only_migrated_is_empty(
        self, source: Path, target: Path | str
    ) -> None:
        assert houses.served(target) != houses.served(source)
        houses.copied(source, target)
        assert houses.contents(target) == houses.contents(source)

    def test_long_rows_are_read_a_few_at_a_time(self) -> None:
        assert shelves.next_handful([(1, b"x" * shelves.HANDFUL_BYTES)]) == 1
        assert shelves.next_handful([(1, b"x" * (shelves.HANDFUL_BYTES // 10))]) == 9
        assert shelves.next_handful([(1,)]) == shelves.LARGEST_HANDFUL

    @pytest.mark.usefixtures("small_batches")
    def test_steps_lead_from_nothing_to_all_of_it(self, source: Path, target: Path | str) -> None:
        steps: list[tuple[str, str, int, int]] = []
        tables = houses.copied(source, target, lambda *step: steps.append(step))
        done = [step[2] for step in steps]
        rows = sum(table.rows for table in tables)
        assert done == sorted(set(done))
        assert (done[-1], {step[3] for step in steps}) == (2 * rows, {2 * rows})
        assert {step[0] for step in steps} == {"copying", "verifying"}

    def test_a_batch_is_no_larger_than_memory_allows(
        self, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        houses.put_awkward_rows(source)
        monkeypatch.setattr(copying, "BATCH_BYTES", 1)
        sizes: list[int] = []
        watch_inserts(monkeypatch, noted(sizes))
        monkeypatch.setattr(sqlite_shelves, "HANDFUL", 2)
        houses.copied(source, tmp_path / "target.db")
        assert max(sizes) == 2


@pytest.mark.usefixtures("small_batches")
class TestResuming:
    def test_a_copy_goes_on_from_every_step(self, source: Path, tmp_path: Path) -> None:
        before = houses.contents(source)
        steps: list[object] = []
        houses.copied(source, tmp_path / "whole.db", lambda *step: steps.append(step))
        for count in range(0, len(steps), 3):
            target = tmp_path / f"{count}.db"
            begun(source, target, count)
            houses.copied(source, target)
            assert houses.contents(target) == before

    def test_it_goes_on_after_many_interruptions(self, source: Path, target: Path | str) -> None:
        interruptions = 0
        for count in range(10, 400, 30):
            try:
                houses.copied(source, target, Interruption(count))
            except Interrupted:
                interruptions += 1
            else:
                break
        assert interruptions > 1
        assert houses.contents(target) == houses.contents(source)
        assert houses.problems(target) == []

    @pytest.mark.usefixtures("small_batches")
    def test_it_can_be_ended_while_it_looks_at_what_is_there(
        self, source: Path, tmp_path: Path
    ) -> None:
        """Before its first step: what was written since takes as long as all that is there."""
        target, steps = tmp_path / "target.db", list[object]()
        begun(source, target)

        async def end() -> None:
            copy = databases.copy(houses.place(source), houses.place(target), note)
            task = asyncio.create_task(copy)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        def note(*step: object) -> None:
            steps.append(step)

        asyncio.run(end())
        assert steps == []
        houses.copied(source, target)

    def test_what_is_there_is_not_copied_again(
        self, source: Path, target: Path | str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begun(source, target)
        partial = houses.contents(target)
        there = sum(len(rows) for name, rows in partial.items() if name != "settings")
        assert there > 20
        inserted: list[int] = []
        watch_inserts(monkeypatch, noted(inserted))
        tables = houses.copied(source, target)
        assert sum(inserted) == sum(table.rows for table in tables) - there

    def test_what_changed_in_the_source_meanwhile_is_copied_anew(
        self, source: Path, target: Path | str
    ) -> None:
        begun(source, target)
        houses.served(source, range(100, 118))
        change(source, "DELETE FROM consumed")
        houses.copied(source, target)
        assert houses.contents(target) == houses.contents(source)

    def test_a_target_that_others_wrote_to_meanwhile_is_refused(
        self, source: Path, target: Path | str
    ) -> None:
        begun(source, target)
        change(target, "UPDATE credentials SET created_at = 7")
        assert refused(source, target) == (
            "the database to copy to was written by others since the copy was begun, in "
            "credentials; copy into an empty one"
        )

    def test_of_two_copies_at_once_one_ends_and_nothing_is_there_twice(
        self, source: Path, other: str, another: str
    ) -> None:
        houses.copied(source, other)
        places = houses.place(other), houses.place(another)

        async def both() -> list[object]:
            copies = [databases.copy(*places, houses.quiet) for _ in range(2)]
            return list(await asyncio.gather(*copies, return_exceptions=True))

        failed = [result for result in asyncio.run(both()) if isinstance(result, BaseException)]
        assert {type(error) for error in failed} == {CannotStart}
        if len(failed) == 2:
            houses.copied(other, another)
        assert houses.contents(another) == houses.contents(source)

    def test_a_copy_begun_from_another_database_is_refused(
        self, source: Path, target: Path | str, tmp_path: Path
    ) -> None:
        begun(source, target)
        houses.served(tmp_path / "stranger.db", range(6))
        assert refused(tmp_path / "stranger.db", target) == (
            "the database to copy to holds a copy, begun from another database"
        )

    def test_a_half_is_neither_served_nor_copied_nor_called_sound(
        self, source: Path, target: Path | str, tmp_path: Path
    ) -> None:
        begun(source, target)
        for use in (houses.served, houses.problems):
            with pytest.raises(CannotStart, match="holds a copy that isn't finished; orderfolio"):
                use(target)
        assert refused(target, tmp_path / "third.db") == (
            "the database to copy from is itself a copy that isn't finished"
        )
        houses.copied(source, target)
        assert houses.problems(target) == []

    def test_what_is_found_at_the_end_must_be_what_was_written(
        self, source: Path, target: Path | str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A target that loses what it acknowledged.
        watch_inserts(monkeypatch, lambda rows: rows[:-1])
        assert refused(source, target).startswith("the copy isn't what it should be: audit has ")
        with pytest.raises(CannotStart):
            houses.served(target)


class TestRefusals:
    def test_a_target_with_data_of_its_own(self, source: Path, target: Path | str) -> None:
        houses.served(target, range(1))
        before = houses.contents(target)
        assert refused(source, target) == (
            "the database to copy to has data of its own, in audit; name an empty one"
        )
        assert houses.contents(target) == before

    def test_a_target_in_which_there_was_an_organisation(
        self, source: Path, target: Path | str
    ) -> None:
        houses.served(target)
        change(target, "UPDATE numbering SET greatest = 1")
        assert "data of its own, in numbering" in refused(source, target)

    def test_a_finished_copy(self, source: Path, target: Path | str) -> None:
        houses.copied(source, target)
        assert refused(source, target) == (
            "the database to copy to is the one to copy from, or a finished copy of it"
        )

    def test_the_source_itself(self, source: Path, other: str) -> None:
        assert refused(source, source) == "the database to copy to is the one to copy from"
        houses.served(other)
        assert refused(other, other).startswith("the database to copy to is the one to copy from")

    def test_a_source_that_was_never_served(self, other: str, tmp_path: Path) -> None:
        with sqlite_shelves.target(tmp_path / "new.db"):
            pass
        assert refused(tmp_path / "new.db", other) == (
            "the database to copy from was never served; there is nothing to copy"
        )

    @pytest.mark.parametrize("which", PLACES)
    def test_a_source_in_use(self, source: Path, other: str, tmp_path: Path, which: str) -> None:
        houses.copied(source, other)
        place = source if which == "sqlite" else other

        async def ask() -> str:
            async with databases.opened(houses.place(place), SPELLING, migrates=False) as store:
                await store.read(pairs.numbers)
                return await asyncio.to_thread(refused, place, tmp_path / "target.db")

        assert "is in use; stop its server" in asyncio.run(ask())

    @pytest.mark.parametrize("version", [1, 99])
    def test_a_file_of_another_version(self, source: Path, other: str, version: int) -> None:
        change(source, f"PRAGMA user_version = {version}")
        newest = len(migrations_of("sqlite"))
        words = {
            1: f"has version 1; orderfolio migrate brings it to {newest}",
            99: f"made by a newer program; this one knows versions up to {newest}",
        }
        assert refused(source, other).endswith(words[version])
        houses.served(source.with_name("good.db"), range(1))
        assert refused(source.with_name("good.db"), source).endswith(words[version])

    def test_a_server_s_database_of_another_version(
        self, source: Path, other: str, bare: str, tmp_path: Path
    ) -> None:
        assert refused(bare, tmp_path / "target.db").startswith("the database is empty; ")
        houses.served(other)
        change(other, "INSERT INTO migrations (version, serves) VALUES (99, 99)")
        for pair in ((source, other), (other, tmp_path / "target.db")):
            assert "has version 99, made by a newer program" in refused(*pair)

    def test_tables_that_differ(self, source: Path, other: str) -> None:
        houses.served(other)
        change(other, "ALTER TABLE rules ADD COLUMN colour text", "DROP TABLE deletions CASCADE")
        assert refused(source, other) == (
            "the two databases were made by different programs: they differ in deletions, rules"
        )

    def test_another_program_s_file(self, source: Path, tmp_path: Path) -> None:
        foreign = tmp_path / "foreign.db"
        change(foreign, "CREATE TABLE things (name TEXT)")
        before = foreign.read_bytes()
        for pair in ((foreign, tmp_path / "target.db"), (source, foreign)):
            assert refused(*pair) == f"the database {foreign} belongs to another program"
        assert foreign.read_bytes() == before

    def test_a_damaged_source(self, source: Path, tmp_path: Path) -> None:
        content = source.read_bytes()
        source.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        assert refused(source, tmp_path / "target.db").startswith(f"the database {source} is ")

    def test_a_server_that_goes_away(self, source: Path, other: str, postgres: Server) -> None:
        def end(*_: object) -> None:
            postgres.sql(
                "postgres",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                f" WHERE datname = '{OTHER}' AND pid <> pg_backend_pid()",
            )

        with pytest.raises(CannotStart, match=r"the database to copy to failed: .*to go on"):
            houses.copied(source, other, end)
        houses.copied(source, other)
        assert houses.contents(other) == houses.contents(source)
