"""Guests: kept, found by their marks, and searched for."""

from __future__ import annotations

import pytest
from msgspec import structs
from tests.store.conftest import Driver
from tests.store.rows import (
    ADA,
    CARD,
    HOUR,
    NOON,
    WHOLE,
    a_guest,
    a_world,
    an_organisation,
    later,
)
from tests.store.spelling import SPELLING

from orderfolio.model import refs
from orderfolio.model.guests import Guest
from orderfolio.model.identities import Mark
from orderfolio.model.people import Identifier
from orderfolio.model.refs import Ref
from orderfolio.store.contract import Transaction
from orderfolio.store.queries import GuestQuery, Page, Window
from orderfolio.store.records import GuestRow, Organisation


def _card(id: str = "Q-7", hours: int | None = None) -> Identifier:
    expiry = None if hours is None else later(hours * HOUR)
    return Identifier(provider="card", id=id, expiry_date=expiry)


class TestKeeping:
    def test_an_insert_is_read_back_whole(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = (await a_world(tx, await an_organisation(tx))).guest
            found = await tx.guests.document(row.organisation, row.ref)
            assert found is not None
            assert (found.ref, found.version, found.body) == (row.ref, 1, SPELLING.guest(row))
            assert await tx.guests.find_for_update(row.organisation, row.ref) == row
            assert await tx.guests.find(row.organisation, row.ref) == row
            assert tx.guests.said(found) == row.guest

        driver.transact(story)

    def test_an_update_answers_what_is_kept_from_then_on(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await a_guest(tx, await an_organisation(tx), first_name="Ada")
            said = Guest(guest_type="visitor", last_name="King")
            changed = structs.replace(row, version=2, modified_at=later(HOUR), guest=said)
            document = await tx.guests.update(changed)
            assert document == await tx.guests.document(row.organisation, row.ref)
            assert await tx.guests.find_for_update(row.organisation, row.ref) == changed

        driver.transact(story)

    def test_what_was_never_there_is_not_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            ref = tx.new_ref(tx.any_shard())
            assert await tx.guests.document(organisation, ref) is None
            assert await tx.guests.find_for_update(organisation, ref) is None
            assert await tx.guests.first_with(organisation, [ADA], NOON) is None
            assert await tx.guests.first_with(organisation, [], NOON) is None
            page = await tx.guests.page(organisation, GuestQuery(), WHOLE)
            assert page == Page(documents=(), total=0, more=None)

        driver.transact(story)

    def test_a_claim_gives_refs_on_the_shard_of_the_first_mark(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            one = await tx.guests.claim(organisation, [ADA, CARD])
            same = await tx.guests.claim(organisation, [ADA])
            other = await tx.guests.claim(organisation, [CARD, ADA])
            assert one < same < other < await tx.guests.claim(organisation, ())
            assert refs.shard_of(one) == refs.shard_of(same) != refs.shard_of(other)

        driver.transact(story)


class TestMarks:
    def test_the_guest_created_first_is_found(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            first = await a_guest(tx, organisation, identifiers=(_card(),))
            await a_guest(tx, organisation, emails=("Ada@example.com",), identifiers=(_card(),))
            for marks in ([CARD], [ADA, CARD], [CARD, ADA]):
                assert await tx.guests.first_with(organisation, marks, NOON) == first.ref

        driver.transact(story)

    def test_emails_are_told_apart_in_lower_case_and_ids_exactly(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            guest = await a_guest(
                tx,
                organisation,
                emails=("STRASSE@Example.com",),
                identifiers=(_card(), Identifier(provider="EMAIL", id="Ada@Example.com")),
            )
            for provider, value, is_found in (
                ("", "strasse@example.com", True),
                ("", "STRASSE@example.com", False),
                ("EMAIL", "ada@example.com", True),
                ("email", "ada@example.com", False),
                ("", "ada@example.com", False),
                ("card", "Q-7", True),
                ("card", "q-7", False),
                ("Card", "Q-7", False),
            ):
                found = await tx.guests.first_with(organisation, [Mark(provider, value)], NOON)
                assert found == (guest.ref if is_found else None), (provider, value)

        driver.transact(story)

    @pytest.mark.parametrize(("hours", "counts"), [(-1, False), (0, False), (1, True)])
    def test_a_mark_counts_until_it_expires(
        self, driver: Driver, hours: int, *, counts: bool
    ) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            guest = await a_guest(tx, organisation, identifiers=(_card(hours=hours),))
            found = await tx.guests.first_with(organisation, [CARD], NOON)
            assert found == (guest.ref if counts else None)
            ref = tx.new_ref(0)
            carried = await tx.guests.carried_by_others(organisation, ref, [CARD], NOON)
            assert carried == (frozenset([CARD]) if counts else frozenset())

        driver.transact(story)

    @pytest.mark.parametrize("hours", [[-1, None], [None, -1], [-1, 1], [1, -1]])
    def test_an_identifier_given_twice_lasts_as_long_as_either(
        self, driver: Driver, hours: list[int | None]
    ) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            cards = tuple(_card(hours=expiry) for expiry in hours)
            guest = await a_guest(tx, organisation, identifiers=cards)
            assert await tx.guests.first_with(organisation, [CARD], NOON) == guest.ref

        driver.transact(story)

    def test_an_update_moves_them(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            row = await a_guest(
                tx, await an_organisation(tx), emails=("ada@example.com",), identifiers=(_card(),)
            )
            said = Guest(guest_type="customer", identifiers=(_card("Q-8"),))
            await tx.guests.update(structs.replace(row, version=2, guest=said))
            assert await tx.guests.first_with(row.organisation, [ADA, CARD], NOON) is None
            moved = Mark("card", "Q-8")
            assert await tx.guests.first_with(row.organisation, [moved], NOON) == row.ref
            said = Guest(guest_type="customer", identifiers=(_card("Q-8", hours=-1),))
            await tx.guests.update(structs.replace(row, version=3, guest=said))
            assert await tx.guests.first_with(row.organisation, [moved], NOON) is None

        driver.transact(story)

    def test_ones_own_are_not_carried_by_others(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            one = await a_guest(tx, organisation, emails=("ada@example.com",))
            other = await a_guest(tx, organisation, identifiers=(_card(),))
            for ref, carried in ((one.ref, {CARD}), (other.ref, {ADA})):
                marks = [ADA, CARD, Mark("card", "Q-8")]
                found = await tx.guests.carried_by_others(organisation, ref, marks, NOON)
                assert found == carried

        driver.transact(story)


async def _three(tx: Transaction) -> tuple[Organisation, list[GuestRow]]:
    organisation = await an_organisation(tx)
    return organisation, [
        await a_guest(
            tx,
            organisation,
            first_name="Ada",
            last_name="King",
            emails=("ada@example.com", "Countess@example.com"),
            phone_numbers=("+1", "+2"),
            identifiers=(_card(), Identifier(provider="email", id="Ada@Example.com")),
        ),
        await a_guest(
            tx,
            organisation,
            "visitor",
            first_name="ÅDA",
            last_name="KING",
            emails=("ada@example.com",),
            identifiers=(Identifier(provider="email", id="ada@example.com"),),
        ),
        await a_guest(tx, organisation, "visitor", last_name="Byron", phone_numbers=("+1", "+1")),
    ]


class TestSearching:
    @pytest.mark.parametrize(
        ("query", "positions"),
        [
            (GuestQuery(), [0, 1, 2]),
            (GuestQuery(guest_type="visitor"), [1, 2]),
            (GuestQuery(guest_type="traveller"), []),
            (GuestQuery(email="COUNTESS@example.com"), [0]),
            (GuestQuery(email="ada@example.com"), [0, 1]),
            (GuestQuery(email="ada"), []),
            (GuestQuery(first_name="åda"), [1]),
            (GuestQuery(first_name="ADA"), [0]),
            (GuestQuery(last_name="king"), [0, 1]),
            (GuestQuery(last_name="king", first_name="ada"), [0]),
            (GuestQuery(last_name="king", guest_type="visitor"), [1]),
            (GuestQuery(first_name="ada", guest_type="visitor"), []),
            (GuestQuery(phone_number="+1"), [0, 2]),
            (GuestQuery(phone_number="1"), []),
            (GuestQuery(identifier=("card", "Q-7")), [0]),
            (GuestQuery(identifier=("card", "q-7")), []),
            (GuestQuery(identifier=("email", "Ada@Example.com")), [0]),
            (GuestQuery(identifier=("email", "ada@example.com")), [1]),
            (GuestQuery(identifier=("email", "ADA@EXAMPLE.COM")), []),
            (GuestQuery(email="ada@example.com", phone_number="+1"), [0]),
            (GuestQuery(email="ada@example.com", identifier=("card", "Q-8")), []),
            (GuestQuery(phone_number="+1", last_name="BYRON", guest_type="visitor"), [2]),
        ],
        ids=repr,
    )
    @pytest.mark.parametrize("descending", [False, True], ids=["ascending", "descending"])
    def test_all_conditions_hold(
        self, driver: Driver, query: GuestQuery, positions: list[int], *, descending: bool
    ) -> None:
        query = structs.replace(query, descending=descending)
        positions = positions[::-1] if descending else positions

        async def story(tx: Transaction) -> None:
            organisation, guests = await _three(tx)
            expected = [guests[position] for position in positions]
            page = await tx.guests.page(organisation, query, WHOLE)
            assert [found.body for found in page.documents] == [
                SPELLING.guest(row) for row in expected
            ]
            assert (page.total, page.more) == (len(expected), None)
            met: list[Ref] = []
            window = Window(limit=1)
            while True:
                page = await tx.guests.page(organisation, query, window)
                met += [found.ref for found in page.documents]
                if page.more is None:
                    break
                window = Window(limit=1, after=page.more)
            assert met == [row.ref for row in expected]
            past = await tx.guests.page(organisation, query, Window(offset=10**38))
            assert past == Page(documents=past.documents, total=len(expected), more=None)
            assert not past.documents
            bare = await tx.guests.page(organisation, query, Window(offset=1))
            assert [found.ref for found in bare.documents] == met[1:]
            assert {found.body for found in bare.documents} <= {b""}

        driver.transact(story)

    def test_a_ref_is_a_condition_like_the_others(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation, guests = await _three(tx)
            for position, last_name, total in ((0, "king", 1), (2, "king", 0), (2, None, 1)):
                query = GuestQuery(guest_ref=guests[position].ref, last_name=last_name)
                assert (await tx.guests.page(organisation, query, WHOLE)).total == total

        driver.transact(story)

    def test_an_update_is_found_by_what_it_says(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation, (ada, *_) = await _three(tx)
            said = Guest(guest_type="traveller", first_name="Grace", phone_numbers=("+3",))
            await tx.guests.update(structs.replace(ada, version=2, guest=said))
            for query, total in (
                (GuestQuery(), 3),
                (GuestQuery(guest_type="customer"), 0),
                (GuestQuery(guest_type="traveller"), 1),
                (GuestQuery(first_name="ada"), 0),
                (GuestQuery(first_name="grace"), 1),
                (GuestQuery(last_name="king"), 1),
                (GuestQuery(phone_number="+1"), 1),
                (GuestQuery(phone_number="+3"), 1),
                (GuestQuery(email="countess@example.com"), 0),
            ):
                assert (await tx.guests.page(organisation, query, WHOLE)).total == total, query

        driver.transact(story)
