"""The server that hostile clients meet, and the well-behaved one beside them."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

import pytest
from tests.wire.hostile.exchanges import Attack, behave
from tests.wire.hostile.servers import CUT_OFF_SECONDS, Server, served

PATIENCE_SECONDS: Final = 1.0
GROWTH_BYTES: Final = 64 << 20

Withstand = Callable[[Attack], None]


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("hostile")
    with served(folder, has_certificate=request.param == "tls") as it:
        yield it


@pytest.fixture
def withstand(server: Server) -> Withstand:
    """Plays an attack beside a well-behaved client, and looks at both, and at the memory. What
    it saw is printed, for who asks pytest for it (-rP)."""

    async def play(attack: Attack) -> None:
        over = threading.Event()
        over.set()
        await behave(server, until=over)
        before = server.resident_bytes()
        over.clear()
        # In a thread of its own, so that it waits for the server and not for the others.
        behaving = asyncio.create_task(asyncio.to_thread(asyncio.run, behave(server, over)))
        async with asyncio.timeout(30):
            try:
                await attack(server)
            finally:
                over.set()
            took = await behaving
        growth = server.resident_bytes() - before
        sys.stdout.write(
            f"{len(took)} exchanges of {median(took):.3f} s, the slowest of {max(took):.3f} s;"
            f" {growth / (1 << 20):.1f} MiB more\n"
        )
        assert median(took) < PATIENCE_SECONDS
        assert max(took) < CUT_OFF_SECONDS
        assert growth < GROWTH_BYTES

    return lambda attack: asyncio.run(play(attack))
