"""What the description can't tell schemathesis: which refs exist, and the rules that tie
a value to the state of the server or to another value.

Loaded by the run that test_conformance.py starts. Only what was drawn as valid is
touched: what was made wrong on purpose is sent as it is.
"""

from __future__ import annotations

import atexit
import datetime as dt
import itertools
import json
import os
import re
import threading
from collections import defaultdict
from pathlib import Path
from typing import Any, TypeGuard

import httpx
import schemathesis
from hypothesis import strategies as st
from schemathesis import Case, HookContext, Response
from schemathesis.core.parameters import ParameterLocation

Document = dict[str, Any]

lock = threading.Lock()
serial = itertools.count(1)
client = httpx.Client(
    base_url=os.environ["ORDERFOLIO_TESTS_URL"],
    auth=(os.environ["ORDERFOLIO_TESTS_CLIENT_KEY"], os.environ["ORDERFOLIO_TESTS_API_TOKEN"]),
)

# The rule: dateOfBirth is "in the past"; a day may be a plain date or a moment.
past = st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2020, 12, 31)).map(str)
schemathesis.openapi.format("date-or-date-time", past | past.map("{}T12:30:00Z".format))


class Refs:
    """Resources that exist: those that answers named, and those that are made on demand."""

    def __init__(self) -> None:
        self.met: set[str] = set()

    def remember(self, document: object) -> None:
        if isinstance(document, dict):
            self.met.add(str(document.get("ref")))
            for item in document.get("items", ()):
                self.remember(item)

    def make(self, path: str, body: Document) -> str:
        answer = client.post(path, json=body).raise_for_status()
        ref = str(answer.json()["ref"])
        self.met.add(ref)
        return ref

    def order(self) -> str:
        name = f"conformance-{os.getpid()}-{next(serial)}"
        body = {"referenceId": name, "orderedAt": "2024-11-12T09:28:41Z", "price": 1}
        return self.make("/v2.1/orders", body | {"currencyCode": "EUR"})

    def item(self, order: str) -> str:
        body = {"type": "MEAL", "name": "Dinner", "price": 1, "status": "CONFIRMED"}
        return self.make(f"/v2.1/orders/{order}/orderItems", body | {"currencyCode": "EUR"})

    def guest(self) -> str:
        return self.make("/v2.1/guests", {"guestType": "visitor"})

    def named(self, parameter: str) -> str:
        """A new resource of the kind that a path parameter names."""
        if parameter == "guestRef":
            return self.guest()
        order = self.order()
        match parameter:
            case "orderItemRef":
                return self.item(order)
            case "orderContactRef":
                return self.make(f"/v2.1/orders/{order}/contacts", {})
            case "orderConsumerRef":
                return self.make(f"/v2.1/orders/{order}/consumers", {})
            case _:
                return order


