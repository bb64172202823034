"""A visit: one request to the console, with all that a page needs to answer it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from orderfolio.console import sessions as sessioning
from orderfolio.console.sessions import Session, Sessions
from orderfolio.console.visitors import Visitor
from orderfolio.errors import Kind, NotFound
from orderfolio.model import refs
from orderfolio.model.refs import Ref
from orderfolio.model.throttles import Throttle
from orderfolio.operations.acting import ActingStore
from orderfolio.operations.uses import Uses
from orderfolio.store.contract import Documents, Store
from orderfolio.store.records import Actor, By, Organisation

HOME: Final = "/console"
SIGN_IN: Final = "/console/sign-in"
GUARD_FIELD: Final = "guard"
Field = Mapping[str, str]


class Console(Struct, frozen=True):
    """What every visit shares. `base_of` gives the address under which a request reaches
    the API, such as `https://api.example.com`; `clock`, seconds since 1970; `hashing` bounds
    how many passwords are hashed at once."""

    store: Store
    documents: Documents
    base_of: Callable[[Scope], str]
    client_of: Callable[[Scope], str]
    uses: Uses
    clock: Callable[[], float]
    templates: Environment
    sessions: Sessions
    throttle: Throttle
    hashing: asyncio.Semaphore


class Refused(Exception):
    """A page isn't shown, and why: the sentence is for people."""

    def __init__(self, status: int, title: str, sentence: str) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.sentence = sentence


class Visit:
    """`form` is what was sent, where something was; `query`, what the address asks."""

    def __init__(
        self,
        console: Console,
        request: Request,
        session: Session,
        visitor: Visitor | None,
        query: Field,
        form: Field,
    ) -> None:
        self.console = console
        self.request = request
        self.session = session
        self._visitor = visitor
        self.query = dict(query)
        self.form = form
        self.base = console.base_of(request.scope)

    @property
    def store(self) -> Store:
        """The store; whoever is signed in changes it in their own name."""
        visitor = self._visitor
        if visitor is None:
            return self.console.store
        actor = Actor.USER if visitor.client_key is None else Actor.CLIENT
        request_id = self.request.scope.get("state", {}).get("request_id", "")
        by = By(actor=actor, name=visitor.name, request_id=request_id)
        return ActingStore(self.console.store, by)

    @property
    def documents(self) -> Documents:
        return self.console.documents

    @property
    def visitor(self) -> Visitor:
        """Who is signed in; pages that anybody may see don't ask."""
        if self._visitor is None:
            raise Refused(403, "Sign in first", "This page is for people who are signed in.")
        return self._visitor

    @property
    def organisation(self) -> Organisation:
        return self.visitor.organisation

    @property
    def is_signed_in(self) -> bool:
        return self._visitor is not None

    def ref(self, kind: Kind) -> Ref:
        """The ref in the address. Raises NotFound where it isn't one."""
        text = str(self.request.path_params["ref"])
        ref = refs.parse(text)
        if ref is None:
            raise NotFound(kind, text)
        return ref

    def is_guarded(self) -> bool:
        """Whether a form came from one of our own pages, in this session."""
        if self.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return False
        expected = self.console.sessions.guard(self.session)
        return hmac.compare_digest(expected.encode(), self.form.get(GUARD_FIELD, "").encode())

    def show(self, template: str, *, status: int = 200, **context: Any) -> Response:
        text = self.console.templates.get_template(template).render(
            visitor=self._visitor,
            guard=self.console.sessions.guard(self.session),
            path=self.request.url.path,
            **context,
        )
        return HTMLResponse(text, status_code=status)

    def ask(
        self,
        *,
        title: str,
        consequences: Sequence[str],
        action: str,
        fields: Field,
        button: str,
        back: str,
    ) -> Response:
        """A page that asks before something is done that can't be undone."""
        return self.show(
            "question.html",
            title=title,
            consequences=consequences,
            action=action,
            fields=fields,
            button=button,
            back=back,
        )

    def go(self, path: str, **query: str) -> Response:
        """Send the browser on to a page of the console."""
        address = f"{path}?{urlencode(query)}" if query else path
        return RedirectResponse(address, status_code=303)

    def keep(self, response: Response, session: Session) -> None:
        """Give the browser its session."""
        response.set_cookie(
            sessioning.COOKIE,
            self.console.sessions.seal(session),
            max_age=sessioning.LIFETIME_SECONDS,
            path=sessioning.PATH,
            secure=self.base.startswith("https:"),
            httponly=True,
            samesite="strict",
        )


Page = Callable[[Visit], Awaitable[Response]]


def is_local(address: str) -> bool:
    """Whether an address leads to a page of the console, and nowhere else."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    plain = address.isascii() and address.isprintable() and "\\" not in address
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    return plain and inside and address.startswith("/") and not (parts.scheme or parts.netloc)
