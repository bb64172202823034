"""Media types: whether a client takes JSON, and whether what it sends is JSON."""

from __future__ import annotations

from email.message import Message
from typing import Final

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
FORM: Final = "application/x-www-form-urlencoded"

_RANGES: Final = {JSON: 3, "application/*": 2, "*/*": 1}


def accepts_json(accept: str | None) -> bool:
    """Whether `Accept` admits application/json: its most specific range decides."""
    if accept is None or accept in (JSON, "*/*") or not accept.strip():
        return True
    best, admitted = 0, False
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        rank = _RANGES.get(name.strip().lower(), 0)
        if rank == 0 or rank < best:
            continue
        admits = _quality(parameters) > 0
        admitted = admits or (admitted and rank == best)
        best = rank
    return admitted


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 1.0
    return 1.0


def is_json(content_type: str | None, method: str, *, strict: bool) -> bool:
    """Whether a body declared so is read as JSON.

    `curl -d` declares a form when nothing is said; the vendor's samples do just that.
    """
    if content_type == JSON:
        return True
    if content_type is None or not content_type.strip():
        return not strict
    message = Message()
    message["Content-Type"] = content_type
    charset = message.get_param("charset", "utf-8")
    if not isinstance(charset, str) or charset.lower() not in ("utf-8", "utf8"):
        return False
    name = content_type.partition(";")[0].strip().lower()
    if name == JSON:
        return True
    return not strict and (name == FORM or (name == MERGE_PATCH and method == "PATCH"))