class Tally:
    """How often each operation was called, and how often it answered 2xx."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.calls: dict[str, int] = defaultdict(int)
        self.successes: dict[str, int] = defaultdict(int)

    def count(self, operation: str, status: int) -> None:
        self.calls[operation] += 1
        self.successes[operation] += 200 <= status < 300

    def write(self) -> None:
        rows = {name: [self.calls[name], self.successes[name]] for name in sorted(self.calls)}
        self.path.write_text(json.dumps(rows, indent=2), encoding="utf-8")


refs = Refs()
tally = Tally(Path(os.environ["ORDERFOLIO_TESTS_TALLY"]))
atexit.register(tally.write)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: Document) -> None:
    operation = operation_id(case)
    if is_valid(case, ParameterLocation.PATH):
        with lock:
            settle_path(operation, case.path_parameters)
    # The rule: "An `after` that was not made for this list is a 400."
    case.query.pop("after", None)
    if is_valid(case, ParameterLocation.QUERY):
        settle_query(operation, case.query)
    if is_valid(case, ParameterLocation.HEADER):
        settle_headers(case)
    if isinstance(case.body, dict):
        case.body = settled_body(operation, case.body)
        if "DataExtension" in operation and is_valid(case, ParameterLocation.BODY):
            # The rule: "One flat object of at most 100 pairs".
            case.body = dict(list(case.body.items())[:100])


@schemathesis.hook
def after_call(context: HookContext, case: Case[Any], response: Response) -> None:
    with lock:
        if response.request.method == case.operation.method.upper():
            tally.count(operation_id(case), response.status_code)
        if 200 <= response.status_code < 300 and response.content:
            refs.remember(json.loads(response.content))


def operation_id(case: Case[Any]) -> str:
    return str(case.operation.definition.raw["operationId"])


def is_valid(case: Case[Any], location: ParameterLocation) -> bool:
    return case.meta is None or not case.meta.is_negative_at(location)


def settle_path(operation: str, path: Document) -> None:
    """Put a resource that exists in place of a ref that nobody ever answered."""
    for name in path:
        if not name.endswith("Ref") or path[name] in refs.met:
            continue
        path[name] = refs.named(name)
        if "DataExtension" in operation and not operation.startswith(("create", "list")):
            kind = "orders" if name == "orderRef" else "orderItems"
            body = {"firstTimeOrder": True, "storeLocation": "London"}
            client.post(f"/v2.1/{kind}/{path[name]}/extensions/ext", json=body)


def settle_query(operation: str, query: Document) -> None:
    if operation == "listOrders":
        # The rule: "`referenceId` or `guestRef`, not both"; "`orderedAt` only with `guestRef`".
        if str(query.get("sort", "")).startswith("orderedAt"):
            query.setdefault("guestRef", "nobody")
        if "guestRef" in query:
            query.pop("referenceId", None)
    # The rule: "`identifiers.provider` with `identifiers.id` (both or a 400)".
    if ("identifiers.provider" in query) != ("identifiers.id" in query):
        query.pop("identifiers.provider", None)
        query.pop("identifiers.id", None)


def settle_headers(case: Case[Any]) -> None:
    # Texts from answers are tried here too, control characters and all, which HTTP can't carry.
    for name in [name for name, value in case.headers.items() if not is_carried(str(value))]:
        del case.headers[name]
    # The rule: 412 when "`If-Match` doesn't hold"; `*` holds for whatever is there.
    if "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
    # The rule: `*` would hold too, and be a 304 each time.
    if "If-None-Match" in case.headers:
        case.headers["If-None-Match"] = '"none-of-these"'
    # The rule: 409 for "an idempotency key used for another request".
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"conformance-{next(serial)}"


def settled_body(operation: str, body: Document) -> Document:
    """`body` with what exists on this server, or without what can't be right.

    Only values that are well formed are touched, so that in a body that was made wrong on
    purpose, that one thing is all that is wrong.
    """
    body = dict(body)
    # The rule: "a `ref` that differs is a 400".
    if is_text(body.get("ref")):
        del body["ref"]
    # The rule: "An unknown guest, or an item that is not of this order: 400 by name".
    if is_reference(body.get("guest")):
        with lock:
            body["guest"] = {"href": f"{client.base_url}v2.1/guests/{refs.guest()}"}
    consumed = body.get("orderItems")
    if "OrderConsumer" in operation and is_list(consumed):
        kept = {name: part for name, part in consumed.items() if name not in ECHOED}
        items = [item for item in consumed["items"] if not is_reference(item)]
        body["orderItems"] = {**kept, "items": items}
    if operation in {"updateOrder", "partiallyUpdateOrder"}:
        # The rule: "PUT and PATCH may repeat them or leave them out; a different value is a 400".
        if is_text(body.get("referenceId"), least=1, most=255):
            del body["referenceId"]
        if MOMENT.match(str(body.get("orderedAt"))):
            del body["orderedAt"]
        # The rules refuse U+0000 and long numbers wherever they stand, in an echo too.
        for name in ("orderItems", "contacts", "consumers", "extensions"):
            if is_list(body.get(name)) and is_text(body[name].get("href", "")):
                body[name] = {"items": []}
    return body


ECHOED = {"href", "offset", "limit", "first", "last", "next"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def is_text(value: object, least: int = 0, most: int = 16_384) -> bool:
    return isinstance(value, str) and least <= len(value) <= most and "\0" not in value


def is_reference(value: object) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and value.keys() <= {"href", "ref"}
        and all(is_text(part) for part in value.values())
    )


def is_carried(value: str) -> bool:
    return re.fullmatch("[\t -~\x80-\xff]*", value) is not None


def is_list(value: object) -> TypeGuard[Document]:
    return isinstance(value, dict) and isinstance(value.get("items"), list)
