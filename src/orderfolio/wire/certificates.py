"""The server's certificate and its key: read, held against each other, and read anew when
somebody has put others into their places.
"""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path
from typing import Final

from orderfolio.errors import CannotStart

_BEGINNING: Final = "-----BEGIN CERTIFICATE-----"

# What tells one file from another in the same place.
_Mark = tuple[int, int, int]

_log = logging.getLogger("orderfolio.wire")


class Certificate:
    """A certificate, with those that vouch for it behind it, and its key, as PEM files.

    Raises CannotStart, in one sentence, where they can't be read or don't fit together.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._marks = self._look()
        self._context = _load(certificate, key)

    def context(self) -> ssl.SSLContext:
        """What the next handshake is made with: of the files as they are now, or, where they
        are broken now, as they were when last they weren't."""
        # Two looks cost microseconds beside the milliseconds of a handshake, and nobody has
        # to tell the server of a new certificate.
        marks = self._look()
        if marks != self._marks:
            self._marks = marks
            try:
                self._context = _load(*self._files)
            except (CannotStart, OSError) as error:
                # The second: a file went away after it was looked at.
                _log.warning("The certificate before stays in use: %s", error)
            else:
                _log.info("The certificate in %s was read anew.", self._files[0])
        return self._context

    def _look(self) -> tuple[_Mark | None, ...]:
        return tuple(_mark(path) for path in self._files)


def _mark(path: Path) -> _Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _load(certificate: Path, key: Path) -> ssl.SSLContext:
    for path in (certificate, key):
        _check_readable(path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password=_refuse_to_unlock)
    except _Locked:
        raise CannotStart(
            f"the key in {key} is locked with a password, which nobody could type at a start;"
            " give one without"
        ) from None
    except ssl.SSLError as error:
        raise CannotStart(_why(error, certificate, key)) from None
    return context


def _check_readable(path: Path) -> None:
    # What the library raises doesn't tell which of the two it was.
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotStart(f"the file {path} can't be read: {reason}") from None


def _why(error: ssl.SSLError, certificate: Path, key: Path) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"the key in {key} is not that of the certificate in {certificate}"
    if _BEGINNING not in certificate.read_text("ascii", "replace"):
        return f"the file {certificate} holds no certificate in PEM form"
    if error.reason in (None, "PEM_LIB", "PEM lib"):
        return f"the file {key} holds no key in PEM form, or {certificate} is damaged"
    reason = str(error.reason).replace("_", " ").lower()
    return f"the certificate in {certificate} and the key in {key} can't be used: {reason}"


class _Locked(Exception):
    """A key needs a password."""


def _refuse_to_unlock() -> str:
    raise _Locked
