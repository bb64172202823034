"""`/metrics`: the figures for Prometheus, on a port of their own, beside the API's.

The figures themselves, and how they are spelt, are somebody else's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from orderfolio.wire.asgi import App, Receive, Scope, Send
from orderfolio.wire.incoming import read_headers
from orderfolio.wire.responses import Answer

_TEXT: Final = (b"content-type", b"text/plain; charset=utf-8")

Spell = Callable[[str], Awaitable[tuple[bytes, str]]]
"""From an `Accept` header to all figures and their content type."""


def create_figures(spell: Spell) -> App:
    """An application that answers nothing but `/metrics`."""

    async def figures(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        answer = await _answer(scope, spell)
        headers = [*answer.headers, (b"content-length", b"%d" % len(answer.body))]
        body = b"" if scope["method"] == "HEAD" else answer.body
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return figures


async def _answer(scope: Scope, spell: Spell) -> Answer:
    if scope["path"] != "/metrics":
        return Answer(404, b"The figures are at /metrics.\n", (_TEXT,))
    if scope["method"] not in ("GET", "HEAD"):
        return Answer(405, b"Figures are read only.\n", (_TEXT, (b"allow", b"GET, HEAD")))
    accept = read_headers(scope["headers"]).get(b"accept", b"").decode("latin-1")
    body, content_type = await spell(accept)
    return Answer(200, body, ((b"content-type", content_type.encode()),))
