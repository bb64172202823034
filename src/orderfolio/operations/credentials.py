"""Client keys and API tokens: who may call, for which organisation, and whether to write."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from orderfolio.errors import NoSuchName
from orderfolio.operations import audit, organisations
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Change, Credential, Organisation

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_NO_DIGEST: Final = bytes(32)


class Access(Struct, frozen=True):
    """What a right pair of client key and API token opens."""

    organisation: Organisation
    client_key: str
    read_only: bool


class NewCredential(Struct, frozen=True):
    """A client key with its API token, in the only moment in which the token is known."""

    client_key: str
    api_token: str


def draw() -> NewCredential:
    """A new random pair; the token has 256 bits."""
    client_key = "".join(secrets.choice(_ALPHABET) for _ in range(32))
    return NewCredential(client_key, secrets.token_urlsafe(32))


def digest(api_token: str) -> bytes:
    # Plain SHA-256: tokens are random, so there is nothing that a slow hash would protect.
    return hashlib.sha256(api_token.encode("utf-8", "surrogateescape")).digest()


async def authenticate(tx: Transaction, client_key: str, api_token: str) -> Access | None:
    """What the pair opens, or None; an unknown key costs what a wrong token does."""
    credential = await tx.credentials.find(client_key)
    expected = _NO_DIGEST if credential is None else credential.token_digest
    right = hmac.compare_digest(digest(api_token), expected)
    if credential is None or not right:
        return None
    return Access(credential.organisation, client_key, credential.read_only)


async def find(tx: Transaction, client_key: str) -> Credential | None:
    return await tx.credentials.find(client_key)


async def create(
    tx: Transaction, organisation_name: str, new: NewCredential, read_only: bool
) -> Credential:
    """Raises NoSuchName, NameTaken."""
    # Not between a server's looking for its configured key and its making of it.
    await tx.organisations.hold_names()
    organisation = await organisations.fetch_for_update(tx, organisation_name)
    credential = Credential(
        client_key=new.client_key,
        organisation=organisation.organisation,
        token_digest=digest(new.api_token),
        read_only=read_only,
        created_at=tx.now,
    )
    await tx.credentials.insert(credential)
    await _record(tx, credential, Change.CREATED)
    return credential


async def rotate(tx: Transaction, organisation_name: str, new: NewCredential) -> Credential:
    """Give the client key of `new` its API token; the old one ends at once. Raises NoSuchName."""
    credential = await _fetch(tx, organisation_name, new.client_key)
    await tx.credentials.replace_digest(new.client_key, digest(new.api_token))
    await _record(tx, credential, Change.CHANGED)
    return credential


async def revoke(tx: Transaction, organisation_name: str, client_key: str) -> None:
    """Raises NoSuchName."""
    credential = await _fetch(tx, organisation_name, client_key)
    await tx.credentials.delete(client_key)
    await _record(tx, credential, Change.DELETED)


async def browse(tx: Transaction, organisation_name: str) -> Sequence[Credential]:
    """Raises NoSuchName."""
    organisation = await organisations.fetch(tx, organisation_name)
    return await tx.credentials.all(organisation.organisation)


async def ensure(tx: Transaction, organisation_name: str, configured: NewCredential) -> None:
    """Make a configured pair open the organisation, which is created where it is missing.
    Servers that start at once find what the first of them made."""
    await tx.organisations.hold_names()
    organisation = await tx.organisations.find_for_update(organisation_name)
    credential = await tx.credentials.find(configured.client_key)
    if credential is not None:
        token_digest = digest(configured.api_token)
        if credential.token_digest != token_digest:
            await tx.credentials.replace_digest(configured.client_key, token_digest)
            await _record(tx, credential, Change.CHANGED)
        return
    if organisation is None:
        await organisations.create(tx, organisation_name)
    await create(tx, organisation_name, configured, read_only=False)


async def _record(tx: Transaction, credential: Credential, change: Change) -> None:
    await audit.record(
        tx, credential.organisation, "client key", called=credential.client_key, change=change
    )


async def _fetch(tx: Transaction, organisation_name: str, client_key: str) -> Credential:
    organisation = await organisations.fetch_for_update(tx, organisation_name)
    credential = await tx.credentials.find(client_key)
    if credential is None or credential.organisation != organisation.organisation:
        raise NoSuchName("client key", client_key)
    return credential
