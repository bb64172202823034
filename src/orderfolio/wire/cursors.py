"""Where the next page begins, sealed: what `after` holds.

A cursor is good for the list that it was made for, with its filters and its sort, and for
no other organisation's. It is signed, not secret: it holds nothing that its list doesn't.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from hashlib import blake2b
from typing import Final

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.queries import Cursor
from orderfolio.store.records import Organisation

_SEAL: Final = 16
_REF: Final = 16
_INSTANT: Final = 8


def seal(cursor: Cursor, key: bytes, organisation: Organisation, identity: str) -> str:
    """`cursor` as text for the list that `identity` names: its path, filters and sort."""
    position = bytes(cursor.ref)
    if cursor.ordered_at is not None:
        position += cursor.ordered_at.microseconds.to_bytes(_INSTANT, "big", signed=True)
    sealed = position + _signature(position, key, organisation, identity)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def unseal(text: str, key: bytes, organisation: Organisation, identity: str) -> Cursor | None:
    """The cursor that was sealed for this list, or None."""
    sealed = _decoded(text)
    position, signature = sealed[:-_SEAL], sealed[-_SEAL:]
    expected = _signature(position, key, organisation, identity)
    if not hmac.compare_digest(signature, expected):
        return None
    ref = Ref(position[:_REF])
    if len(position) == _REF:
        return Cursor(ref)
    return Cursor(ref, Instant(int.from_bytes(position[_REF:], "big", signed=True)))


def _decoded(text: str) -> bytes:
    # Sixty characters hold the longest cursor; anything longer isn't one.
    if len(text) > 60 or not text.isascii():
        return b""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return b""


def _signature(position: bytes, key: bytes, organisation: Organisation, identity: str) -> bytes:
    digest = blake2b(key=key, digest_size=_SEAL, person=b"cursor")
    # The lengths stand before what varies, so that no two lists sign the same bytes.
    digest.update(b"%d %d " % (organisation, len(position)))
    digest.update(position)
    digest.update(identity.encode("utf-8", "surrogatepass"))
    return digest.digest()
