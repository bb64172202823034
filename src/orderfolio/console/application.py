"""The console as one application: its table of pages, and what every visit goes through.

Nothing here is a second API: pages are for people, stand on the same operations, and change
without notice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace as with_fields
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orderfolio.console import (
    access,
    audit_log,
    forms,
    guest_deletion,
    guests,
    home,
    identity_rules,
    orders,
    sessions,
    signing_in,
    timelines,
    users,
    visitors,
)
from orderfolio.console.rendering import create_templates
from orderfolio.console.sessions import Sessions
from orderfolio.console.visits import HOME, SIGN_IN, Console, Page, Refused, Visit
from orderfolio.errors import NotFound, Unavailable
from orderfolio.model.throttles import Throttle
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Documents, Store

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    # What a page shows is somebody's data: no cache keeps it beyond the session.
    (b"cache-control", b"no-store"),
)

PAGES: Final[tuple[tuple[str, str, Page], ...]] = (
    ("GET", HOME, home.show),
    ("GET", SIGN_IN, signing_in.show),
    ("POST", SIGN_IN, signing_in.sign_in),
    ("POST", "/console/sign-out", signing_in.sign_out),
    ("GET", "/console/guests", guests.browse),
    ("GET", "/console/guests/{ref}", guests.overview),
    ("GET", "/console/guests/{ref}/timeline", timelines.show),
    ("GET", "/console/guests/{ref}/orders", guests.orders_of),
    ("GET", "/console/guests/{ref}/properties", guests.properties),
    ("GET", "/console/orders", orders.browse),
    ("GET", "/console/orders/{ref}", orders.show),
    ("GET", access.PATH, access.browse),
    ("POST", access.PATH, access.create),
    ("GET", f"{access.PATH}/rotate", access.ask_rotate),
    ("POST", f"{access.PATH}/rotate", access.rotate),
    ("GET", f"{access.PATH}/revoke", access.ask_revoke),
    ("POST", f"{access.PATH}/revoke", access.revoke),
    ("GET", identity_rules.PATH, identity_rules.browse),
    ("POST", identity_rules.PATH, identity_rules.add),
    ("GET", f"{identity_rules.PATH}/try", identity_rules.try_out),
    ("GET", f"{identity_rules.PATH}/delete", identity_rules.ask_remove),
    ("POST", f"{identity_rules.PATH}/delete", identity_rules.remove),
    ("GET", users.PATH, users.browse),
    ("POST", users.PATH, users.add),
    ("GET", f"{users.PATH}/password", users.ask_password),
    ("POST", f"{users.PATH}/password", users.replace_password),
    ("GET", f"{users.PATH}/remove", users.ask_remove),
    ("POST", f"{users.PATH}/remove", users.remove),
    ("GET", audit_log.PATH, audit_log.browse),
    ("GET", guest_deletion.PATH, guest_deletion.browse),
    ("GET", "/console/guests/{ref}/delete", guest_deletion.ask_remove),
    ("POST", "/console/guests/{ref}/delete", guest_deletion.remove),
)
# Of these nobody has to be signed in, and a read-only token may send what they send.
OPEN: Final = frozenset((signing_in.show, signing_in.sign_in, signing_in.sign_out))

# People's passwords are shorter than tokens: who guesses them waits longer.
WINDOW_SECONDS: Final = 300
TRIES_BY_ADDRESS: Final = 20
TRIES_BY_NAME: Final = 10

# Each takes a core, and memory that is meant to hurt who guesses.
HASHED_AT_ONCE: Final = 2

_log = logging.getLogger("orderfolio.console")


def create_console(
    store: Store,
    documents: Documents,
    base_of: Callable[[Scope], str],
    client_of: Callable[[Scope], str],
    uses: Uses,
    clock: Callable[[], float] = time.time,
) -> ASGIApp:
    """The pages under `/console`, as one application. Which client keys people sign in with
    is noted in `uses`."""
    console = Console(
        store=store,
        documents=documents,
        base_of=base_of,
        client_of=client_of,
        uses=uses,
        clock=clock,
        templates=create_templates(),
        sessions=Sessions(store.cursor_key()),
        throttle=Throttle(WINDOW_SECONDS, TRIES_BY_ADDRESS, TRIES_BY_NAME),
        hashing=asyncio.Semaphore(HASHED_AT_ONCE),
    )
    routes = [_route(console, method, path, page) for method, path, page in PAGES]

    async def refuse(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        refusal = _MISSING if status == 404 else Refused(405, "Not this way", _NOT_THIS_WAY)
        try:
            visit = await _receive(console, request)
        except Unavailable:
            return _refuse_for_now(console, request)
        response = _refuse(visit, refusal)
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    app = Starlette(routes=routes, exception_handlers={HTTPException: refuse})
    # It would redirect to whatever host the request names, past the configured address.
    app.router.redirect_slashes = False
    return _Headed(app)


class _Headed:
    """Puts the policy on every answer, redirects and refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self._app(scope, receive, headed)


