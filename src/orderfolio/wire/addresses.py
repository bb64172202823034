"""The base address of links: scheme, host and port, as the client can reach them.

It is the configured public URL; else what the request says, where that can be believed.
Nothing that isn't a plain host name or IP address is ever reflected into an answer.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from orderfolio.wire.asgi import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Headers = Mapping[bytes, bytes]

_HOST: Final = re.compile(
    rb"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9.])?|\[[0-9A-Fa-f:.]{2,45}\])"
    rb"(?::([0-9]{1,5}))?"
)
_SCHEMES: Final = (b"http", b"https")
_FORWARDED: Final = re.compile(rb'(?:^|[;,\s])(proto|host)\s*=\s*("?)([^";,\s]+)\2', re.IGNORECASE)


class Addresses:
    """What knows the base address of each request."""

    __slots__ = ("_public", "_trusted")

    def __init__(self, public_url: str | None, trusted_proxies: Sequence[Network]) -> None:
        self._public = None if public_url is None else public_url.rstrip("/").encode()
        self._trusted = tuple(trusted_proxies)

    def base(self, scope: Scope, headers: Headers) -> bytes:
        """Such as `https://api.example.com`, without a slash at the end."""
        if self._public is not None:
            return self._public
        scheme, host = scope["scheme"].encode(), headers.get(b"host", b"")
        if self._trusted and self._trusts(scope):
            told_scheme, told_host = _told(headers)
            scheme = told_scheme or scheme
            host = told_host or host
        base = _base(scheme, host)
        return base or b"%s://%s" % (scheme, own(scope["scheme"], scope.get("server")))

    def client(self, scope: Scope, headers: Headers) -> str | None:
        """Who sent the request: the nearest address that is no trusted proxy's."""
        client = scope.get("client")
        if not client:
            return None
        nearest = str(client[0])
        if not self._trusted:
            return nearest
        for told in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            if not self._is_trusted(nearest) or _address(told) is None:
                break
            nearest = told.strip()
        return nearest

    def _trusts(self, scope: Scope) -> bool:
        client = scope.get("client")
        return client is not None and self._is_trusted(str(client[0]))

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _told(headers: Headers) -> tuple[bytes | None, bytes | None]:
    """Scheme and host as the nearest proxy saw them: the last of each list, since what
    stands before it may have come from the client."""
    forwarded = headers.get(b"forwarded")
    if forwarded is not None:
        last = forwarded.rpartition(b",")[2]
        pairs = {name.lower(): value for name, _, value in _FORWARDED.findall(last)}
        scheme, host = pairs.get(b"proto"), pairs.get(b"host")
    else:
        scheme = headers.get(b"x-forwarded-proto", b"").rpartition(b",")[2].strip()
        host = headers.get(b"x-forwarded-host", b"").rpartition(b",")[2].strip()
    scheme = scheme.lower() if scheme else None
    return (
        scheme if scheme in _SCHEMES else None,
        host if host and _is_host(host) else None,
    )


@lru_cache(64)
def _base(scheme: bytes, host: bytes) -> bytes | None:
    """The address of a host as a client names it, None where it can't be one."""
    # A server is known by few names, and asked by one of them each time.
    return b"%s://%s" % (scheme, host) if _is_host(host) else None


def _is_host(host: bytes) -> bool:
    match = _HOST.fullmatch(host)
    return match is not None and (match[1] is None or int(match[1]) <= 65_535)


def own(scheme: str, server: tuple[str, int | None] | None) -> bytes:
    """Host and port that the connection came in on."""
    if not server or server[1] is None:
        return b"localhost"
    name, port = server
    if ":" in name:
        name = f"[{name}]"
    default = 443 if scheme == "https" else 80
    return name.encode() if port == default else f"{name}:{port}".encode()
