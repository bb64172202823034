"""Data extensions, as a client sends them: flat pairs under names of the client's own."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from orderfolio.model import extensions, refs
from orderfolio.model.extensions import Pairs, Value
from orderfolio.model.refs import Ref
from orderfolio.wire.flaws import Flaws, Wrong, wrong
from orderfolio.wire.reading.attributes import (
    refuse_other_ref,
    refuse_unless_link,
    refuse_unless_text,
)
from orderfolio.wire.reading.values import reject, text

_KEY: Final = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)
# The answer uses these itself, so they can't be keys.
_FIXED: Final = {"name": extensions.NAME, "key": extensions.KEY}
_ECHOED: Final = frozenset(("href", "createdAt", "modifiedAt"))
_LINKS: Final = frozenset(("order", "orderItem"))
_read_text: Final = text()


def read_pairs(body: dict[str, object], ref: Ref | None) -> Pairs:
    """The pairs that `body` holds. `ref` is the extension's; without it, a `ref` that is
    sent is held against nothing here (`echoed_ref`). Raises Misread."""
    pairs: Pairs = {}
    flaws = Flaws()
    for name, value in body.items():
        try:
            if name in _FIXED:
                _refuse_other(name, value)
            elif name == "ref":
                _refuse_ref(value, ref)
            elif name in _ECHOED:
                refuse_unless_text(value)
            elif name in _LINKS:
                refuse_unless_link(name, value, "a data extension", opened=False)
            else:
                key = _key(name)
                pairs[key] = _value(value)
        except Wrong as bad:
            flaws.extend(name, bad)
    if len(pairs) > extensions.PAIRS:
        flaws.add(
            "body",
            f"has {len(pairs)} pairs, more than {extensions.PAIRS}",
            f"A data extension holds at most {extensions.PAIRS} pairs.",
        )
    flaws.check()
    return pairs


def echoed_ref(body: dict[str, object]) -> Ref | None:
    """The `ref` that came with the pairs, to be held against the extension's own."""
    value = body.get("ref")
    return refs.parse(value) if isinstance(value, str) else None


def _refuse_other(name: str, value: object) -> None:
    if value is not None and value != _FIXED[name]:
        reject(
            value,
            f'must be "{_FIXED[name]}"',
            f'"{name}" is part of every data extension: leave it out, or name the pair otherwise.',
        )


def _refuse_ref(value: object, ref: Ref | None) -> None:
    if ref is not None:
        refuse_other_ref(value, ref)
    elif value is not None and (type(value) is not str or refs.parse(value) is None):
        reject(value, "must be the ref of this data extension", "Leave it out.")


def _key(name: str) -> str:
    if _KEY.fullmatch(name) is None:
        raise wrong(
            "is not a key that a pair may have",
            "Keys begin with a letter from a to z; letters and digits follow.",
        )
    if len(name) > _KEY_LENGTH:
        raise wrong("is too long for a key", f"Give a key of at most {_KEY_LENGTH} characters.")
    return name


# The length of any other string: a key is held to no other limit.
_KEY_LENGTH: Final = 16_384


def _value(value: object) -> Value:
    if isinstance(value, bool | Decimal):
        return value
    if type(value) is str:
        return _read_text(value)
    if value is None:
        reject(
            value, "may not be null", "Give a string, a boolean or a number; DELETE removes keys."
        )
    return reject(
        value,
        "must be a string, a boolean or a number",
        "A data extension is flat: give each part a key of its own.",
    )
