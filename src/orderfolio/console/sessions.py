"""Sessions: who a browser is, as a signed cookie says it, and for how long.

A session begins before anybody signs in, since the sign-in form needs its guard too. What a
cookie says is believed only together with the database: see `visitors`.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import blake2b, sha256
from typing import Final

from itsdangerous import BadData, URLSafeSerializer
from msgspec import Struct, ValidationError, convert
from msgspec.structs import astuple

COOKIE: Final = "orderfolio_console"
PATH: Final = "/console"

HOUR_SECONDS: Final = 3600
LIFETIME_SECONDS: Final = 12 * HOUR_SECONDS
IDLE_SECONDS: Final = HOUR_SECONDS
# A cookie is written anew this seldom, so that most answers carry none.
REFRESH_SECONDS: Final = 60


class Session(Struct, frozen=True):
    """`id` is random; times are seconds since 1970. `name` is a client key or, with `is_user`,
    a console user's. `fingerprint` changes with the secret
    that was shown at sign-in, so that a new secret ends the sessions of the old one."""

    id: str
    begun: int
    seen: int
    name: str | None = None
    is_user: bool = False
    fingerprint: str = ""

    @property
    def over_at(self) -> int:
        """When it ends at the latest."""
        return self.begun + LIFETIME_SECONDS

    def is_over(self, now: float) -> bool:
        return not (
            self.begun <= now < self.over_at and self.seen <= now < self.seen + IDLE_SECONDS
        )


class Sessions:
    """Seals sessions into cookies. Which were ended by hand, the database knows."""

    def __init__(self, secret: bytes) -> None:
        self._key = blake2b(key=secret, person=b"console session", digest_size=32).digest()
        self._cookies = URLSafeSerializer(
            self._key, salt="cookie", signer_kwargs={"digest_method": sha256}
        )

    def begin(
        self, now: float, name: str | None = None, secret: bytes = b"", *, is_user: bool = False
    ) -> Session:
        """A new session, of whoever showed the secret whose digest `secret` is."""
        fingerprint = "" if name is None else self._fingerprint(secret)
        return Session(secrets.token_urlsafe(18), int(now), int(now), name, is_user, fingerprint)

    def seal(self, session: Session) -> str:
        return str(self._cookies.dumps(astuple(session)))

    def unseal(self, cookie: str | None, now: float) -> Session | None:
        """The session that a cookie holds; None where it is forged or over."""
        if not cookie:
            return None
        try:
            fields = self._cookies.loads(cookie)
            names = Session.__struct_fields__
            session = convert(dict(zip(names, fields, strict=True)), Session)
        except (BadData, ValidationError, TypeError, ValueError):
            return None
        return None if session.is_over(now) else session

    def mark(self, session: Session) -> bytes:
        """What the session is known by in the database, from which nobody can make a cookie."""
        return blake2b(
            session.id.encode(), key=self._key, person=b"ended session", digest_size=18
        ).digest()

    def is_of(self, session: Session, secret: bytes) -> bool:
        """Whether the secret is still the one with which the session was begun."""
        return hmac.compare_digest(self._fingerprint(secret), session.fingerprint)

    def guard(self, session: Session) -> str:
        """What a form of this session must send back with it."""
        return blake2b(
            session.id.encode(), key=self._key, person=b"form guard", digest_size=18
        ).hexdigest()

    def _fingerprint(self, secret: bytes) -> str:
        return blake2b(secret, key=self._key, person=b"secret in use", digest_size=12).hexdigest()
