"""Pages of the console over a large table: how long each takes to answer, one by one."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection
from statistics import quantiles
from typing import Final
from urllib.parse import urlencode

from bench import loads
from bench.orders import REGULAR
from bench.rows import Pair, Row
from bench.tables import Table

LIMIT_MS: Final = 100
VISITS: Final = 100

_LISTED: Final = 25


def rows(pair: Pair) -> list[Row]:
    """Two rows a page, for its median and its 95th percentile, each beside 100 ms."""
    found = []
    visitor = _Visitor(pair.large.port)
    for name, address in _addresses(pair.table).items():
        took = [visitor.see(address) for _ in range(VISITS)]
        percentiles = quantiles(took, n=20)
        found += [
            Row(
                work=f"{name}: {figure}",
                value=value,
                limit=LIMIT_MS,
                unit="ms",
                result=value / LIMIT_MS,
                goal=1.0,
            )
            for figure, value in (("p50", percentiles[9]), ("p95", percentiles[18]))
        ]
    return found


def _addresses(table: Table) -> dict[str, str]:
    guest, settings = f"/console/guests/{table.guest}", "/console/settings"
    return {
        "Home": "/console",
        "Guests": "/console/guests",
        "Guests, the last of them": f"/console/guests?from={max(0, table.guests - _LISTED)}",
        "Guests by email": f"/console/guests?{urlencode({'search': REGULAR})}",
        "Guests by name": "/console/guests?search=Name7",
        "a guest with many orders, Overview": guest,
        "a guest with many orders, Timeline": f"{guest}/timeline",
        "a guest with many orders, Orders": f"{guest}/orders",
        "a guest with many orders, Properties": f"{guest}/properties",
        "Orders": "/console/orders",
        "Orders, from the middle": f"/console/orders?from={table.orders // 2}",
        "Orders by status and channel": "/console/orders?status=PURCHASED&channel=WEB",
        "an order": f"/console/orders/{table.order}",
        "API access": f"{settings}/access",
        "Identity rules": f"{settings}/rules",
        "Manage guests": f"{settings}/guests",
        "Users": f"{settings}/users",
    }


class _Visitor:
    """Somebody signed in, with a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port)
        self._cookie = ""
        guard = re.search(r'name="guard" value="(\w+)"', self._ask("GET", "/console/sign-in"))
        if guard is None:
            raise RuntimeError("there is no form to sign in with")
        form = {"guard": guard[1], "name": loads.CLIENT_KEY, "secret": loads.API_TOKEN}
        self._ask("POST", "/console/sign-in", urlencode(form))

    def see(self, address: str) -> float:
        """How many milliseconds it takes from asking to the last byte of a page."""
        began = time.perf_counter()
        page = self._ask("GET", address)
        took = (time.perf_counter() - began) * 1000
        if "Sign out" not in page:
            raise RuntimeError(f"{address} shows no page")
        return took

    def _ask(self, method: str, address: str, form: str | None = None) -> str:
        headers = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request(method, address, form, headers)
        answer = self._connection.getresponse()
        body = answer.read().decode()
        if answer.status >= 400:
            raise RuntimeError(f"{address} is answered {answer.status}")
        if (cookie := answer.headers["set-cookie"]) is not None:
            self._cookie = cookie.partition(";")[0]
        return body
