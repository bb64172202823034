"""Every error has its answer, in the one shape that clients know."""

from __future__ import annotations

import inspect
from typing import Any

import msgspec
import pytest

from orderfolio import errors
from orderfolio.errors import Flaw, Kind
from orderfolio.wire import faults
from orderfolio.wire.flaws import Misread

BASE = b"https://api.example.com"
# What only the program's own commands meet, never a request.
COMMANDS = {
    "NameTaken",
    "NoSuchName",
    "TooManyRules",
    "UnfitPassword",
    "CannotStart",
    "OrderfolioError",
}


def told(error: Exception) -> dict[str, Any]:
    status, headers, body = faults.answer(error, "r-1", BASE)
    assert headers[0] == (b"content-type", b"application/json")
    told: dict[str, Any] = msgspec.json.decode(body)
    assert told["code"] == status
    return told


def test_all_flaws_are_in_one_message() -> None:
    flaws = [
        Flaw("first_name", "may not be null", "Give a value."),
        Flaw("price", "is required", "An order needs its price"),
    ]
    assert told(Misread(flaws)) == {
        "status": 400,
        "code": 400,
        "message": "first_name: may not be null. price: is required.",
        "developerMessage": "first_name: give a value. price: an order needs its price.",
        "moreInfoUrl": "https://api.example.com/errors#validation",
    }


def test_fields_of_operations_are_respelled() -> None:
    assert told(errors.Invalid([Flaw("first_name", "x", "y")]))["message"] == "firstName: x."
    assert told(errors.Immutable(["reference_id", "ordered_at"])) == {
        "status": 400,
        "code": 400,
        "message": "referenceId: can't be changed. orderedAt: can't be changed.",
        "developerMessage": "referenceId: leave it out, or send the value that it has."
        " orderedAt: leave it out, or send the value that it has.",
        "moreInfoUrl": "https://api.example.com/errors#immutable-attribute",
    }


@pytest.mark.parametrize(
    ("codes", "anchor"),
    [
        (["unknown-attribute"], "unknown-attribute"),
        (["malformed-json"], "malformed-json"),
        (["strict-mode", "strict-mode"], "strict-mode"),
        (["unknown-attribute", "validation"], "validation"),
    ],
)
def test_the_guide_is_opened_at_what_all_flaws_share(codes: list[str], anchor: str) -> None:
    error = Misread([Flaw("a", "b", "c", code) for code in codes])
    assert told(error)["moreInfoUrl"] == f"https://api.example.com/errors#{anchor}"


