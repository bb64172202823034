"""What checks are written in: sentences about a row, and whether its document is its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from orderfolio.model import refs
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref

WRONG_SHARD: Final = "its shard isn't the one that its ref names"


def said(is_so: bool, text: str) -> list[str]:
    return [text] if is_so else []


def of_document(spelt: Callable[[], bytes | None], body: bytes) -> list[str]:
    """What is wrong with a document, which must be as its columns spell it; None is never."""
    try:
        agrees = spelt() == body
    except Exception:  # noqa: BLE001 (bytes that nobody wrote may raise anything)
        return ["its document can't be read"]
    return said(not agrees, "its document disagrees with the columns beside it")


def keys(row: Sequence[Any]) -> dict[str, Any]:
    """What every row begins with, the shard left out, as records have it."""
    organisation, ref, _, version, created_at, modified_at = row[:6]
    return {
        "organisation": organisation,
        "ref": ref,
        "version": version,
        "created_at": Instant(created_at),
        "modified_at": Instant(modified_at),
    }


def shard_of(ref: Ref) -> int:
    """The shard that a ref names; none where it isn't one."""
    return refs.shard_of(ref) if len(ref) == len(refs.first_of(0)) else -1
