"""Who is at the console: the person behind a session, looked up anew at each request."""

from __future__ import annotations

from msgspec import Struct

from orderfolio.console.sessions import Session, Sessions
from orderfolio.operations import credentials, endings, organisations, users
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Organisation


class Visitor(Struct, frozen=True):
    """Somebody signed in. `name` is the client key or the user's name; `client_key` is None
    for a console user; `organisation_name` is whose either is."""

    name: str
    client_key: str | None
    organisation: Organisation
    organisation_name: str
    read_only: bool


async def recall(store: Store, sessions: Sessions, session: Session) -> Visitor | None:
    """The visitor of a session; None where somebody ended it, or who it was is gone, or has
    another secret."""
    if session.name is None:
        return None
    found = await store.read(_look_up, sessions.mark(session), session.name, session.is_user)
    if found is None:
        return None
    visitor, secret = found
    return visitor if sessions.is_of(session, secret) else None


async def _look_up(
    tx: Transaction, mark: bytes, name: str, is_user: bool
) -> tuple[Visitor, bytes] | None:
    """The visitor of a session, and the digest of the secret that is good for it now."""
    if await endings.find(tx, mark) is not None:
        return None
    if is_user:
        user = await users.find(tx, name)
        if user is None:
            return None
        organisation, read_only = user.organisation, user.read_only
        secret = user.password_hash.encode()
    else:
        credential = await credentials.find(tx, name)
        if credential is None:
            return None
        organisation, read_only = credential.organisation, credential.read_only
        secret = credential.token_digest
    organisation_name = await organisations.fetch_name(tx, organisation)
    client_key = None if is_user else name
    return Visitor(name, client_key, organisation, organisation_name, read_only), secret
