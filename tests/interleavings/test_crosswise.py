"""Two who hold the same rows hold them in the same order, so that the server never has to give one
of them up: who add a guest each to the other's order, or take one out, who delete an order and
somebody in it, who exchange the items of consumers, who name an organisation and let somebody in
by it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from tests.interleavings.actors import Bound
from tests.interleavings.doings import doings
from tests.interleavings.places import MORNING, Place, a_place
from tests.interleavings.schedules import Pair, a_pair
from tests.interleavings.worlds import World
from tests.operations.examples import an_order
from tests.store.engines import empty

from orderfolio.model.guards import UNGUARDED
from orderfolio.model.people import AS_THEY_ARE, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import orders, people
from orderfolio.store import postgres
from orderfolio.store.tables.sights import Sights
from orderfolio.wire.documents import SPELLING

WAYS = ["by ref", "by address", "in place of the other"]


class Crossing:
    """Ada's order and Bob's, and a pair that works on both."""

    def __init__(self, url: str, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._place, self._pair, self._doings = runner.run(_made(url))

    def explore(self, one: str, other: str) -> list[str]:
        """What goes wrong where Bob is added to Ada's order in one way, and Ada to Bob's in the
        other."""
        bound = self._doings[one][0], self._doings[other][1]
        return self._runner.run(self._pair.explore(bound))

    @property
    def given_up(self) -> int:
        """How often the server gave somebody up."""
        return self._pair.given_up

    def close(self) -> None:
        self._pair.close()
        self._place.leave()


async def _made(url: str) -> tuple[Place, Pair, Mapping[str, tuple[Bound, Bound]]]:
    await empty(url)
    place = await a_place(url)
    bobs = await _an_order_of_bobs(url, place.world)
    await place.save()
    return place, await a_pair(place, url), _crossing(place.world, *bobs)


async def _an_order_of_bobs(url: str, world: World) -> tuple[Ref, Ref]:
    """With its contact."""
    store = await postgres.open_store(url, SPELLING, clock=lambda: MORNING)
    try:
        ours, bob = world.organisation, Links(guest=world.bob)
        order = (await store.transact(orders.create, ours, an_order("R-5"))).ref
        made = await store.transact(people.create, ours, Role.CONTACT, order, Person(), bob)
        return order, made.ref
    finally:
        await store.close()


def _crossing(world: World, bobs_order: Ref, bobs: Ref) -> Mapping[str, tuple[Bound, Bound]]:
    ours, contact = world.organisation, Role.CONTACT
    ada, bob = Links(guest=world.ada), Links(guest=world.bob)

    def created(order: Ref, links: Links, **said: Any) -> Bound:
        return people.create, (ours, contact, order, Person(**said), links)

    def amended(ref: Ref, links: Links) -> Bound:
        return people.amend, (ours, contact, ref, {}, links, UNGUARDED)

    return {
        "by ref": (created(world.first, bob), created(bobs_order, ada)),
        "by address": (
            created(world.first, AS_THEY_ARE, emails=("bob@example.com",)),
            created(bobs_order, AS_THEY_ARE, emails=("ada@example.com",)),
        ),
        "in place of the other": (amended(world.contact, bob), amended(bobs, ada)),
    }


@pytest.fixture(scope="module")
def crossing(migrated: str) -> Iterator[Crossing]:
    with asyncio.Runner() as runner:
        crossing = Crossing(migrated, runner)
        yield crossing
        crossing.close()


class TestGuestsAddedCrosswise:
    @pytest.mark.parametrize("one", WAYS)
    @pytest.mark.parametrize("other", WAYS)
    def test_never_wait_for_each_other(self, crossing: Crossing, one: str, other: str) -> None:
        before = crossing.given_up
        assert crossing.explore(one, other) == []
        assert crossing.given_up == before

    @pytest.mark.parametrize("way", WAYS)
    def test_are_found_waiting_where_nobody_is_held_first(
        self, crossing: Crossing, monkeypatch: pytest.MonkeyPatch, way: str
    ) -> None:
        monkeypatch.setattr(Sights, "precede", _hold_nobody)
        before = crossing.given_up
        assert crossing.explore(way, way) == []
        assert crossing.given_up > before


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order: remove", "contact: know eve"),
        ("order: remove", "contact: make it bob"),
        ("order: remove", "contact: remove"),
        ("order: remove", "consumer: remove"),
        ("order: remove the shared", "contact: unlink"),
        ("contact: bob", "contact: unlink"),
        ("contact: make it bob", "contact: remove bob's"),
        ("contact: unlink", "consumer: make it bob with both"),
        ("consumer: of both", "consumer: move"),
        ("consumer: of both", "consumer: make it bob with both"),
        ("organisation: rename", "credential: create"),
        ("organisation: rename", "credential: ensure"),
    ],
)
def test_those_who_hold_the_same_never_wait_for_each_other(
    migrated: str, one: str, other: str
) -> None:
    async def explored() -> tuple[list[str], int]:
        await empty(migrated)
        place = await a_place(migrated)
        pair = await a_pair(place, migrated)
        try:
            bound = doings(place.world)
            return await pair.explore((bound[one], bound[other])), pair.given_up
        finally:
            pair.close()
            place.leave()

    assert asyncio.run(explored()) == ([], 0)


async def _hold_nobody(*_: object, **__: object) -> None:
    pass
