"""Settings > API access: client keys, and their tokens in the one moment they are known."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from orderfolio.console import ways_in
from orderfolio.console.visits import Refused, Visit
from orderfolio.errors import NoSuchName
from orderfolio.operations import credentials
from orderfolio.operations.credentials import NewCredential
from orderfolio.store.records import Credential

PATH: Final = "/console/settings/access"
_OWN: Final = "It is the one that you are signed in with: you will be signed out."


async def browse(visit: Visit) -> Response:
    return await _list(visit)


async def create(visit: Visit) -> Response:
    new = credentials.draw()
    read_only = visit.form.get("access") != "full"
    await visit.store.transact(credentials.create, visit.visitor.organisation_name, new, read_only)
    return await _list(visit, new)


async def ask_rotate(visit: Visit) -> Response:
    credential = await _find(visit, visit.query.get("key", ""))
    return visit.ask(
        title="Give a new API token?",
        consequences=(
            f"The client key {credential.client_key} stays, and gets a new API token.",
            "The old token opens nothing from that moment on: clients that use it are refused.",
            "Whoever is signed in here with the old token has to sign in again. You don't.",
        ),
        action=f"{PATH}/rotate",
        fields={"key": credential.client_key},
        button="Give a new token",
        back=PATH,
    )


async def rotate(visit: Visit) -> Response:
    credential = await _find(visit, visit.form.get("key", ""))
    new = NewCredential(credential.client_key, credentials.draw().api_token)
    try:
        await visit.store.transact(credentials.rotate, visit.visitor.organisation_name, new)
    except NoSuchName as error:
        raise _GONE from error
    response = await _list(visit, new)
    if new.client_key == visit.visitor.client_key:
        now, digest = visit.console.clock(), credentials.digest(new.api_token)
        visit.keep(response, visit.console.sessions.begin(now, new.client_key, digest))
    return response


async def ask_revoke(visit: Visit) -> Response:
    credential = await _find(visit, visit.query.get("key", ""))
    warnings = () if credential.read_only else await ways_in.warnings(visit)
    return visit.ask(
        title="Revoke this client key?",
        consequences=(
            f"The client key {credential.client_key} is deleted with its API token.",
            "Clients that use it are refused from that moment on. It can't be brought back.",
            *((_OWN,) if credential.client_key == visit.visitor.client_key else ()),
            *warnings,
        ),
        action=f"{PATH}/revoke",
        fields={"key": credential.client_key},
        button="Revoke",
        back=PATH,
    )


async def revoke(visit: Visit) -> Response:
    credential = await _find(visit, visit.form.get("key", ""))
    try:
        await visit.store.transact(
            credentials.revoke, visit.visitor.organisation_name, credential.client_key
        )
    except NoSuchName as error:
        raise _GONE from error
    return visit.go(PATH)


async def _list(visit: Visit, new: NewCredential | None = None) -> Response:
    name = visit.visitor.organisation_name
    rows = await visit.store.read(credentials.browse, name)
    return visit.show("access.html", credentials=sorted(rows, key=_age), new=new, base=visit.base)


async def _find(visit: Visit, client_key: str) -> Credential:
    """One of the organisation's own; anybody else's is not there."""
    credential = await visit.store.read(credentials.find, client_key)
    if credential is None or credential.organisation != visit.organisation:
        raise _GONE
    return credential


def _age(credential: Credential) -> tuple[int, str]:
    return credential.created_at.microseconds, credential.client_key


_GONE: Final = Refused(404, "Nothing is here", "There is no such client key in your organisation.")
