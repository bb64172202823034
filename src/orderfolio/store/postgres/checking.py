"""Looking a database over: what must hold between its rows, in one snapshot of it.

Whether its pages are whole is for PostgreSQL's own tools to say (`pg_amcheck`, checksums).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from orderfolio.errors import CannotStart
from orderfolio.store.connections import Value
from orderfolio.store.contract import Documents
from orderfolio.store.draws import Draws, wall_clock
from orderfolio.store.postgres.failures import FAILURES, in_words
from orderfolio.store.postgres.migrating import prepare
from orderfolio.store.postgres.sessions import Session, open_session
from orderfolio.store.records import Problem
from orderfolio.store.tables.checks import Checks


class _Snapshot:
    """The tables' `Connection`, over a session to itself."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def rows(self, statement: str, values: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self._session.fetch(statement, values)]


async def check(url: str, documents: Documents) -> list[Problem]:
    """What is wrong with the database at `url`, which others may write meanwhile. Raises
    CannotStart where that can't be told."""
    source = await prepare(url, wall_clock, os.urandom, migrates=False)
    try:
        session = await open_session(url)
        try:
            await session.begin("REPEATABLE READ READ ONLY")
            return await Checks(_Snapshot(session), documents, Draws(source)).problems()
        finally:
            session.terminate()
    except FAILURES as error:
        raise CannotStart(f"the database can't be read: {in_words(error)}") from error
