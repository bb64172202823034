"""Tokens that people choose: which of them a stranger would try first."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

SHORTEST: Final = 16
# Fewer than these, and a token is a pattern rather than a draw.
_FEWEST_CHARACTERS: Final = 6
# Those that this program's own documentation shows, and what people write until they
# choose something.
_PUBLISHED: Final = frozenset(("a-token-that-you-chose",))
_WORDS: Final = (
    *("admin", "api", "change", "changeit", "client", "default", "demo"),
    *("dev", "development", "dummy", "example", "foo", "bar", "guest", "here", "is", "key"),
    *("letmein", "local", "login", "me", "my", "not", "order", "orderfolio", "orders", "our"),
    *("pass", "passphrase", "password", "please", "prod", "production", "qwerty", "replace"),
    *("root", "sample", "secret", "server", "super", "test", "testing", "the"),
    *("this", "token", "user", "welcome", "with", "your", "a", "some", "something"),
)
_ONLY_WORDS: Final = re.compile(f"(?:{'|'.join(_WORDS)})+")


def weakness(api_token: str, client_key: str) -> str | None:
    """Why the token is one that a stranger would guess, as the end of a sentence that begins
    with it; None where it isn't."""
    letters = re.sub(r"[^a-z]", "", api_token.lower())
    if api_token in _PUBLISHED:
        return "is the example of the documentation"
    if len(api_token) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    if client_key.lower() in {api_token.lower(), letters}:
        return "is the client key again"
    if len(set(api_token)) < _FEWEST_CHARACTERS:
        return f"has fewer than {_FEWEST_CHARACTERS} different characters"
    if _is_series(api_token) or (_ONLY_WORDS.fullmatch(letters) and _is_mostly(letters, api_token)):
        return "is one of those that are tried first"
    return None


def _is_series(text: str) -> bool:
    """Whether most characters follow the one before, as in 12345678 or abcdefgh."""
    steps = [ord(after) - ord(before) for before, after in pairwise(text)]
    return sum(abs(step) <= 1 for step in steps) * 4 >= len(steps) * 3


def _is_mostly(letters: str, text: str) -> bool:
    return len(letters) * 2 > len(text)
