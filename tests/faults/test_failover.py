"""The leader of a cluster is killed, or hangs, under the writers of two servers of ours."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clusters.binaries import Missing
from tests.clusters.patroni import Cluster
from tests.faults.ledgers import Ledger, Told
from tests.faults.shops import find_untrue, open_shop, see_writes, writing
from tests.faults.writers import Writer
from tests.journeys.tools import leave_out

from orderfolio.store.postgres import migrate

LEAST = 200
BACK_SECONDS = 60.0


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except Missing as missing:
        leave_out(f"{missing} Servers of ours on a cluster that loses its leader are left out.")
    with made:
        made.start()
        yield made


def kill(cluster: Cluster) -> None:
    cluster.kill_leader()


def hang(cluster: Cluster) -> None:
    """The system takes connections to it still, and nobody answers."""
    cluster.folder.send(signal.SIGSTOP, at=cluster.wait_for_leader())


@pytest.mark.parametrize("lose", [kill, hang])
def test_a_lost_leader_costs_no_acknowledged_write_and_writing_goes_on_by_itself(
    cluster: Cluster,
    tmp_path: Path,
    told: Callable[[str], None],
    lose: Callable[[Cluster], None],
) -> None:
    url = cluster.create_database("orders")
    asyncio.run(migrate(url))
    ledger = Ledger()

    async def lose_the_leader(addresses: Callable[[], list[str]]) -> None:
        await Writer("first", ledger, addresses, 0).begin()
        async with writing(shop, ledger):
            await see_writes(ledger, LEAST, BACK_SECONDS)
            await asyncio.to_thread(lose, cluster)
            await see_writes(ledger, LEAST, BACK_SECONDS)

    with open_shop(tmp_path, url) as shop:
        first = cluster.wait_for_leader()
        asyncio.run(lose_the_leader(shop.addresses))
        # PostgreSQL's own client, by which the database is read, would wait for one that hangs.
        cluster.folder.send(signal.SIGKILL, at=first)
        assert find_untrue(shop, ledger) == []
    heard = ledger.told
    assert min(heard[Told.DONE], heard[Told.REFUSED]) > 0
    told(
        f"failover ({lose.__name__}): {ledger.gap_seconds:.1f} s without writes, "
        f"{heard[Told.DONE]} acknowledged: none lost; {heard[Told.REFUSED]} refused by 503, "
        f"{heard[Told.UNKNOWN]} unknown"
    )