@pytest.mark.parametrize(
    ("error", "status", "message", "anchor"),
    [
        (errors.NotFound(Kind.ORDER, "x"), 404, "Order x was not found.", "not-found"),
        (errors.NotFound(Kind.ITEM, "x"), 404, "Order item x was not found.", "not-found"),
        (errors.NotFound(Kind.CONTACT, "x"), 404, "Order contact x was not found.", "not-found"),
        (errors.NotFound(Kind.CONSUMER, "x"), 404, "Order consumer x was not found.", "not-found"),
        (errors.NotFound(Kind.GUEST, "\0"), 404, "Guest \\u0000 was not found.", "not-found"),
        (
            errors.NotFound(Kind.EXTENSION, "ext"),
            404,
            "Data extension ext was not found.",
            "not-found",
        ),
        (
            errors.Unlinkable("x", [0, 2]),
            400,
            (
                "guest: x was not found."
                " orderItems.items[0]: is not an item of this order."
                " orderItems.items[2]: is not an item of this order."
            ),
            "validation",
        ),
        (
            errors.TooManyPairs(101, 100),
            400,
            "body: would make 101 pairs, more than 100.",
            "validation",
        ),
        (errors.KeysExist(["a", "b"]), 409, "a: exists already. b: exists already.", "conflict"),
        (errors.ExtensionExists(), 409, "Data extension ext exists already.", "strict-mode"),
        (
            errors.IdempotencyKeyReused(),
            409,
            "Idempotency-Key: was used for another request.",
            "idempotency-key-reused",
        ),
        (
            errors.PreconditionFailed(),
            412,
            "If-Match: the resource is in another version.",
            "precondition-failed",
        ),
        (
            errors.Unavailable(),
            503,
            "The service is unavailable. Nothing was written.",
            "unavailable",
        ),
        (errors.OutcomeUnknown(), 503, "The outcome is unknown.", "outcome-unknown"),
        (faults.read_only(), 403, "This token may only read.", "read-only"),
        (
            faults.no_such_address("/v2.1/x"),
            404,
            "Address /v2.1/x was not found.",
            "not-found",
        ),
        (
            faults.method_not_allowed("PUT", "GET, HEAD"),
            405,
            "PUT is not allowed here.",
            "method-not-allowed",
        ),
        (
            faults.not_acceptable(),
            406,
            "Accept: rules out application/json, and there is nothing else.",
            "not-acceptable",
        ),
        (faults.too_slow(), 408, "The request was not complete in time.", "request-timeout"),
        (
            faults.payload_too_large(9),
            413,
            "The body is larger than 9 bytes.",
            "payload-too-large",
        ),
        (
            faults.address_too_long(9),
            414,
            "The address is longer than 9 bytes.",
            "uri-too-long",
        ),
        (
            faults.unsupported_media_type(strict=True),
            415,
            "Content-Type: is not one that is read here.",
            "unsupported-media-type",
        ),
        (faults.rate_limited(3), 429, "Too many requests.", "rate-limited"),
        (
            faults.too_many_failures(3),
            429,
            "Too many wrong credentials came from this address.",
            "too-many-failures",
        ),
        (faults.headers_too_large(9), 431, "The headers are too large.", "headers-too-large"),
        (faults.not_http(), 400, "The request is not valid HTTP.", "bad-request"),
        (KeyError("secret"), 500, "Something went wrong on our side.", "internal"),
    ],
)
def test_each_has_its_status(error: Exception, status: int, message: str, anchor: str) -> None:
    body = told(error)
    assert (body["status"], body["message"]) == (status, message)
    assert body["developerMessage"]
    assert body["moreInfoUrl"] == f"https://api.example.com/errors#{anchor}"


def test_credentials_are_asked_for_in_the_vendors_words() -> None:
    status, headers, body = faults.answer(faults.unauthorized(), "r-1", BASE)
    assert status == 401
    assert headers[1] == (b"www-authenticate", b'Basic realm="orderfolio", charset="UTF-8"')
    assert body.decode() == (
        '{"status":"UNAUTHORIZED","code":401,"message":"Authentication credentials are required'
        ' to access the resource. All requests must be authenticated.",'
        '"moreInfoUrl":"https://api.example.com/errors#unauthorized"}'
    )


def test_a_bug_tells_the_request_id_and_nothing_else() -> None:
    body = told(KeyError("secret"))
    assert "secret" not in str(body)
    assert body["developerMessage"] == "Report the request id r-1 to whoever runs this server."


@pytest.mark.parametrize(
    ("error", "header"),
    [
        (errors.Unavailable(), (b"retry-after", b"1")),
        (errors.OutcomeUnknown(), (b"retry-after", b"1")),
        (faults.rate_limited(3), (b"retry-after", b"3")),
        (faults.too_many_failures(3), (b"retry-after", b"3")),
        (faults.method_not_allowed("PUT", "GET, HEAD"), (b"allow", b"GET, HEAD")),
    ],
)
def test_some_have_headers(error: Exception, header: tuple[bytes, bytes]) -> None:
    assert faults.answer(error, "r-1", BASE)[1][1:] == [header]


def test_no_error_of_a_request_is_left_out() -> None:
    known = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.OrderfolioError)
    }
    assert known - COMMANDS == {kind.__name__ for kind in faults._TABLE}
