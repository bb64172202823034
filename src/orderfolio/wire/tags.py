"""Entity tags: the version of a resource, as a client sees it and sends it back.

A tag is strong: a version is raised by every change of the body.
"""

from __future__ import annotations

import re
from typing import Final

from orderfolio.model.guards import UNGUARDED, Guard
from orderfolio.model.refs import Ref
from orderfolio.store.records import Document

_TAG: Final = re.compile(r'(W/)?"([^"]*)"')
_OURS: Final = re.compile(r"([0-9a-f]{32})\.([0-9]{1,18})", re.ASCII)


def spell(document: Document) -> bytes:
    return b'"%s.%d"' % (document.ref.hex().encode(), document.version)


def read_guard(if_match: str | None) -> Guard:
    """What `If-Match` asks for. A weak tag, and one that isn't ours, never holds."""
    if if_match is None:
        return UNGUARDED
    if if_match.strip() == "*":
        return Guard(any=True)
    versions = set()
    for weak, tag in _TAG.findall(if_match):
        ours = _OURS.fullmatch(tag)
        if ours is not None and not weak:
            versions.add((Ref(bytes.fromhex(ours[1])), int(ours[2])))
    return Guard(versions=frozenset(versions))


def is_known(if_none_match: str | None, tag: bytes) -> bool:
    """Whether the client has this version already.

    RFC 9110 compares weakly here: a proxy that compresses answers weakens their tags.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    wanted = tag.decode().strip('"')
    return any(known == wanted for _, known in _TAG.findall(if_none_match))