def _route(console: Console, method: str, path: str, page: Page) -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answer(console, request, page)

    return Route(path, endpoint, methods=[method])


async def _answer(console: Console, request: Request, page: Page) -> Response:
    try:
        visit = await _receive(console, request)
        response = await _admit(visit, page)
    except Unavailable:
        return _refuse_for_now(console, request)
    _keep_alive(visit, response)
    return response


def _refuse_for_now(console: Console, request: Request) -> Response:
    """While the store is away, who is asking can't be looked up either."""
    response = _refuse(_stranger(console, request), _AWAY)
    response.headers["Retry-After"] = "5"
    return response


async def _admit(visit: Visit, page: Page) -> Response:
    """What the page answers, to who may see it and asked for it themselves."""
    try:
        if page not in OPEN and not visit.is_signed_in:
            return _send_to_sign_in(visit)
        if visit.request.method == "POST":
            _check_form(visit, await forms.read(visit.request), page)
        return await page(visit)
    except Refused as refusal:
        return _refuse(visit, refusal)
    except NotFound:
        return _refuse(visit, _MISSING)
    except forms.BadForm:
        return _refuse(visit, Refused(400, "Not understood", _BAD_FORM))
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - people get a page, whatever broke
        request_id = visit.request.headers.get("x-request-id")
        _log.exception("A page failed.", extra={"request_id": request_id})
        return _refuse(visit, _BUG)


def _check_form(visit: Visit, form: dict[str, str], page: Page) -> None:
    visit.form = form
    if not visit.is_guarded():
        raise Refused(403, "That form has expired", _STALE)
    if page not in OPEN and visit.visitor.read_only:
        raise Refused(403, "You may only read", _READ_ONLY)


async def _receive(console: Console, request: Request) -> Visit:
    now = console.clock()
    session = console.sessions.unseal(request.cookies.get(sessions.COOKIE), now)
    visitor = (
        None if session is None else await visitors.recall(console.store, console.sessions, session)
    )
    try:
        query = forms.query(request)
    except forms.BadForm:
        query = {}
    return Visit(console, request, session or console.sessions.begin(now), visitor, query, {})


def _stranger(console: Console, request: Request) -> Visit:
    return Visit(console, request, console.sessions.begin(console.clock()), None, {}, {})


def _keep_alive(visit: Visit, response: Response) -> None:
    """Note in the cookie, now and then, that the session is in use."""
    now = int(visit.console.clock())
    if (
        visit.is_signed_in
        and "set-cookie" not in response.headers
        and now - visit.session.seen >= sessions.REFRESH_SECONDS
    ):
        visit.keep(response, with_fields(visit.session, seen=now))


def _send_to_sign_in(visit: Visit) -> Response:
    url = visit.request.url
    if visit.request.method not in ("GET", "HEAD"):
        raise Refused(403, "Sign in first", "Your session is over. Sign in, and do it again.")
    if url.path == HOME:
        return visit.go(SIGN_IN)
    return visit.go(SIGN_IN, next=f"{url.path}?{url.query}" if url.query else url.path)


def _refuse(visit: Visit, refusal: Refused) -> Response:
    return visit.show(
        "refusal.html", status=refusal.status, title=refusal.title, sentence=refusal.sentence
    )


_STALE: Final = (
    "It was made for another session, or was not one of this console's. Nothing was changed. "
    "Go back, load the page again and repeat what you did."
)
_READ_ONLY: Final = "Who you are signed in as sees everything and changes nothing."
_BAD_FORM: Final = "What was sent is not a form of this console, or is too long."
_NOT_THIS_WAY: Final = "This address is not meant to be opened like that."
_MISSING: Final = Refused(
    404, "Nothing is here", "There is no such page, or no such order or guest in your organisation."
)
_AWAY: Final = Refused(
    503, "The database is away", "Nothing was changed. Try again in a few seconds."
)
_BUG: Final = Refused(500, "Something went wrong", "The fault is ours, and is in the log.")
