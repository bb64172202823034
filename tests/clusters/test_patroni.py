"""The cluster loses its leader, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.clusters import caretaker, psql
from tests.clusters.binaries import Missing
from tests.clusters.patroni import MEMBERS, Cluster
from tests.journeys.tools import leave_out


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except Missing as missing:
        leave_out(f"{missing} What a cluster does when it loses its leader is left out.")
    with made:
        made.start()
        yield made


def test_a_killed_leader_is_followed_by_one_that_has_all_it_acknowledged(cluster: Cluster) -> None:
    first = cluster.wait_for_leader()
    assert first in MEMBERS
    cluster.create_database("kept")
    cluster.sql("kept", "CREATE TABLE kept (number int)")
    for number in range(20):
        cluster.sql("kept", f"INSERT INTO kept VALUES ({number})")

    assert cluster.kill_leader() == first
    with pytest.raises(psql.Refused):
        cluster.sql("kept", "INSERT INTO kept VALUES (100)")
    second = cluster.wait_for_leader(other_than=first, timeout_seconds=60)
    assert cluster.sql("kept", "SELECT count(*), max(number) FROM kept") == "20|19"
    cluster.sql("kept", "INSERT INTO kept VALUES (20)")

    deadline = time.monotonic() + 60
    while cluster.sql("postgres", "SELECT state FROM pg_stat_replication") != "streaming":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with ThreadPoolExecutor(1) as pool:
        created = pool.submit(cluster.create_database, "known to all")
        with pytest.raises(TimeoutError):
            created.result(timeout=2)
        cluster.start_member(first)
        created.result(timeout=60)
    assert cluster.wait_for_leader() == second
    assert cluster.sql("kept", "SELECT count(*), max(number) FROM kept") == "21|20"
    following = "SELECT application_name FROM pg_stat_replication ORDER BY 1"
    followers = cluster.sql("postgres", following).splitlines()
    assert followers == [name for name in MEMBERS if name != second]

    cluster.stop()
    assert not cluster.folder.path.exists()
    assert caretaker.working_in(cluster.folder.path) == []
