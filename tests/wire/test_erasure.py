"""A deleted guest leaves no byte: every table, the file, its log and a backup are searched."""

from __future__ import annotations

import asyncio
import random
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from tests.wire.clients import PERSON, Client

from orderfolio.housekeeping import tidy
from orderfolio.operations import deletions
from orderfolio.store.contract import Store
from orderfolio.store.sqlite import back_up, files

# Found in no other word, whatever became of its case.
MARK: Final = "qxzvj"
STAYS: Final = "wkjyqh"

# What a file keeps between its rows is looked at; a server's own files are its own.
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def a_person(mark: str, turn: int) -> dict[str, object]:
    """Every attribute that can hold a word, holding the mark."""
    word = f"{mark.title()}{turn}"
    return {
        "title": word,
        "firstName": word,
        "lastName": f"{word}-{'x' * 200}",
        "nationality": word,
        "passportNumber": word,
        "emails": [f"{word}@example.com", f"other.{word}@example.com"],
        "phoneNumbers": [f"+1 {word}"],
        "street": [word, f"{word} {'y' * 3000}"],
        "city": word,
        "state": word,
        "postCode": word,
        "identifiers": [{"provider": word, "id": word}],
    }


def encodings(mark: str) -> list[bytes]:
    """The ways in which the mark may be spelt, of all that is compared in lower case."""
    return [mark.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be")] + [
        mark.encode().hex().encode()
    ]


def is_in(content: bytes, mark: str = MARK) -> bool:
    lowered = content.lower()
    return any(spelt in lowered for spelt in encodings(mark))


class Shop:
    """A guest who left a mark wherever one can be left, among others who left theirs."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.orders = [client.order(referenceId=f"{MARK}-{turn}") for turn in range(5)]
        self.guest = self._contact(self.orders[0], MARK, 0)
        for turn, order in enumerate(self.orders):
            assert self._contact(order, MARK, 0) == self.guest
            item = client.item(order, name=MARK, description=f"{MARK} {'z' * 500}")
            for owner in (f"/v2.1/orders/{order}", f"/v2.1/orderItems/{item}"):
                pairs = {f"{MARK}{turn}": f"of {MARK}"}
                assert client.post(f"{owner}/extensions/ext", pairs).status_code == 201
                assert client.patch(f"{owner}/extensions/ext", pairs).status_code == 200
            client.consumer(order, **a_person(MARK, 0))

    def _contact(self, order: str, mark: str, turn: int) -> str:
        answer = self.client.post(
            f"/v2.1/orders/{order}/contacts",
            a_person(mark, turn),
            headers={"Idempotency-Key": f"key-{random.random()}"},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["guest"]["href"]).rpartition("/")[2]

    def change_often(self) -> None:
        """Replace what is said of the guest, so that old rows are left behind."""
        for turn in range(20):
            said = {"guestType": "customer", **a_person(MARK, turn)}
            said["street"] = [MARK * (1 + 40 * (turn % 7))]
            answer = self.client.put(f"/v2.1/guests/{self.guest}", said)
            assert answer.status_code == 200, answer.text

    def others(self, number: int) -> None:
        """Rows of others, before, between and behind those of the guest."""
        for turn in range(number):
            order = self.client.order(referenceId=f"{STAYS}-{random.random()}")
            self._contact(order, STAYS, turn)

    def relink(self) -> None:
        """A contact that was the guest's, became another's and went; its answer is kept."""
        other = self.client.guest(firstName=STAYS, emails=[])
        order = self.client.order(referenceId=f"{STAYS}-relinked")
        answer = self.client.post(
            f"/v2.1/orders/{order}/contacts",
            {**PERSON, "emails": [], "firstName": MARK, "guest": {"ref": other}},
            headers={"Idempotency-Key": "relinked"},
        )
        contact = answer.json()["ref"]
        path = f"/v2.1/orderContacts/{contact}"
        assert self.client.patch(path, {"guest": {"ref": self.guest}}).status_code == 200
        assert self.client.delete(path).status_code == 204


@pytest.fixture
def shop(client: Client) -> Shop:
    random.seed(7)
    shop = Shop(client)
    shop.others(30)
    shop.change_often()
    shop.relink()
    shop.others(10)
    return shop


def cells(path: Path) -> list[bytes]:
    """Every value of every table."""
    with closing(files.open_reader(path, None)) as database:
        tables = [
            name
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        ]
        return [
            value if isinstance(value, bytes) else str(value).encode()
            for table in tables
            for row in database.execute(f"SELECT * FROM {table}")
            for value in row
        ]


def stored(path: Path) -> dict[str, bytes]:
    """The bytes of the database and of all that SQLite keeps beside it."""
    found = [path, *(files.beside(path, suffix) for suffix in files.BESIDE)]
    return {file.name: file.read_bytes() for file in found if file.exists()}


def erase(shop: Shop, runner: asyncio.Runner, store: Store) -> None:
    assert shop.client.delete(f"/v2.1/guests/{shop.guest}").status_code == 204
    runner.run(tidy(store, 24))


class TestErasure:
    def test_leaves_nothing_in_tables_file_log_or_backup(
        self, shop: Shop, runner: asyncio.Runner, store: Store, tmp_path: Path
    ) -> None:
        path = tmp_path / "orders.db"
        assert any(map(is_in, stored(path).values()))
        erase(shop, runner, store)
        assert [value for value in cells(path) if is_in(value)] == []
        assert [name for name, content in stored(path).items() if is_in(content)] == []
        back_up(path, tmp_path / "backup.db", replaces=False)
        assert not is_in((tmp_path / "backup.db").read_bytes())

    def test_leaves_what_is_others(
        self, shop: Shop, runner: asyncio.Runner, store: Store, tmp_path: Path
    ) -> None:
        before = sum(is_in(value, STAYS) for value in cells(tmp_path / "orders.db"))
        erase(shop, runner, store)
        assert sum(is_in(value, STAYS) for value in cells(tmp_path / "orders.db")) == before

    def test_is_taken_up_again_once_nobody_reads_what_was_there_before(
        self, shop: Shop, runner: asyncio.Runner, store: Store, tmp_path: Path
    ) -> None:
        path = tmp_path / "orders.db"
        with closing(files.open_reader(path, None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM orders").fetchall()
            erase(shop, runner, store)
            assert any(map(is_in, stored(path).values()))
            assert runner.run(store.read(deletions.browse_traces))
        runner.run(tidy(store, 24))
        assert not runner.run(store.read(deletions.browse_traces))
        assert [name for name, content in stored(path).items() if is_in(content)] == []


class TestTheOracle:
    def test_sees_what_is_deleted_and_not_overwritten(
        self, shop: Shop, runner: asyncio.Runner, store: Store, tmp_path: Path
    ) -> None:
        writer: Any = store
        writer._writer._database.execute("PRAGMA secure_delete = OFF").fetchall()
        erase(shop, runner, store)
        assert is_in(stored(tmp_path / "orders.db")["orders.db"])

    def test_sees_a_log_that_was_not_cut_off(self, shop: Shop, tmp_path: Path) -> None:
        assert shop.client.delete(f"/v2.1/guests/{shop.guest}").status_code == 204
        assert is_in(stored(tmp_path / "orders.db")["orders.db-wal"])
