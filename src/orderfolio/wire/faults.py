"""The one table from what went wrong to status, headers and body.

What isn't in it is a bug of ours: a 500 with fixed text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from orderfolio import errors
from orderfolio.errors import Flaw, Kind
from orderfolio.wire.flaws import Misread, shown

Header = tuple[bytes, bytes]
Fault = tuple[int, list[Header], bytes]

_JSON: Final[Header] = (b"content-type", b"application/json")
_CHALLENGE: Final[Header] = (b"www-authenticate", b'Basic realm="orderfolio", charset="UTF-8"')
_ADDRESS_LENGTH: Final = 200


class Refusal(Exception):
    """Why a request is answered without an operation, or instead of what one raised.

    `code` is the heading of the error guide; `message` and `remedy` are whole sentences.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        remedy: str,
        headers: Sequence[Header] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.headers = tuple(headers)


def answer(error: Exception, request_id: str, base: bytes) -> Fault:
    """Status, headers and body for any error; `base` is what addresses begin with."""
    refusal = error if isinstance(error, Refusal) else _refusal(error, request_id)
    more = f"{base.decode()}/errors#{refusal.code}"
    if refusal.status == 401:
        body = {
            "status": "UNAUTHORIZED",
            "code": refusal.status,
            "message": refusal.message,
            "moreInfoUrl": more,
        }
    else:
        body = {
            "status": refusal.status,
            "code": refusal.status,
            "message": refusal.message,
            "developerMessage": refusal.remedy,
            "moreInfoUrl": more,
        }
    return refusal.status, [_JSON, *refusal.headers], msgspec.json.encode(body)


def unauthorized() -> Refusal:
    message = (
        "Authentication credentials are required to access the resource."
        " All requests must be authenticated."
    )
    return Refusal(401, "unauthorized", message, "", [_CHALLENGE])


def read_only() -> Refusal:
    return Refusal(
        403,
        "read-only",
        "This token may only read.",
        "Use credentials that were made without --read-only.",
    )


def no_such_address(path: str) -> Refusal:
    return Refusal(
        404,
        "not-found",
        f"Address {shown(path, _ADDRESS_LENGTH)} was not found.",
        "Take addresses from answers, or from /openapi.json; none ends in a slash.",
    )


def method_not_allowed(method: str, allow: str) -> Refusal:
    """`allow` lists the methods of the address, with commas between."""
    return Refusal(
        405,
        "method-not-allowed",
        f"{shown(method)} is not allowed here.",
        f"Allowed are {allow}.",
        [(b"allow", allow.encode())],
    )


def not_acceptable() -> Refusal:
    return Refusal(
        406,
        "not-acceptable",
        "Accept: rules out application/json, and there is nothing else.",
        "Accept: send application/json, or leave the header out.",
    )


def too_slow() -> Refusal:
    return Refusal(
        408,
        "request-timeout",
        "The request was not complete in time.",
        "Send the whole request at once; the body must be as long as Content-Length says.",
    )


def payload_too_large(limit_bytes: int) -> Refusal:
    return Refusal(
        413,
        "payload-too-large",
        f"The body is larger than {limit_bytes} bytes.",
        f"Send at most {limit_bytes} bytes.",
    )


def address_too_long(limit_bytes: int) -> Refusal:
    return Refusal(
        414,
        "uri-too-long",
        f"The address is longer than {limit_bytes} bytes.",
        "Shorten the query; no parameter needs more than 255 characters.",
    )


def unsupported_media_type(*, strict: bool) -> Refusal:
    also = "" if strict else "; PATCH takes application/merge-patch+json too"
    return Refusal(
        415,
        "unsupported-media-type",
        "Content-Type: is not one that is read here.",
        f"Content-Type: send application/json, in UTF-8 and not compressed{also}.",
    )


def rate_limited(retry_after_seconds: int, rate: Sequence[Header] = ()) -> Refusal:
    """`rate` are the headers that tell of the limit."""
    return Refusal(
        429,
        "rate-limited",
        "Too many requests.",
        "Wait as long as Retry-After says, in seconds.",
        [_retry_after(retry_after_seconds), *rate],
    )


def too_many_failures(retry_after_seconds: int) -> Refusal:
    return Refusal(
        429,
        "too-many-failures",
        "Too many wrong credentials came from this address.",
        "Check the client key and the API token, and wait as long as Retry-After says, in seconds.",
        [_retry_after(retry_after_seconds)],
    )


def headers_too_large(limit_bytes: int) -> Refusal:
    return Refusal(
        431,
        "headers-too-large",
        "The headers are too large.",
        f"Send fewer or smaller headers, of at most {limit_bytes} bytes together.",
    )


def not_http() -> Refusal:
    return Refusal(
        400,
        "bad-request",
        "The request is not valid HTTP.",
        "Send HTTP/1.1; let a client library write the request.",
    )


def _retry_after(seconds: int) -> Header:
    return b"retry-after", b"%d" % seconds


def _refusal(error: Exception, request_id: str) -> Refusal:
    for kind in type(error).__mro__:
        if kind in _TABLE:
            return _TABLE[kind](error)
    return Refusal(
        500,
        "internal",
        "Something went wrong on our side.",
        f"Report the request id {request_id} to whoever runs this server.",
    )


