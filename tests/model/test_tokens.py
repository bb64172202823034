"""Tokens that people choose: those that a stranger would try first are told from others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orderfolio.model.tokens import weakness
from orderfolio.operations import credentials

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("secret", "has fewer than 16 characters"),
        ("xK3!vQ9#mZ2$pL7", "has fewer than 16 characters"),
        ("a-token-that-you-chose", "is the example of the documentation"),
        ("The-Client-Key-1", "is the client key again"),
        ("THE-CLIENT-KEY-1", "is the client key again"),
        ("aaaaaaaaaaaaaaaaaaaa", "has fewer than 6 different characters"),
        ("ababababcdcdcdcdcdcd", "has fewer than 6 different characters"),
        ("1234567890123456789", "is one of those that are tried first"),
        ("abcdefghijklmnopqrstu", "is one of those that are tried first"),
        ("my-super-secret-token", "is one of those that are tried first"),
        ("ChangeMe-please-2026", "is one of those that are tried first"),
        ("your-api-token-here", "is one of those that are tried first"),
        ("password_password_1", "is one of those that are tried first"),
    ],
)
def test_one_that_is_easily_guessed_is_told_why(token: str, why: str) -> None:
    assert weakness(token, "the-client-key-1") == why


@pytest.mark.parametrize(
    "token",
    [
        "correct horse battery staple",
        "q7Jt2mXw9LzR4vKd",
        "3f9a0c7e51b2d84690ffab12",
        "token-2f81c7d09e4b6a35",
    ],
)
def test_one_that_nobody_would_try_has_none(token: str) -> None:
    assert weakness(token, "the-client-key-1") is None


def test_those_that_are_drawn_have_none() -> None:
    for _ in range(500):
        new = credentials.draw()
        assert weakness(new.api_token, new.client_key) is None


def test_every_example_of_the_documentation_has_one() -> None:
    books = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "".join(book.read_text("utf-8") for book in books)
    shown = set(re.findall(r"ORDERFOLIO_API_TOKEN=([^\s`\"']+)", text))
    assert shown
    assert [token for token in shown if weakness(token, "demo") is None] == []
