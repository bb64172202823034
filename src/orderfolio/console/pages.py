"""`/docs`, which shows the API and tries it, and `/errors`, which explains refusals.

All that these pages load is shipped with the package, and their policy lets a browser
load nothing else. Who lands on a wrong address with a program gets JSON, as on the API.
"""

import json
from collections.abc import Callable
from importlib.resources import files
from string import Template
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orderfolio.console import guide

# The viewer sets styles on its elements by script, which no policy forbids, but also
# writes some into the markup, hence 'unsafe-inline' for styles and for them alone.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
PAGE_CACHING: Final = {"Cache-Control": "no-cache"}


class Guarded:
    """Puts the policy on every answer, redirects and refusals included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        await self.app(scope, receive, guarded if scope["type"] == "http" else send)


def create_pages(openapi: bytes, console: ASGIApp, base_of: Callable[[Scope], str]) -> ASGIApp:
    """The pages as one application; `openapi` is what `/openapi.json` answers with, and
    `console` has what lies under `/console` to itself."""
    api = json.loads(openapi)["info"]
    text = guide.read()
    docs = _page("docs.html", title=str(api["title"]), version=str(api["version"]))
    errors = _page("errors.html", contents=guide.contents(text), guide=guide.render(text))

    async def home(_: Request) -> Response:
        return RedirectResponse("docs", status_code=307)

    async def show_docs(_: Request) -> Response:
        return HTMLResponse(docs, headers=PAGE_CACHING)

    async def show_errors(_: Request) -> Response:
        return HTMLResponse(errors, headers=PAGE_CACHING)

    async def refuse(request: Request, error: Exception) -> Response:
        return _refuse(request, error, base_of(request.scope))

    open_pages = Starlette(
        routes=[
            Route("/", home),
            Route("/docs", show_docs),
            Route("/errors", show_errors),
            Mount("/static", StaticFiles(packages=[("orderfolio.console", "static")])),
        ],
        exception_handlers={HTTPException: refuse},
        middleware=[Middleware(Guarded)],
    )
    # It would redirect to whatever host the request names, past the configured address.
    open_pages.router.redirect_slashes = False

    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["path"] == "/console" or scope["path"].startswith("/console/")
        await (console if inside else open_pages)(scope, receive, send)

    return pages


def _refuse(request: Request, error: Exception, base: str) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404 and "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_page("missing.html"), status_code=404)
    path = request.url.path
    if status == 405:
        sentences = f"{request.method} is not allowed here.", "Allowed are GET and HEAD."
        code = "method-not-allowed"
    else:
        sentences = f"{path}: was not found.", "The API lives under /v2.1, such as /v2.1/orders."
        code = "not-found"
    body = {
        "status": status,
        "code": status,
        "message": sentences[0],
        "developerMessage": sentences[1],
        "moreInfoUrl": f"{base}/errors#{code}",
    }
    return JSONResponse(body, status_code=status, headers=getattr(error, "headers", None))


def _page(name: str, **parts: str) -> str:
    template = files("orderfolio.console") / "templates" / name
    return Template(template.read_text("utf-8")).substitute(parts)
