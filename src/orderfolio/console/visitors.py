"""Who is at the console: the person behind a session, looked up anew at each request."""

from __future__ import annotations

from msgspec import Struct

from orderfolio.console.sessions import Session, Sessions
from orderfolio.operations import credentials, organisations
from orderfolio.store.contract import Store, Transaction
from orderfolio.store.records import Credential, Organisation


class Visitor(Struct, frozen=True):
    """Somebody signed in. `name` is the client key; `organisation_name` is whose it is."""

    name: str
    organisation: Organisation
    organisation_name: str
    read_only: bool


async def recall(store: Store, sessions: Sessions, session: Session) -> Visitor | None:
    """The visitor of a session; None where the credential is gone, or has another token."""
    if session.client_key is None:
        return None
    found = await store.read(_look_up, session.client_key)
    if found is None or not sessions.is_of(session, found[0].token_digest):
        return None
    credential, organisation_name = found
    return Visitor(
        credential.client_key, credential.organisation, organisation_name, credential.read_only
    )


async def _look_up(tx: Transaction, client_key: str) -> tuple[Credential, str] | None:
    credential = await credentials.find(tx, client_key)
    if credential is None:
        return None
    return credential, await organisations.fetch_name(tx, credential.organisation)
