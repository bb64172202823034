"""Headers: whatever they say, nobody stumbles over them and nothing strange is reflected."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from typing import Any, Final

from orderfolio.model.guards import Guard
from orderfolio.wire import media, tags
from orderfolio.wire.addresses import Addresses
from orderfolio.wire.authentication import read_basic

_BASE: Final = re.compile(rb"https?://(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_TRUSTING: Final = Addresses(None, [ipaddress.ip_network("127.0.0.0/8")])
_SCOPE: Final[dict[str, Any]] = {
    "scheme": "http",
    "server": ("127.0.0.1", 8080),
    "client": ("127.0.0.1", 50_000),
}


def authorization(data: bytes) -> None:
    """A pair that is read is read again from its own spelling."""
    for header in (data, b"Basic " + data, b"Basic " + b64encode(data)):
        pair = read_basic(header.decode("latin-1"))
        if pair is not None:
            assert ":" not in pair[0]
            spelled = b64encode(":".join(pair).encode()).decode()
            assert read_basic(f"bASIC {spelled}") == pair


def tagged(data: bytes) -> None:
    """`If-Match` and `If-None-Match`: only what was given out holds."""
    text = data.decode("latin-1")
    guard = tags.read_guard(text)
    assert isinstance(guard, Guard)
    known = tags.is_known(text, b'"018f3a5e7c2b7000800000000000002a.1"')
    if known and text.strip() != "*":
        assert "018f3a5e7c2b7000800000000000002a.1" in text
    assert tags.read_guard('"018f3a5e7c2b7000800000000000002a.1"').versions


def forwarded(data: bytes) -> None:
    """A base address is one, and who sent a request has an address, whatever a proxy tells."""
    for name in (b"forwarded", b"x-forwarded-host", b"x-forwarded-proto", b"host"):
        assert _BASE.fullmatch(_TRUSTING.base(_SCOPE, {name: data}))
    client = _TRUSTING.client(_SCOPE, {b"x-forwarded-for": data})
    assert client is not None
    ipaddress.ip_address(client)


def types(data: bytes) -> None:
    """`Accept` and `Content-Type` hold or don't."""
    text = data.decode("latin-1")
    assert media.accepts_json(text) in (True, False)
    for strict in (True, False):
        assert media.is_json(text, "PATCH", strict=strict) in (True, False)
