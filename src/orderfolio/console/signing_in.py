"""Signing in, as a console user or with a client key and its API token, and signing out."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.responses import Response

from orderfolio.console.sessions import Session
from orderfolio.console.visits import HOME, SIGN_IN, Visit, is_local
from orderfolio.model.instants import Instant
from orderfolio.operations import credentials, endings, users

_WRONG: Final = "These don't open an organisation. Check both."


async def show(visit: Visit) -> Response:
    if visit.is_signed_in:
        return visit.go(_wanted(visit.query.get("next", "")))
    return _form(visit, visit.query.get("next", ""))


async def sign_in(visit: Visit) -> Response:
    """Compare the pair, no more often than the throttle lets an address try."""
    console, now = visit.console, visit.console.clock()
    name, secret = visit.form.get("name", "").strip(), visit.form.get("secret", "")
    wanted = visit.form.get("next", "")
    address = console.client_of(visit.request.scope)
    wait = console.throttle.wait_seconds(address, name, now)
    if wait:
        sentence = f"Too many tries. Wait {wait // 60 + 1} minutes, then try again."
        response = _form(visit, wanted, sentence, name, 429)
        response.headers["Retry-After"] = str(wait)
        return response
    # Counted before it is compared, so that tries at one moment are counted, too.
    console.throttle.fail(address, name, now)
    session = await _begin(visit, name, secret)
    if session is None:
        return _form(visit, wanted, _WRONG, name, 403)
    console.throttle.forgive(address, name)
    response = visit.go(_wanted(wanted))
    visit.keep(response, session)
    return response


async def _begin(visit: Visit, name: str, secret: str) -> Session | None:
    """A new session, so that who knew the id of the one before knows nothing of this one;
    None where the pair is neither a client key's nor a user's."""
    console, now = visit.console, visit.console.clock()
    token = secret.strip()
    access = await visit.store.read(credentials.authenticate, name, token)
    if access is not None:
        console.uses.note(access, Instant(int(now * 1_000_000)))
        return console.sessions.begin(now, name, credentials.digest(token))
    user = await visit.store.read(users.find, name)
    async with console.hashing:
        user = await asyncio.to_thread(users.verify, user, secret)
    if user is None:
        return None
    return console.sessions.begin(now, user.name, user.password_hash.encode(), is_user=True)


async def sign_out(visit: Visit) -> Response:
    """Sign out for good: a copy of the cookie opens nothing either, here or at another server
    of the same database."""
    if visit.is_signed_in:
        # Strangers' sessions open nothing, and nobody need remember them.
        mark = visit.console.sessions.mark(visit.session)
        over_at = Instant(visit.session.over_at * 1_000_000)
        await visit.store.transact(endings.create, mark, over_at)
    response = visit.go(SIGN_IN)
    visit.keep(response, visit.console.sessions.begin(visit.console.clock()))
    return response


def _wanted(address: str) -> str:
    return address if is_local(address) else HOME


def _form(
    visit: Visit, wanted: str, problem: str = "", name: str = "", status: int = 200
) -> Response:
    response = visit.show(
        "sign_in.html",
        status=status,
        wanted=wanted if is_local(wanted) else "",
        problem=problem,
        name=name,
    )
    visit.keep(response, visit.session)
    return response
