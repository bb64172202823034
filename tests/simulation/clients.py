"""Clients: each asks for whatever comes to its mind, of every noun."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from random import Random
from typing import Any, Final

from tests.operations.examples import an_item
from tests.simulation import baskets
from tests.simulation.calls import Caller
from tests.simulation.contents import (
    OWNERS,
    ROLES,
    a_reference,
    basket_of,
    changes_of,
    exactly,
    guard_of,
    order_of,
    pairs_of,
    person_of,
    place_of,
)
from tests.simulation.entries import PEOPLE, Entry, Made, Write
from tests.simulation.inspections import look_through
from tests.simulation.ledgers import Ledger
from tests.simulation.machines import Machine

from orderfolio.errors import Kind, Unavailable
from orderfolio.model.guests import Guest
from orderfolio.model.people import AS_THEY_ARE, Links
from orderfolio.operations import extensions, guests, items, orders, people
from orderfolio.store.records import Document, Organisation

_ORDER_MEMBERS: Final = frozenset(("paymentType", "status", "channel", "currencyCode", "price"))

Act = Callable[[], Awaitable[object]]


class Client:
    """One of an organisation's; `other` is an organisation whose refs it happens to know."""

    def __init__(
        self,
        number: int,
        machine: Machine,
        ledger: Ledger,
        organisations: tuple[Organisation, Organisation],
        chance: Random,
    ) -> None:
        self._number = number
        self._machine = machine
        self._ledger = ledger
        self._organisation, self._other = organisations
        self._chance = chance
        self._caller = Caller(machine, ledger, chance)
        # What it may repeat, with the same key.
        self._repeatable: list[Callable[[], Awaitable[object]]] = []
        self._keys = 0
        self._acts: list[tuple[int, Act]] = [
            (6, self._post_order),
            (3, self._post_basket),
            (1, self._spoil_basket),
            (3, self._post_item),
            (4, self._post_person),
            (2, self._post_guest),
            (3, self._post_extension),
            (5, self._repeat),
            (8, self._amend),
            (2, self._change_extension),
            (3, self._remove),
            (6, self._read),
            (1, self._trespass),
            (1, self._look),
        ]

    async def run(self, calls: int) -> None:
        """Ask until all clients together have made so many calls."""
        weights = [weight for weight, _ in self._acts]
        counts = self._ledger.journal.counts
        while counts["asked"] + counts["read"] < calls:
            [(_, act)] = self._chance.choices(self._acts, weights)
            await act()
            for _ in range(self._chance.randrange(1, 5)):
                await asyncio.sleep(0)

    # What is created.

    async def _post_order(self) -> None:
        token = self._ledger.token()
        order = order_of(self._chance, token, a_reference(self._chance))
        write = self._asking(f"post order {order.reference_id}", token, sent=_ORDER_MEMBERS)
        await self._create(write, Kind.ORDER, None, orders.create, order)

    async def _post_basket(self) -> None:
        token = self._ledger.token()
        write = self._asking("post basket", token, brings_people=True, is_basket=True)
        await self._caller.write(
            write,
            self._of_basket,
            baskets.create,
            self._organisation,
            *basket_of(self._chance, token),
        )

    async def _spoil_basket(self) -> None:
        token = self._ledger.token()
        write = self._asking("spoil basket", token)
        await self._caller.write(
            write, _nothing, baskets.spoil, self._organisation, *basket_of(self._chance, token)
        )

    async def _post_item(self) -> None:
        if (order := self._pick(Kind.ORDER)) is None:
            return
        token = self._ledger.token()
        write = self._asking("post item", token, parent=order)
        await self._create(write, Kind.ITEM, order, items.create, order.ref, an_item(name=token))

    async def _post_person(self) -> None:
        if (order := self._pick(Kind.ORDER)) is None:
            return
        token = self._ledger.token()
        kind = self._chance.choice(PEOPLE)
        links = AS_THEY_ARE
        under = [e for e in self._ledger.living(self._organisation, Kind.ITEM) if e.parent is order]
        if kind is Kind.CONSUMER and under:
            links = Links(items=(self._chance.choice(under).ref,))
        write = self._asking(f"post {kind.value}", token, parent=order, brings_people=True)
        await self._create(
            write,
            kind,
            order,
            people.create,
            ROLES[kind],
            order.ref,
            person_of(self._chance, token),
            links,
        )

    async def _post_guest(self) -> None:
        token = self._ledger.token()
        guest = Guest(guest_type="visitor", title=token, emails=(f"{token}@example.org",))
        await self._create(
            self._asking("post guest", token), Kind.GUEST, None, guests.create, guest
        )

    async def _post_extension(self) -> None:
        if (owner := self._pick(Kind.ORDER, Kind.ITEM)) is None:
            return
        token = self._ledger.token()
        pairs = pairs_of(self._chance, token)
        write = self._asking("post extension", token, parent=owner, sent=frozenset(pairs))
        await self._create(
            write,
            Kind.EXTENSION,
            owner,
            extensions.create,
            OWNERS[owner.kind],
            owner.ref,
            pairs,
            self._chance.random() < 0.3,
        )

    async def _create(
        self, write: Write, kind: Kind, parent: Entry | None, operation: Any, *arguments: Any
    ) -> None:
        """With a key, half of the time: then it may be repeated."""

        def made(document: Document) -> Made:
            return [(kind, parent, document)]

        if self._chance.random() < 0.5:
            await self._caller.write(write, made, operation, self._organisation, *arguments)
            return
        # The other organisation's clients draw the same keys.
        self._keys += 1
        scope = sha256(f"{self._number // 2} {self._keys}".encode()).digest()

        async def post() -> bool:
            again = Write(
                write.organisation,
                f"{write.words} with key {scope.hex()[:4]}",
                write.token,
                parent=parent,
                sent=write.sent,
                brings_people=write.brings_people,
                scope=scope,
            )
            return await self._caller.create_once(again, made, kind, operation, *arguments)

        self._repeatable.append(post)
        await post()

    async def _repeat(self) -> None:
        if self._repeatable:
            await self._chance.choice(self._repeatable[-3:])()

    # What is changed and removed.

    async def _amend(self) -> None:
        kind = self._chance.choice((Kind.ORDER, Kind.ORDER, Kind.ITEM, Kind.GUEST, *PEOPLE))
        if (entry := self._pick(kind)) is not None:
            await self._amend_one(entry)

    async def _amend_one(self, entry: Entry) -> None:
        token = self._ledger.token()
        changes, sent = changes_of(self._chance, entry.kind, token)
        guarded, guard = guard_of(self._chance, entry)
        write = self._asking(
            f"amend {entry.kind.value} {guarded or ''}",
            token,
            target=entry,
            parent=entry.parent,
            guarded=guarded,
            sent=sent,
            brings_people=entry.kind in PEOPLE,
        )

        def made(document: Document) -> Made:
            return [(entry.kind, entry.parent, document)]

        module: Any = _MODULES[entry.kind]
        arguments: list[Any] = [self._organisation, entry.ref, changes, guard]
        if entry.kind in PEOPLE:
            arguments[1:1] = [ROLES[entry.kind]]
            arguments.insert(4, AS_THEY_ARE)
        await self._caller.write(write, made, module.amend, *arguments)

    async def _change_extension(self) -> None:
        if (entry := self._pick(Kind.EXTENSION)) is None or entry.parent is None:
            return
        token = self._ledger.token()
        owner = entry.parent
        pairs = pairs_of(self._chance, token)
        guarded, guard = guard_of(self._chance, entry)
        write = self._asking(
            f"amend extension {guarded or ''}",
            token,
            target=entry,
            parent=owner,
            guarded=guarded,
            sent=frozenset(pairs),
        )
        await self._caller.write(
            write,
            lambda document: [(Kind.EXTENSION, owner, document)],
            extensions.amend,
            self._organisation,
            OWNERS[owner.kind],
            owner.ref,
            pairs,
            guard,
        )

    async def _remove(self) -> None:
        entry = self._pick(Kind.ORDER, Kind.ITEM, Kind.GUEST, *PEOPLE, Kind.EXTENSION)
        if entry is not None:
            await self._remove_one(entry)

    async def _remove_one(self, entry: Entry) -> None:
        guarded, guard = guard_of(self._chance, entry)
        if entry.kind is Kind.EXTENSION:
            # Its owner may have another by now, which nobody means.
            guarded = entry.version
            guard = exactly(entry)
        write = self._asking(
            f"remove {entry.kind.value} {guarded or ''}",
            self._ledger.token(),
            target=entry,
            guarded=guarded,
            removes=True,
        )
        arguments: list[Any] = [self._organisation, *place_of(entry), guard]
        await self._caller.write(write, _nothing, _MODULES[entry.kind].remove, *arguments)

    # What is looked at.

    async def _read(self) -> None:
        known = [e for e in self._ledger.entries.values() if e.organisation == self._organisation]
        if known:
            await self._read_one(self._chance.choice(known))

    async def _read_one(self, entry: Entry) -> None:
        await self._caller.read(
            entry, self._organisation, _MODULES[entry.kind].fetch, *place_of(entry)
        )

    async def _look(self) -> None:
        kind = self._chance.choice((Kind.ORDER, Kind.GUEST))
        try:
            await look_through(self._machine, self._ledger, self._organisation, kind)
        except Unavailable:
            self._ledger.journal.say("unread", f"list of {kind.value}")

    async def _trespass(self) -> None:
        """Whatever is done with another organisation's refs, they name nothing."""
        theirs = self._ledger.living(
            self._other, Kind.ORDER, Kind.ITEM, Kind.GUEST, *PEOPLE, Kind.EXTENSION
        )
        if not theirs:
            return
        entry = self._chance.choice(theirs)
        match self._chance.randrange(3):
            case 0 if entry.kind is not Kind.EXTENSION:
                await self._amend_one(entry)
            case 1:
                await self._remove_one(entry)
            case _:
                await self._read_one(entry)

    # What all of that is made of.

    def _asking(self, words: str, token: str, **known: Any) -> Write:
        entry = known.get("target") or known.get("parent")
        where = "" if entry is None else f" at {entry.ref.hex()[:12]}"
        who = f"client {self._number}"
        return Write(self._organisation, f"{who}: {words}{where} {token}", token.encode(), **known)

    def _pick(self, *kinds: Kind) -> Entry | None:
        """One that is known, more likely a late one: there, clients meet."""
        living = self._ledger.living(self._organisation, *kinds)
        return self._chance.choice(living[-6:]) if living else None

    def _of_basket(self, documents: tuple[Document, ...]) -> Made:
        order, item, contact, consumer, extension = documents
        parent = self._ledger.entry(self._organisation, Kind.ORDER, None, order.ref)
        return [
            (Kind.ORDER, None, order),
            (Kind.ITEM, parent, item),
            (Kind.CONTACT, parent, contact),
            (Kind.CONSUMER, parent, consumer),
            (Kind.EXTENSION, parent, extension),
        ]


_MODULES: Final[dict[Kind, Any]] = {
    Kind.ORDER: orders,
    Kind.ITEM: items,
    Kind.CONTACT: people,
    Kind.CONSUMER: people,
    Kind.GUEST: guests,
    Kind.EXTENSION: extensions,
}


def _nothing(_: object) -> Made:
    return ()
