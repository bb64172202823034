"""Commands that tell who changed what, and that delete a guest with a receipt."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from tests.cli.programs import FAILED, Program
from tests.operations.examples import an_order

from orderfolio.model import refs
from orderfolio.model.people import AS_THEY_ARE, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import guests, orders, organisations, people
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, Window
from orderfolio.store.sqlite import open_store
from orderfolio.wire.documents import SPELLING

SHOP = ("--organisation", "shop")
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"


async def _a_guest(tx: Transaction) -> tuple[Ref, Ref]:
    """A guest with an order of its own."""
    organisation = (await organisations.fetch(tx, "shop")).organisation
    order = await orders.create(tx, organisation, an_order())
    person = Person(first_name="Ada", emails=("ada@example.com",))
    await people.create(tx, organisation, Role.CONTACT, order.ref, person, AS_THEY_ARE)
    page = await guests.browse(tx, organisation, GuestQuery(), Window(limit=1))
    return page.documents[0].ref, order.ref


@pytest.fixture
def known(shop: Program, tmp_path: Path) -> tuple[str, str]:
    """The refs of a guest and of its order."""

    async def fill() -> tuple[str, str]:
        store = open_store(tmp_path / "orderfolio.db", SPELLING)
        try:
            guest, order = await store.transact(_a_guest)
        finally:
            await store.close()
        return refs.spell(guest), refs.spell(order)

    return asyncio.run(fill())


class TestAudit:
    def test_tells_who_changed_what_the_newest_first(self, shop: Program) -> None:
        key = shop.json("credentials", "create", *SHOP)["clientKey"]
        newest, oldest = shop.json("audit", *SHOP)["entries"]
        assert re.fullmatch(STAMP, newest.pop("at"))
        assert refs.parse(newest.pop("entry")) is not None
        assert newest == {
            "actor": "command",
            "name": None,
            "operation": "credentials.create",
            "requestId": None,
            "change": "created",
            "noun": "client key",
            "ref": None,
            "called": key,
            "orderRef": None,
            "guestRef": None,
            "version": None,
            "deleted": None,
        }
        assert (oldest["operation"], oldest["called"]) == ("organisations.create", "shop")
        lines = shop.text("audit", *SHOP).splitlines()
        assert re.fullmatch(
            rf"{STAMP}  command  credentials\.create  created  client key  {key}", lines[0]
        )

    def test_goes_on_where_a_page_ended(self, shop: Program) -> None:
        shop.text("rules", "add", *SHOP, "Club", "club")
        first = shop.json("audit", *SHOP, "--limit", "1")
        assert [entry["operation"] for entry in first["entries"]] == ["rules.add"]
        second = shop.json("audit", *SHOP, "--limit", "1", "--before", first["more"])
        assert [entry["operation"] for entry in second["entries"]] == ["organisations.create"]
        assert second["more"] is None
        assert shop.text("audit", *SHOP, "--limit", "1").splitlines()[-1] == (
            f"There may be more: --before {first['more']}"
        )

    def test_is_narrowed_to_a_resource_and_to_a_time(
        self, shop: Program, known: tuple[str, str]
    ) -> None:
        guest, order = known
        found = shop.json("audit", *SHOP, "--about", order)["entries"]
        assert [entry["noun"] for entry in found] == ["order contact", "guest", "order"]
        found = shop.json("audit", *SHOP, "--about", guest)["entries"]
        assert [entry["noun"] for entry in found] == ["order contact", "guest"]
        assert shop.json("audit", *SHOP, "--since", "2999-01-01T00:00:00Z")["entries"] == []
        assert len(shop.json("audit", *SHOP, "--since", "1999-01-01T00:00:00Z")["entries"]) == 4

    def test_what_is_no_ref_and_no_time_is_refused(self, shop: Program) -> None:
        assert shop.refusal("audit", *SHOP, "--about", "x").endswith("'x' isn't a ref")
        assert shop.refusal("audit", *SHOP, "--since", "x").endswith("2026-11-23T09:00:00Z")

    def test_tells_of_organisations_that_are_gone(self, shop: Program) -> None:
        shop.text("organisations", "remove", "shop", "--yes")
        [entry] = shop.json("audit", "--removed")["entries"]
        assert (entry["operation"], entry["called"]) == ("organisations.close", "shop")
        assert shop.refusal("audit", *SHOP) == "There is no organisation 'shop'"


class TestRemovingAGuest:
    def test_prints_the_receipt(self, shop: Program, known: tuple[str, str]) -> None:
        guest, order = known
        told = shop.json("guests", "remove", guest, *SHOP, "--yes")
        assert re.fullmatch(STAMP, told.pop("finishedAt"))
        assert told == {
            "guestRef": guest,
            "deleted": {
                "guests": 1,
                "orders": 1,
                "items": 0,
                "contacts": 1,
                "consumers": 0,
                "extensions": 0,
            },
            "orders": [order],
        }
        entry = shop.json("audit", *SHOP, "--limit", "1")["entries"][0]
        assert (entry["actor"], entry["operation"]) == ("command", "guests.remove")
        assert entry["deleted"] == {
            "orders": 1,
            "items": 0,
            "contacts": 1,
            "consumers": 0,
            "extensions": 0,
        }
        assert shop.refusal("guests", "remove", guest, *SHOP, "--yes") == (
            f"Guest {guest} was not found"
        )

    def test_people_read_it_line_by_line(self, shop: Program, known: tuple[str, str]) -> None:
        guest, order = known
        lines = shop.text("guests", "remove", guest, *SHOP, "--yes").splitlines()
        assert re.fullmatch(rf"Deleted the guest {guest} at {STAMP}, with", lines[0])
        assert lines[1] == "  orders      1"
        assert lines[-1] == f"  order {order}"

    def test_asks_who_is_there_to_answer(
        self, shop: Program, known: tuple[str, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guest, _ = known
        remove = ("guests", "remove", guest, *SHOP)
        assert shop.refusal(*remove) == "Nobody is here to be asked; say --yes"
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        asked: list[str] = []
        for answer, code in (("n", FAILED), ("y", 0)):

            def prompt(text: str, said: str = answer) -> str:
                asked.append(text)
                return said

            monkeypatch.setattr("click.termui.visible_prompt_func", prompt)
            assert shop(*remove)[0] == code
        assert all(": 1; contacts of other orders: " in text for text in asked)

    def test_another_organisation_s_is_not_there(
        self, shop: Program, known: tuple[str, str]
    ) -> None:
        shop.text("organisations", "create", "pier")
        guest, _ = known
        refused = shop.refusal("guests", "remove", guest, "--organisation", "pier", "--yes")
        assert refused == f"Guest {guest} was not found"
