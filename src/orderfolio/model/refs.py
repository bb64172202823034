"""Refs: UUIDv7 whose last 16 bits are the shard that the row lives on.

48 bits of milliseconds, 12 of a counter inside the millisecond, 46 random bits, the shard.
"""

from __future__ import annotations

import re
from typing import NewType

Ref = NewType("Ref", bytes)

SHARDS = 1 << 16

_FORM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)


def parse(text: str) -> Ref | None:
    """The ref that `text` spells, in any case; None where it spells none."""
    lowered = text.lower()
    if _FORM.fullmatch(lowered) is None:
        return None
    return Ref(bytes.fromhex(lowered.replace("-", "")))


def spell(ref: Ref) -> str:
    """The lower-case UUID, as clients see it."""
    digits = ref.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def shard_of(ref: Ref) -> int:
    return ref[14] << 8 | ref[15]


def milliseconds_of(ref: Ref) -> int:
    """When it was made, in milliseconds since 1970."""
    return int.from_bytes(ref[:6], "big")


def is_minted(ref: bytes) -> bool:
    """Whether it has the form of those that are made here: a UUIDv7's."""
    return len(ref) == 16 and ref[6] >> 4 == 0x7 and ref[8] >> 6 == 0b10


def mint(milliseconds: int, counter: int, randomness: int, shard: int) -> Ref:
    """A ref from its parts: 48, 12, 46 and 16 bits."""
    value = milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | randomness << 16 | shard
    return Ref(value.to_bytes(16, "big"))


def first_of(milliseconds: int) -> Ref:
    """The smallest ref that this millisecond can have."""
    return mint(milliseconds, 0, 0, 0)
