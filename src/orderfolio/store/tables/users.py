"""Console users as rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orderfolio.errors import NameTaken
from orderfolio.model.instants import Instant
from orderfolio.store.connections import Connection
from orderfolio.store.records import Organisation, User


class Users:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def insert(self, user: User) -> None:
        rows = await self._connection.rows(
            "users_insert",
            {
                "name": user.name,
                "organisation": user.organisation,
                "password_hash": user.password_hash,
                "read_only": int(user.read_only),
                "created_at": user.created_at.microseconds,
            },
        )
        if not rows:
            raise NameTaken("user", user.name)

    async def find(self, name: str) -> User | None:
        rows = await self._connection.rows("users_find", {"name": name})
        return _user(rows[0]) if rows else None

    async def all(self, organisation: Organisation) -> Sequence[User]:
        rows = await self._connection.rows("users_all", {"organisation": organisation})
        return [_user(row) for row in rows]

    async def replace_password(self, name: str, password_hash: str) -> None:
        await self._connection.rows(
            "users_replace_password", {"name": name, "password_hash": password_hash}
        )

    async def delete(self, name: str) -> None:
        await self._connection.rows("users_delete", {"name": name})


def _user(row: tuple[Any, ...]) -> User:
    name, organisation, password_hash, read_only, created_at = row
    return User(
        name=name,
        organisation=Organisation(organisation),
        password_hash=password_hash,
        read_only=bool(read_only),
        created_at=Instant(created_at),
    )
