"""The audit log: entries of one organisation, the newest first, as long as they are kept."""

from __future__ import annotations

from tests.store.conftest import Driver
from tests.store.rows import a_consumer, a_contact, a_guest, a_world, an_order, an_organisation

from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.store.contract import THE_SERVER, Transaction
from orderfolio.store.queries import EntryQuery
from orderfolio.store.records import Actor, By, Change, Entry, Gone, Organisation

OURS, THEIRS = Organisation(1), Organisation(2)
ADA = By(actor=Actor.USER, name="ada", operation="rules.add", request_id="r-1")


def an_entry(tx: Transaction, touched: Ref, organisation: Organisation = OURS) -> Entry:
    return Entry(
        organisation=organisation,
        ref=tx.new_ref(refs.shard_of(touched)),
        by=ADA,
        change=Change.CHANGED,
        noun="order",
        touched=touched,
        version=2,
    )


async def _some(tx: Transaction, number: int) -> list[Entry]:
    """So many entries about as many orders, the newest first."""
    entries = [an_entry(tx, tx.new_ref(shard)) for shard in range(number)]
    for entry in entries:
        await tx.audit.insert(entry)
    return entries[::-1]


class TestPages:
    def test_an_entry_comes_back_as_it_was_kept(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            whole = Entry(
                organisation=OURS,
                ref=tx.new_ref(3),
                by=ADA,
                change=Change.DELETED,
                noun="guest",
                touched=tx.new_ref(3),
                called="a name",
                order_ref=tx.new_ref(4),
                guest_ref=tx.new_ref(5),
                version=7,
                gone=Gone(orders=1, items=2, contacts=3, consumers=4, extensions=5),
            )
            bare = Entry(
                organisation=OURS,
                ref=tx.new_ref(9),
                by=THE_SERVER,
                change=Change.CREATED,
                noun="user",
            )
            for entry in (whole, bare):
                await tx.audit.insert(entry)
            page = await tx.audit.page(OURS, EntryQuery(limit=10))
            assert list(page.entries) == [bare, whole]

        driver.transact(story)

    def test_the_newest_are_first_and_older_ones_follow(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            entries = await _some(tx, 5)
            seen: list[Entry] = []
            query = EntryQuery(limit=2)
            sizes = []
            while True:
                page = await tx.audit.page(OURS, query)
                seen += page.entries
                sizes.append(len(page.entries))
                if page.more is None:
                    break
                query = EntryQuery(limit=2, before=page.more)
            assert (seen, sizes) == (entries, [2, 2, 1])

        driver.transact(story)

    def test_nothing_older_than_asked_for_is_shown(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            entries = await _some(tx, 4)
            page = await tx.audit.page(OURS, EntryQuery(limit=10, since=entries[1].ref))
            assert list(page.entries) == entries[:2]

        driver.transact(story)

    def test_another_organisation_sees_none_of_them(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            [entry] = await _some(tx, 1)
            assert entry.touched is not None
            for about in (None, entry.touched):
                page = await tx.audit.page(THEIRS, EntryQuery(limit=10, about=about))
                assert (list(page.entries), page.more) == ([], None)
            assert await tx.audit.receipt(THEIRS, entry.touched, refs.first_of(0)) is None
            assert await tx.audit.delete_older(THEIRS, Ref(b"\xff" * 16), 10) == 0

        driver.transact(story)


class TestAbout:
    def test_what_touched_it_is_found_as_are_its_order_and_its_guest(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            about, other = tx.new_ref(1), tx.new_ref(2)
            entries = [
                Entry(
                    organisation=OURS,
                    ref=tx.new_ref(1),
                    by=ADA,
                    change=Change.CREATED,
                    noun="order contact",
                    touched=touched,
                    order_ref=order_ref,
                    guest_ref=guest_ref,
                )
                for touched, order_ref, guest_ref in (
                    (about, other, None),
                    (other, about, None),
                    (other, None, about),
                    (other, other, other),
                )
            ]
            for entry in entries:
                await tx.audit.insert(entry)
            page = await tx.audit.page(OURS, EntryQuery(limit=10, about=about))
            assert list(page.entries) == entries[2::-1]

        driver.transact(story)

    def test_so_many_are_looked_through_and_where_to_go_on_is_told(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            *rest, oldest = await _some(tx, 5)
            query = EntryQuery(limit=10, about=oldest.touched, looked=3)
            first = await tx.audit.page(OURS, query)
            assert (list(first.entries), first.more) == ([], rest[2].ref)
            second = await tx.audit.page(
                OURS, EntryQuery(limit=10, about=oldest.touched, looked=3, before=first.more)
            )
            assert (list(second.entries), second.more) == ([oldest], None)

        driver.transact(story)


class TestKeeping:
    def test_the_oldest_are_deleted_and_no_more_than_asked_for(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            entries = await _some(tx, 5)
            than = entries[1].ref
            gone = [await tx.audit.delete_older(OURS, than, 2) for _ in range(3)]
            assert gone == [2, 1, 0]
            page = await tx.audit.page(OURS, EntryQuery(limit=10))
            assert list(page.entries) == entries[:2]

        driver.transact(story)

    def test_it_goes_with_its_organisation(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            await tx.audit.insert(an_entry(tx, tx.new_ref(1), organisation))
            await tx.organisations.delete(organisation)
            assert (await tx.audit.page(organisation, EntryQuery(limit=1))).entries == []

        driver.transact(story)


class TestDeletions:
    def test_who_asked_and_what_went_is_counted_until_the_end(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            place = (world.organisation, world.guest.ref)
            assert await tx.deletions.progress(*place) is None
            await tx.deletions.mark(*place, ADA)
            await tx.deletions.mark(*place, THE_SERVER)
            await tx.deletions.count(*place, Gone(orders=1, extensions=2))
            await tx.deletions.count(*place, Gone(orders=2, items=1, contacts=4, consumers=3))
            counted = Gone(orders=3, items=1, contacts=4, consumers=3, extensions=2)
            assert await tx.deletions.progress(*place) == (ADA, counted)
            await tx.deletions.finish(*place)
            assert await tx.deletions.progress(*place) is None

        driver.transact(story)

    def test_an_order_tells_how_much_was_under_it(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            world = await a_world(tx, await an_organisation(tx))
            await a_contact(tx, world.order)
            await a_consumer(tx, world.order)
            await a_consumer(tx, await an_order(tx, world.organisation, "R-2"))
            await tx.deletions.mark(world.organisation, world.guest.ref)
            gone = await tx.deletions.delete_order(world.organisation, world.order.ref)
            assert gone == Gone(orders=1, items=1, contacts=2, consumers=2, extensions=2)
            again = await tx.deletions.delete_order(world.organisation, world.order.ref)
            assert again == Gone()

        driver.transact(story)

    def test_a_trace_stays_until_it_is_cleared(self, driver: Driver) -> None:
        async def story(tx: Transaction) -> None:
            organisation = await an_organisation(tx)
            guest = await a_guest(tx, organisation)
            await tx.deletions.mark(organisation, guest.ref)
            assert list(await tx.deletions.traces()) == []
            await tx.deletions.finish(organisation, guest.ref)
            assert list(await tx.deletions.traces()) == [(organisation, guest.ref)]
            await tx.deletions.clear_trace(organisation, guest.ref)
            assert list(await tx.deletions.traces()) == []

        driver.transact(story)


class TestActing:
    def test_the_server_acts_where_nobody_is_named(self, driver: Driver) -> None:
        async def named(tx: Transaction) -> By:
            tx.act(ADA)
            return tx.by

        async def unnamed(tx: Transaction) -> By:
            return tx.by

        assert driver.transact(named) == ADA
        assert driver.transact(unnamed) == THE_SERVER
