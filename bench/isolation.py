"""Whether time tells what a 404 doesn't: refs of another organisation beside refs of nobody.

`make isolation-timing` starts a server, asks for both in a random order over one connection, and
compares the medians for each noun. It fails where they differ by more than 5 %.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

BOUND: Final = 0.05
REFS: Final = 64
WARM_UP: Final = 500
_KEYS: Final = ("isolation", secrets.token_urlsafe(32))
_PORT: Final = re.compile(r"http://127\.0\.0\.1:(\d+)")
_PERSON: Final = {"firstName": "Ada", "emails": ["ada@example.com"]}
_PROGRAM: Final = (sys.executable, "-m", "orderfolio")


class Api:
    """One connection, with the credentials of one organisation."""

    def __init__(self, port: int, keys: tuple[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        basic = base64.b64encode(":".join(keys).encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}

    def close(self) -> None:
        self._connection.close()

    def create(self, path: str, body: dict[str, Any]) -> str:
        """The ref of what was made."""
        self._connection.request("POST", path, json.dumps(body), self._headers)
        with self._connection.getresponse() as answer:
            text = answer.read()
            if answer.status != 201:
                raise RuntimeError(text.decode())
        return str(json.loads(text)["ref"])

    def miss(self, path: str) -> float:
        """How many seconds it took to be told that nothing is there."""
        began = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        with self._connection.getresponse() as answer:
            answer.read()
            took = time.perf_counter() - began
            if answer.status != 404:
                raise RuntimeError(f"{path} was answered {answer.status}")
        return took


class Verdict(NamedTuple):
    """The medians of one noun, in seconds."""

    noun: str
    calls: int
    nobodys: float
    others: float

    @property
    def ratio(self) -> float:
        return self.others / self.nobodys

    @property
    def holds(self) -> bool:
        return abs(self.ratio - 1) <= BOUND


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line a noun; how many of them differ."""
    parser = argparse.ArgumentParser(prog="bench.isolation", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, help="calls for each noun")
    parser.add_argument("--database", help="one that may be written to")
    parser.add_argument("--seed", type=int, default=0, help="of the order of the calls")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        url = options.database or f"sqlite:///{Path(folder).resolve()}/isolation.db"
        with _served(url, Path(folder)) as port:
            dice = random.Random(options.seed)  # noqa: S311 - it shuffles
            found = _measure(port, _other_keys(url), options.calls, dice)
    lines = [f"{'':<10} {'calls':>7} {'nobody us':>10} {'another us':>10} {'ratio':>7}"]
    for one in found:
        medians = f"{one.nobodys * 1e6:>10.0f} {one.others * 1e6:>10.0f} {one.ratio:>7.3f}"
        lines.append(f"{one.noun:<10} {one.calls:>7} {medians}{'' if one.holds else '  differs'}")
    sys.stdout.write("\n".join(lines) + "\n")
    return sum(not one.holds for one in found)


def _measure(
    port: int, other_keys: tuple[str, str], calls: int, dice: random.Random
) -> list[Verdict]:
    with closing(Api(port, other_keys)) as other:
        places = _populate(other)
    with closing(Api(port, _KEYS)) as asking:
        return [_compare(asking, noun, *place, calls, dice) for noun, place in places.items()]


def _compare(
    asking: Api, noun: str, template: str, refs: list[str], calls: int, dice: random.Random
) -> Verdict:
    others = [template.format(ref) for ref in refs]
    nobodys = [template.format(_nobodys(ref)) for ref in refs]
    for path in (others + nobodys) * (WARM_UP // REFS):
        asking.miss(path)
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(calls // 2):
        pair = [(0, nobodys[number % REFS]), (1, others[number % REFS])]
        dice.shuffle(pair)
        for side, path in pair:
            took[side].append(asking.miss(path))
    return Verdict(noun, calls, median(took[0]), median(took[1]))


def _populate(api: Api) -> dict[str, tuple[str, list[str]]]:
    """The address of each noun, and refs that are there, in the other organisation."""
    refs: dict[str, list[str]] = {name: [] for name in ("order", "item", "contact", "guest")}
    for number in range(REFS):
        when = {"orderedAt": "2024-01-01T16:17:16Z", "currencyCode": "EUR", "price": 1}
        order = api.create("/v2.1/orders", {"referenceId": f"R{number}", **when})
        item = {"type": "BOOK", "name": "Moby-Dick", "status": "CONFIRMED"}
        item |= {"price": 20, "currencyCode": "EUR"}  # type: ignore[dict-item]
        refs["order"].append(order)
        refs["item"].append(api.create(f"/v2.1/orders/{order}/orderItems", item))
        refs["contact"].append(api.create(f"/v2.1/orders/{order}/contacts", _PERSON))
        refs["guest"].append(api.create("/v2.1/guests", {"guestType": "visitor"}))
        api.create(f"/v2.1/orders/{order}/extensions/ext", {"one": 1})
    return {
        "orders": ("/v2.1/orders/{}", refs["order"]),
        "items": ("/v2.1/orderItems/{}", refs["item"]),
        "contacts": ("/v2.1/orderContacts/{}", refs["contact"]),
        "guests": ("/v2.1/guests/{}", refs["guest"]),
        "extensions": ("/v2.1/orders/{}/extensions/ext", refs["order"]),
    }


def _nobodys(ref: str) -> str:
    """A ref like this one, of the same time and shard, that nothing has."""
    head, random_bits = ref[:19], int(ref[19:23] + ref[24:32], 16)
    other = f"{random_bits ^ 0x0FFF_FFFF_FFFF:012x}"
    return f"{head}{other[:4]}-{other[4:]}{ref[32:]}"


@contextmanager
def _served(url: str, folder: Path) -> Iterator[int]:
    """The port of a server over the database."""
    named = {"CLIENT_KEY": _KEYS[0], "API_TOKEN": _KEYS[1], "LOG_LEVEL": "warning"}
    environ = os.environ | {f"ORDERFOLIO_{name}": value for name, value in named.items()}
    command = [*_PROGRAM, "serve", "--migrate", "--port", "0", "--database", url]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, env=environ, cwd=folder
    ) as it:
        try:
            assert it.stdout is not None  # noqa: S101 - it is a pipe
            yield next(int(match[1]) for line in it.stdout if (match := _PORT.search(line)))
        finally:
            it.terminate()


def _other_keys(url: str) -> tuple[str, str]:
    """Credentials of an organisation that is made for this run."""
    name = f"isolation-{secrets.token_hex(4)}"
    _run("organisations", "create", name, "--database", url)
    made = json.loads(
        _run("credentials", "create", "--organisation", name, "--json", "--database", url)
    )
    return made["clientKey"], made["apiToken"]


def _run(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603
        [*_PROGRAM, *arguments], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
