"""Signing in with an organisation's client key and API token, and signing out."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from orderfolio.console.visits import HOME, SIGN_IN, Visit, is_local
from orderfolio.operations import credentials

_WRONG: Final = "This client key and API token don't open an organisation. Check both."


async def show(visit: Visit) -> Response:
    if visit.is_signed_in:
        return visit.go(_wanted(visit.query.get("next", "")))
    return _form(visit, visit.query.get("next", ""))


async def sign_in(visit: Visit) -> Response:
    """Compare the pair, no more often than the throttle lets an address try."""
    console, now = visit.console, visit.console.clock()
    client_key = visit.form.get("client_key", "").strip()
    api_token = visit.form.get("api_token", "").strip()
    wanted = visit.form.get("next", "")
    client = visit.request.client
    address = client.host if client else ""
    wait = console.throttle.wait_seconds(address, client_key, now)
    if wait:
        sentence = f"Too many tries. Wait {wait // 60 + 1} minutes, then try again."
        response = _form(visit, wanted, sentence, client_key, 429)
        response.headers["Retry-After"] = str(wait)
        return response
    access = await visit.store.read(credentials.authenticate, client_key, api_token)
    if access is None:
        console.throttle.fail(address, client_key, now)
        return _form(visit, wanted, _WRONG, client_key, 403)
    console.throttle.forgive(address, client_key)
    # A new session: whoever knew the id of the one before knows nothing of this one.
    session = console.sessions.begin(now, client_key, credentials.digest(api_token))
    response = visit.go(_wanted(wanted))
    visit.keep(response, session)
    return response


async def sign_out(visit: Visit) -> Response:
    visit.console.sessions.end(visit.session)
    response = visit.go(SIGN_IN)
    visit.keep(response, visit.console.sessions.begin(visit.console.clock()))
    return response


def _wanted(address: str) -> str:
    return address if is_local(address) else HOME


def _form(
    visit: Visit, wanted: str, problem: str = "", client_key: str = "", status: int = 200
) -> Response:
    response = visit.show(
        "sign_in.html",
        status=status,
        wanted=wanted if is_local(wanted) else "",
        problem=problem,
        client_key=client_key,
    )
    visit.keep(response, visit.session)
    return response
