"""The servers that an address names, each to be tried by itself: one that hangs must not keep
us from the next, as the driver's own way through several would."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

DEFAULT_PORT: Final = 5432
_PLACE: Final = re.compile(r"\[([^\]]*)\](?::(\d+))?|([^:]*)(?::(\d+))?")


class Place(NamedTuple):
    host: str
    port: int


def places(url: str) -> list[Place]:
    """The servers of `url` where it names several; otherwise none, and the driver knows better
    what is meant."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    named = unquote(parts.netloc.rpartition("@")[2]) or options.get("host", "")
    hosts = named.split(",")
    if len(hosts) < 2:
        return []
    ports = options.get("port", str(DEFAULT_PORT)).split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    found = []
    # What doesn't match is refused by the driver, in its own words.
    for host, port in zip(hosts, ports, strict=False):
        match = _PLACE.fullmatch(host)
        if match is None or not port.isdecimal():
            return []
        found.append(Place(match[1] or match[3] or "", int(match[2] or match[4] or port)))
    return found if len(ports) == len(hosts) else []
