"""Servers and PostgreSQL are killed at random moments, under writers who remember what they
were told: nothing acknowledged is lost, nothing is torn, nothing is there twice.

Each oracle is shown a program that breaks the promise, and must notice.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.faults.conftest import Place
from tests.faults.ledgers import Ledger, Told
from tests.faults.shops import SERVERS, Shop, find_untrue, open_shop, sabotaged, see_writes, writing
from tests.faults.writers import Writer

# More of them by the environment: docs/durability.md says how.
ROUNDS = int(os.environ.get("ORDERFOLIO_TESTS_ROUNDS", "3"))
SEED = int(os.environ.get("ORDERFOLIO_TESTS_SEED", "0"))
LEAST = 100
BACK_SECONDS = 30.0


class Trial:
    """A shop, its ledger, and rounds of kills."""

    def __init__(self, place: Place, shop: Shop) -> None:
        self.place = place
        self.shop = shop
        self.ledger = Ledger()
        self.kills = 0
        asyncio.run(Writer("first", self.ledger, shop.addresses, 0).begin())

    async def go(self, seed: int) -> None:
        """One round: whoever is killed is started again, and all of them write once more."""
        chance = random.Random(seed)
        async with writing(self.shop, self.ledger, seed):
            await see_writes(self.ledger, LEAST, BACK_SECONDS)
            await asyncio.sleep(chance.uniform(0, 0.5))
            servers = chance.sample(range(SERVERS), chance.randint(0, SERVERS))
            crashes = not servers or chance.random() < 0.5
            await asyncio.to_thread(self._kill_and_start, servers, crashes, chance)
            await see_writes(self.ledger, LEAST, BACK_SECONDS)

    def untrue(self) -> list[str]:
        return find_untrue(self.shop, self.ledger)

    def _kill_and_start(self, servers: list[int], crashes: bool, chance: random.Random) -> None:
        for number in servers:
            self.shop.kill(number)
        if crashes:
            chance.choice((self._crash, self.place.server.kill))()
            self.place.server.start()
        for number in servers:
            self.shop.start(number)
        self.kills += len(servers) + crashes

    def _crash(self) -> None:
        self.place.server.stop("immediate")


@pytest.fixture
def trial(place: Place, tmp_path: Path) -> Iterator[Trial]:
    with open_shop(tmp_path, place.url) as shop:
        yield Trial(place, shop)


class TestKilling:
    def test_every_acknowledged_write_survives(
        self, trial: Trial, told: Callable[[str], None]
    ) -> None:
        for number in range(ROUNDS):
            asyncio.run(trial.go(SEED + number))
            assert trial.untrue() == []
        heard = trial.ledger.told
        assert min(heard[Told.DONE], heard[Told.REFUSED]) > 0
        told(
            f"{ROUNDS} rounds, {trial.kills} kills, {heard[Told.DONE]} acknowledged writes: none "
            f"lost, none torn; {heard[Told.REFUSED]} refused, {heard[Told.UNKNOWN]} unanswered "
            f"or unknown"
        )

    def test_a_hasty_answer_is_seen(self, place: Place, tmp_path: Path) -> None:
        with open_shop(tmp_path, place.url, sabotaged("hasty")) as shop:
            trial = Trial(place, shop)
            for seed in range(10):
                asyncio.run(trial.go(seed))
                # What was read too early surprises the writers, but it may come yet.
                if set(trial.untrue()).difference(trial.ledger.surprises):
                    return
        pytest.fail("writes answered before COMMIT were never missed")


class TestClaims:
    def test_that_are_left_out_are_seen(self, place: Place, tmp_path: Path) -> None:
        async def write(trial: Trial, seed: int) -> None:
            async with writing(trial.shop, trial.ledger, seed):
                await see_writes(trial.ledger, LEAST, BACK_SECONDS)

        with open_shop(tmp_path, place.url, sabotaged("unclaimed")) as shop:
            trial = Trial(place, shop)
            for seed in range(10):
                asyncio.run(write(trial, seed))
                if any("twice" in words or "two guests" in words for words in trial.untrue()):
                    return
        pytest.fail("orders and guests that are there twice were never seen")
