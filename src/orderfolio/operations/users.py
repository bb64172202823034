"""Console users: people who sign in with a name and a password of their own.

Hashing is slow by design, so it has no place in a transaction or on an event loop: `digest`
and `verify` are plain functions, for a thread, and operations keep and find what they made
and need.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from orderfolio.errors import NoSuchName, UnfitPassword
from orderfolio.operations import audit, organisations
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Change, User

SHORTEST: Final = 12
LONGEST: Final = 1024

# The second choice of RFC 9106, for where memory is shared: argon2id with 64 MiB.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
# The hash of a random text that nobody kept: what a password is held against where there is
# no such user, so that the answer takes as long.
_NOBODY: Final = (
    "$argon2id$v=19$m=65536,t=3,p=4$"
    "3QVC2jxur0Ql5g9XWjrsDA$"
    "egm0sHE4tD2qwAe9pXUzNYxlAhw6deVPtO1tdoj0yYg"
)


def digest(password: str) -> str:
    """The argon2id hash that is kept of a password. Slow, and 64 MiB large. Raises
    UnfitPassword."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UnfitPassword(SHORTEST, LONGEST)
    return _HASHER.hash(_bytes(password))


def verify(user: User | None, password: str) -> User | None:
    """The user, if this is its password. Slow, and as slow where there is no such user."""
    if len(password) > LONGEST:
        return None
    try:
        _HASHER.verify(_NOBODY if user is None else user.password_hash, _bytes(password))
    except (InvalidHashError, VerificationError):
        return None
    return user


async def create(
    tx: Transaction, organisation_name: str, user_name: str, password_hash: str, read_only: bool
) -> User:
    """A new user, whose name no other has in any organisation. Raises NoSuchName, NameTaken."""
    organisation = await organisations.fetch_for_update(tx, organisation_name)
    user = User(
        name=user_name,
        organisation=organisation.organisation,
        password_hash=password_hash,
        read_only=read_only,
        created_at=tx.now,
    )
    await tx.users.insert(user)
    await _record(tx, user, Change.CREATED)
    return user


async def find(tx: Transaction, user_name: str) -> User | None:
    """The user of a name, for `verify`."""
    return await tx.users.find(user_name)


async def browse(tx: Transaction, organisation_name: str) -> Sequence[User]:
    """Raises NoSuchName."""
    organisation = await organisations.fetch(tx, organisation_name)
    return await tx.users.all(organisation.organisation)


async def replace_password(
    tx: Transaction, organisation_name: str, user_name: str, password_hash: str
) -> None:
    """Raises NoSuchName."""
    user = await _fetch(tx, organisation_name, user_name)
    await tx.users.replace_password(user_name, password_hash)
    await _record(tx, user, Change.CHANGED)


async def remove(tx: Transaction, organisation_name: str, user_name: str) -> None:
    """Raises NoSuchName."""
    user = await _fetch(tx, organisation_name, user_name)
    await tx.users.delete(user_name)
    await _record(tx, user, Change.DELETED)


async def _record(tx: Transaction, user: User, change: Change) -> None:
    await audit.record(tx, user.organisation, "user", called=user.name, change=change)


async def _fetch(tx: Transaction, organisation_name: str, user_name: str) -> User:
    organisation = await organisations.fetch_for_update(tx, organisation_name)
    user = await tx.users.find(user_name)
    if user is None or user.organisation != organisation.organisation:
        raise NoSuchName("user", user_name)
    return user


def _bytes(password: str) -> bytes:
    # Keyboards differ in how they compose what is one letter to their owners.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