def _flawed(flaws: Sequence[Flaw], status: int = 400) -> Refusal:
    """One sentence a flaw: what is wrong in the message, what would be right beside it."""
    codes = {flaw.code for flaw in flaws}
    return Refusal(
        status,
        codes.pop() if len(codes) == 1 else "validation",
        " ".join(f"{flaw.field}: {_stopped(flaw.problem)}" for flaw in flaws),
        " ".join(_told(flaw) for flaw in flaws if flaw.remedy),
    )


def _told(flaw: Flaw) -> str:
    return f"{flaw.field}: {_stopped(flaw.remedy[:1].lower() + flaw.remedy[1:])}"


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "?", "!")) else f"{sentence}."


def camel(field: str) -> str:
    """A field of the model as clients spell it."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), field)


def _invalid(error: errors.Invalid) -> Refusal:
    if isinstance(error, Misread):
        return _flawed(error.flaws)
    return _flawed(
        [Flaw(camel(one.field), one.problem, one.remedy, one.code) for one in error.flaws]
    )


_WHERE: Final = {
    Kind.ORDER: "List the orders with GET /v2.1/orders.",
    Kind.ITEM: "List an order's items with GET /v2.1/orders/{orderRef}/orderItems.",
    Kind.CONTACT: "List an order's contacts with GET /v2.1/orders/{orderRef}/contacts.",
    Kind.CONSUMER: "List an order's consumers with GET /v2.1/orders/{orderRef}/consumers.",
    Kind.GUEST: "List the guests with GET /v2.1/guests.",
    Kind.EXTENSION: "Create it with POST at this address.",
}


def _not_found(error: errors.NotFound) -> Refusal:
    noun = error.kind.value[:1].upper() + error.kind.value[1:]
    return Refusal(
        404, "not-found", f"{noun} {shown(error.name)} was not found.", _WHERE[error.kind]
    )


def _immutable(error: errors.Immutable) -> Refusal:
    remedy = "Leave it out, or send the value that it has."
    return _flawed([Flaw(camel(f), "can't be changed", remedy, error.code) for f in error.fields])


def _unlinkable(error: errors.Unlinkable) -> Refusal:
    flaws = []
    if error.guest is not None:
        remedy = "Link a guest that is listed by GET /v2.1/guests."
        flaws.append(Flaw("guest", f"{shown(error.guest)} was not found", remedy))
    remedy = "Link items that are listed under the consumer's order."
    for position in error.positions[:100]:
        field = f"orderItems.items[{position}]"
        flaws.append(Flaw(field, "is not an item of this order", remedy))
    return _flawed(flaws)


def _too_many_pairs(error: errors.TooManyPairs) -> Refusal:
    problem = f"would make {error.count} pairs, more than {error.limit}"
    remedy = f"A data extension holds at most {error.limit} pairs: remove some first."
    return _flawed([Flaw("body", problem, remedy)])


def _keys_exist(error: errors.KeysExist) -> Refusal:
    remedy = "Change a value with PATCH."
    flaws = [Flaw(shown(key), "exists already", remedy, error.code) for key in error.keys]
    return _flawed(flaws, 409)


def _extension_exists(_: errors.ExtensionExists) -> Refusal:
    return Refusal(
        409,
        "strict-mode",
        "Data extension ext exists already.",
        "Change its pairs with PATCH; outside strict mode POST would add new ones.",
    )


def _idempotency_key_reused(_: errors.IdempotencyKeyReused) -> Refusal:
    return Refusal(
        409,
        "idempotency-key-reused",
        "Idempotency-Key: was used for another request.",
        "Idempotency-Key: make a new one for each new request, and repeat it only with the"
        " same body.",
    )


def _precondition_failed(_: errors.PreconditionFailed) -> Refusal:
    return Refusal(
        412,
        "precondition-failed",
        "If-Match: the resource is in another version.",
        "If-Match: read the resource again, and send the ETag of that answer.",
    )


def _unavailable(_: errors.Unavailable) -> Refusal:
    return unavailable()


def unavailable() -> Refusal:
    return Refusal(
        503,
        "unavailable",
        "The service is unavailable. Nothing was written.",
        "Repeat the request after the seconds in Retry-After.",
        [_retry_after(1)],
    )


def not_ready(reason: str) -> Refusal:
    """`reason` completes the sentence."""
    return Refusal(
        503,
        "not-ready",
        f"The server is not ready: {reason}.",
        "Send requests to another server, and ask again after the seconds in Retry-After.",
        [_retry_after(1)],
    )


def _outcome_unknown(_: errors.OutcomeUnknown) -> Refusal:
    return Refusal(
        503,
        "outcome-unknown",
        "The outcome is unknown.",
        "Read the resource before you repeat the request, or repeat it with its Idempotency-Key.",
        [_retry_after(1)],
    )


_TABLE: Final[dict[type, Callable[[Any], Refusal]]] = {
    errors.Invalid: _invalid,
    errors.NotFound: _not_found,
    errors.Immutable: _immutable,
    errors.Unlinkable: _unlinkable,
    errors.TooManyPairs: _too_many_pairs,
    errors.KeysExist: _keys_exist,
    errors.ExtensionExists: _extension_exists,
    errors.IdempotencyKeyReused: _idempotency_key_reused,
    errors.PreconditionFailed: _precondition_failed,
    errors.Unavailable: _unavailable,
    errors.OutcomeUnknown: _outcome_unknown,
}
