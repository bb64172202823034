"""Request bodies: strict JSON objects.

One careful pass says what a body means, and all that is wrong with it. Most bodies are plain:
flat, without escapes, right. Those are read in a third of the time, to the same end.

A value that JSON's grammar allows and the API doesn't (a number of too many digits,
U+0000, an attribute given twice) stays in its place as `Unfit`, so that it is reported by
name together with all else that is wrong. Whoever reads attributes meets it there.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder

from orderfolio.errors import Flaw
from orderfolio.model import numbers
from orderfolio.wire.flaws import Misread, shown

DEPTH: Final = 64


class Unfit(Struct, frozen=True):
    """Stands where a value stood that may not be, and says why."""

    problem: str
    remedy: str
    code: str = "validation"


def parse(raw: bytes) -> dict[str, object]:
    """The JSON object that `raw` holds: numbers as exact Decimals, no key twice.

    A byte order mark before it is ignored. Raises Misread, whatever `raw` is, where it isn't
    UTF-8, isn't JSON, is no object or is nested deeper than 64 levels.
    """
    body = _read_plainly(raw)
    return _read_carefully(raw) if body is None else body


def _read_carefully(raw: bytes) -> dict[str, object]:
    if raw.count(b"{") + raw.count(b"[") > DEPTH and _depth(raw) > DEPTH:
        raise _malformed(f"is nested deeper than {DEPTH} levels", "Send a flatter object.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(
            f"is not UTF-8 (at byte {error.start + 1})", "Send JSON in UTF-8."
        ) from None
    try:
        body = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _not_json(error) from None
    except RecursionError:
        raise _malformed("is nested too deep", "Send a flatter object.") from None
    if type(body) is not dict:
        raise _malformed("is not a JSON object", 'Send one object: {"…": …}.')
    if _ESCAPED.search(text) is not None:
        _mark_texts(body)
    return body


def _read_plainly(raw: bytes) -> dict[str, object] | None:
    """What the careful pass would return; None where that isn't plain to see."""
    if b"\\" in raw or b"[" in raw or raw.count(b"{") != 1:
        return None
    try:
        body = _PLAIN_DECODER.decode(raw)
    except ValueError:
        return None
    texts = len(body)
    for name, value in body.items():
        if type(value) is str:
            texts += 1
        elif type(value) is int:
            # Zero may have been written -0, whose sign is kept.
            if value == 0 or not -_TOO_LARGE < value < _TOO_LARGE:
                return None
            body[name] = Decimal(value)
    # Without escapes, a quote is one end of a text or of a name. More of them than those that
    # were read have belong to a name given twice.
    return body if raw.count(b'"') == 2 * texts else None


def unfit_in(value: object) -> tuple[str, Unfit] | None:
    """The first unfit value in `value`, with its path; None where all is well."""
    if isinstance(value, Unfit):
        return "", value
    if isinstance(value, dict):
        inside = ((f".{name}", part) for name, part in value.items())
    elif isinstance(value, list):
        inside = ((f"[{position}]", part) for position, part in enumerate(value))
    else:
        return None
    for step, part in inside:
        if (found := unfit_in(part)) is not None:
            return step + found[0], found[1]
    return None


_TWICE: Final = Unfit("is given twice", "Give each attribute once.", "malformed-json")
_TOO_LONG: Final = Unfit(
    f"has more than {numbers.DIGITS} digits",
    f"Give a number of at most {numbers.DIGITS} digits, written without exponent.",
)
_BAD_TEXT: Final = Unfit(
    "holds U+0000 or half of a surrogate pair",
    "Give text without U+0000, and characters beyond U+FFFF as whole pairs.",
    "malformed-json",
)
_BAD_NAME: Final = Unfit(
    "has a name with U+0000 or half of a surrogate pair",
    "Name attributes as documented.",
    "malformed-json",
)


def _whole(text: str) -> Decimal | Unfit:
    return Decimal(text) if len(text) <= numbers.DIGITS else _number(text)


def _number(text: str) -> Decimal | Unfit:
    number = numbers.parse(text)
    return _TOO_LONG if number is None else number


def _constant(name: str) -> Unfit:
    return Unfit(f"is {name}, which is not JSON", "Give a number.", "malformed-json")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    body = dict(pairs)
    if len(body) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                body[name] = _TWICE
            seen.add(name)
    return body


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_number, parse_constant=_constant
)
_PLAIN_DECODER: Final[Decoder[dict[str, object]]] = Decoder(dict[str, object], float_hook=_number)
_TOO_LARGE: Final = 10**numbers.DIGITS

# What may hide U+0000 or half a pair. Unescaped, the first isn't JSON and the second isn't
# UTF-8.
_ESCAPED: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_BAD: Final = re.compile("[\x00\ud800-\udfff]")


def _mark_texts(body: dict[str, object]) -> None:
    for name, value in body.items():
        body[name] = _BAD_NAME if _BAD.search(name) else _marked(value)


def _marked(value: object) -> object:
    if type(value) is str:
        return _BAD_TEXT if _BAD.search(value) else value
    if type(value) is dict:
        _mark_texts(value)
    elif type(value) is list:
        value[:] = map(_marked, value)
    return value


_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def _depth(raw: bytes) -> int:
    """How deep brackets outside of strings are nested; linear, and without recursion."""
    brackets = _STRING.sub(b"", raw).translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _not_json(error: json.JSONDecodeError) -> Misread:
    if not error.doc.strip(" \t\r\n"):
        return _malformed("is empty", 'Send a JSON object: {"…": …}.')
    # The parser's own words, such as "Expecting ',' delimiter", name no source of theirs.
    why = shown(error.msg[:1].lower() + error.msg[1:])
    return _malformed(
        f"is not JSON (line {error.lineno}, column {error.colno}: {why})",
        "Send one JSON object in UTF-8; strings in double quotes, no comma before a bracket"
        " closes, nothing behind the object.",
    )


def _malformed(problem: str, remedy: str) -> Misread:
    return Misread([Flaw("body", problem, remedy, "malformed-json")])
