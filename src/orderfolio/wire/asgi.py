"""The words of ASGI, as types: what a server hands over, and what it is handed back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# An extension of our server's: the body of the request has come whole, reading it won't wait.
WHOLE_BODY: Final = "orderfolio.whole_body"
