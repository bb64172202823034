"""Idempotency keys: how a repeated POST is told from a new one."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Final

from orderfolio.errors import Flaw
from orderfolio.store.records import Organisation
from orderfolio.wire.flaws import Misread

HEADER: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[!-~]{1,255}", re.ASCII)


def check(key: str) -> None:
    """Raises Misread for a key that can't be one."""
    if _KEY.fullmatch(key) is None:
        raise Misread(
            [
                Flaw(
                    HEADER,
                    "must be 1 to 255 visible ASCII characters",
                    "Send a value of your own choice without blanks, such as a UUID.",
                )
            ]
        )


def scope_of(organisation: Organisation, method: str, path: str, key: str) -> bytes:
    """What names one answer: another organisation, method or address is another scope.

    Refs are found in any case, so addresses that differ in it are one.
    """
    text = f"{organisation}\n{method}\n{path.lower()}\n{key}"
    return blake2b(text.encode(), digest_size=32, person=b"idempotent scope").digest()


def digest_of(body: bytes) -> bytes:
    """What tells one request body from another."""
    return blake2b(body, digest_size=32, person=b"idempotent body").digest()
