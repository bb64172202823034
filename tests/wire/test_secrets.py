"""What stays inside: tokens and people's data out of logs, and no word to anybody else."""

from __future__ import annotations

import ast
import base64
import hmac
import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.wire.clients import GUEST, KEYS, PERSON, Client, refusal

import orderfolio
from orderfolio.logs import JsonFormatter, TextFormatter
from orderfolio.wire import responses

PACKAGE: Final = Path(orderfolio.__file__).parent
# What opens a connection to somebody else, in the standard library and in what we depend on.
CALLERS: Final = {"http", "urllib.request", "httpx", "requests", "aiohttp", "smtplib", "ftplib"}
CALLS: Final = {"create_connection", "open_connection", "connect", "connect_ex", "sendto"}
FORMATTERS: Final = (JsonFormatter(), TextFormatter())

Logged = Callable[[], str]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """All that the program has logged, at every level and in both forms."""
    written = io.StringIO()
    logger = logging.getLogger("orderfolio")
    handlers = [logging.StreamHandler(written) for _ in FORMATTERS]
    for handler, formatter in zip(handlers, FORMATTERS, strict=True):
        handler.setFormatter(formatter)
        logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.DEBUG)
    yield written.getvalue
    logger.setLevel(level)
    for handler in handlers:
        logger.removeHandler(handler)


class TestLogs:
    def test_hold_no_credentials(self, client: Client, logged: Logged) -> None:
        wrong = ("client-one", "a-wrong-token")
        assert client.get("/v2.1/orders").status_code == 200
        assert client.as_(wrong).get("/v2.1/orders").status_code == 401
        text = logged()
        assert text.count("/v2.1/orders") == 4
        for pair in (KEYS, wrong):
            assert pair[1] not in text
            assert base64.b64encode(":".join(pair).encode()).decode() not in text

    def test_hold_nothing_of_bodies_and_queries(self, client: Client, logged: Logged) -> None:
        order = client.order()
        client.contact(order)
        client.post(f"/v2.1/orders/{order}/contacts", {**PERSON, "emails": "ada@example.com"})
        client.get("/v2.1/guests?email=ada@example.com&lastName=Byron")
        client.get("/v2.1/guests?mail=ada@example.com")
        text = logged()
        assert "/v2.1/guests" in text
        assert "example.com" not in text
        assert "Byron" not in text

    def test_hold_nothing_of_bodies_where_an_answer_fails(
        self, client: Client, logged: Logged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(responses, "created", fail)
        refusal(client.post("/v2.1/guests", GUEST), 500)
        text = logged()
        assert "RuntimeError" in text
        assert "example.com" not in text
        assert KEYS[1] not in text


class TestCredentials:
    @pytest.mark.parametrize(
        "pair", [KEYS, ("client-one", "wrong"), ("nobody", "token-one"), ("", "")]
    )
    def test_are_compared_as_digests_in_constant_time_whoever_asks(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, pair: tuple[str, str]
    ) -> None:
        compared: list[tuple[int, int]] = []

        def compare(one: bytes, other: bytes) -> bool:
            compared.append((len(one), len(other)))
            return hmac_compare(one, other)

        hmac_compare = hmac.compare_digest
        monkeypatch.setattr(hmac, "compare_digest", compare)
        status = client.as_(pair).get("/v2.1/orders").status_code
        assert status == (200 if pair == KEYS else 401)
        assert compared == [(32, 32)]


class TestProgram:
    @pytest.mark.parametrize(
        "path",
        # A server's database is called where it was named.
        sorted({*PACKAGE.rglob("*.py")} - {PACKAGE / "store" / "postgres" / "sessions.py"}),
        ids=lambda path: str(path.relative_to(PACKAGE)),
    )
    def test_calls_nobody(self, path: Path) -> None:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported = {str(node.module), *(f"{node.module}.{a.name}" for a in node.names)}
            else:
                imported = set()
                if isinstance(node, ast.Attribute):
                    assert node.attr not in CALLS, node.lineno
            assert not {name for name in imported if name in CALLERS or name == "http.client"}
