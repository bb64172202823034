"""What a server must be set to, so that what it acknowledged is kept."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from tests.faults.callers import run
from tests.faults.conftest import CLERK, Place
from tests.store.spelling import SPELLING

from orderfolio.errors import CannotStart
from orderfolio.store.postgres import open_store
from orderfolio.store.postgres.sessions import open_session


@pytest.fixture(autouse=True)
def _as_it_was(place: Place) -> Iterator[None]:
    yield
    place.sql(f"ALTER ROLE {CLERK} RESET synchronous_commit")
    for name in ("fsync", "full_page_writes"):
        place.server.set(name, None)


async def open_and_close(place: Place) -> None:
    store = await open_store(place.url, SPELLING)
    await store.close()


class TestSettings:
    def test_a_server_that_does_not_sync_is_refused(self, place: Place) -> None:
        place.server.set("fsync", "off")
        with pytest.raises(CannotStart, match="fsync = off, and would lose acknowledged orders"):
            run(open_and_close(place))

    def test_one_that_writes_torn_pages_is_warned_about(
        self, place: Place, caplog: pytest.LogCaptureFixture
    ) -> None:
        run(open_and_close(place))
        assert caplog.messages == []
        place.server.set("full_page_writes", "off")
        run(open_and_close(place))
        [warning] = [one for one in caplog.records if one.levelname == "WARNING"]
        assert warning.levelno == logging.WARNING
        assert "full_page_writes = off" in warning.getMessage()

    @pytest.mark.parametrize(
        ("given", "expected"),
        [
            ("off", "on"),
            ("local", "on"),
            ("remote_write", "on"),
            ("on", "on"),
            ("remote_apply", "remote_apply"),
        ],
    )
    def test_a_commit_is_waited_for_whatever_the_default(
        self, place: Place, given: str, expected: str
    ) -> None:
        place.sql(f"ALTER ROLE {CLERK} SET synchronous_commit = {given}")

        async def main() -> None:
            session = await open_session(place.url)
            shown = await session._connection.fetchval("SHOW synchronous_commit")
            assert shown == expected
            session.terminate()

        run(main())
