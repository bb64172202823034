"""Credentials as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderfolio.errors import NameTaken
from orderfolio.model.instants import Instant
from orderfolio.store.connections import Connection
from orderfolio.store.records import Credential, Organisation


class Credentials:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert(self, credential: Credential) -> None:
        rows = await self._connection.rows(
            "credentials_insert",
            {
                "client_key": credential.client_key,
                "organisation": credential.organisation,
                "token_digest": credential.token_digest,
                "read_only": int(credential.read_only),
                "created_at": credential.created_at.microseconds,
            },
        )
        if not rows:
            raise NameTaken("client key", credential.client_key)

    async def find(self, client_key: str) -> Credential | None:
        rows = await self._connection.rows("credentials_find", {"client_key": client_key})
        return _credential(rows[0]) if rows else None

    async def all(self, organisation: Organisation) -> Sequence[Credential]:
        rows = await self._connection.rows("credentials_all", {"organisation": organisation})
        return [_credential(row) for row in rows]

    async def replace_digest(self, client_key: str, token_digest: bytes) -> None:
        await self._connection.rows(
            "credentials_replace_digest",
            {"client_key": client_key, "token_digest": token_digest},
        )

    async def note_use(self, organisation: Organisation, client_key: str, used_at: Instant) -> None:
        await self._connection.rows(
            "credentials_note_use",
            {
                "organisation": organisation,
                "client_key": client_key,
                "used_at": used_at.microseconds,
            },
        )

    async def delete(self, client_key: str) -> None:
        await self._connection.rows("credentials_delete", {"client_key": client_key})


def _credential(row: tuple[Any, ...]) -> Credential:
    client_key, organisation, token_digest, read_only, created_at, last_used_at = row
    return Credential(
        client_key=client_key,
        organisation=Organisation(organisation),
        token_digest=token_digest,
        read_only=bool(read_only),
        created_at=Instant(created_at),
        last_used_at=None if last_used_at is None else Instant(last_used_at),
    )
