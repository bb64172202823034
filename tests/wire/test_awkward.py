"""Awkward input on every operation: the error body, no 5xx, nothing left behind."""

from __future__ import annotations

import json
from typing import Final

import pytest
from tests.wire.clients import GUEST, ITEM, ORDER, Client, refusal

from orderfolio.wire import routes

WRITING: Final = [route for route in routes.ROUTES if route.method in ("POST", "PUT", "PATCH")]

BODIES: Final = {
    "nothing": b"",
    "a blank": b" ",
    "half an object": b'{"price": 1',
    "a trailing comma": b'{"price": 1,}',
    "two objects": b"{}{}",
    "an array": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"1",
    "NaN": b'{"price": NaN}',
    "infinity": b'{"price": -Infinity}',
    "1e999": b'{"price": 1e999}',
    "-1e-999": b'{"price": -1e-999}',
    "an exponent of many digits": b'{"price": 1e99999999999999999999}',
    "5,000 digits": b'{"price": ' + b"9" * 5000 + b"}",
    "5,000 fractional digits": b'{"price": 0.' + b"1" * 5000 + b"}",
    "a lone surrogate": b'{"referenceId": "\\ud800"}',
    "a lone surrogate in a key": b'{"\\udc00": 1}',
    "an escaped NUL": b'{"referenceId": "a\\u0000"}',
    "a raw NUL": b'{"referenceId": "a\x00"}',
    "a raw line break": b'{"referenceId": "a\n"}',
    "no UTF-8": b'{"referenceId": "\xff"}',
    "UTF-16": '{"price": 1}'.encode("utf-16"),
    "100,000 levels of arrays": b"[" * 100_000,
    "100,000 levels of objects": b'{"a":' * 100_000,
    "100,000 levels inside": b'{"price": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "keys given twice": b'{"price": 1, "price": 1}',
    "an unknown attribute": b'{"unknown-attribute": 1}',
    "a key of 100,000 characters": b'{"' + b"-" * 100_000 + b'": 1}',
    "a reserved name of another type": b'{"ref": {}, "name": [], "key": 1}',
    "a number as link": b'{"order": 7, "orderItem": 7, "orderItems": 7, "contacts": 7, "_": 1}',
}


class World:
    """One of everything, and the addresses of it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        order = client.order()
        item = client.item(order)
        self._places = {
            "{orderRef}": order,
            "{orderItemRef}": item,
            "{orderContactRef}": client.contact(order),
            "{orderConsumerRef}": client.consumer(order),
            "{guestRef}": client.guest(),
            "{dataExtensionName}": "ext",
        }
        for path in (f"/v2.1/orders/{order}", f"/v2.1/orderItems/{item}"):
            client.post(f"{path}/extensions/ext", {"one": 1})

    def path(self, template: str) -> str:
        for name, value in self._places.items():
            template = template.replace(name, value)
        return template

    def shown(self) -> list[bytes]:
        """All that can be read."""
        paths = [
            "/v2.1/orders?expand=true",
            "/v2.1/guests?expand=true",
            self.path("/v2.1/orders/{orderRef}?expand=true"),
            self.path("/v2.1/orderItems/{orderItemRef}/extensions?expand=true"),
        ]
        return [self.client.get(path).content for path in paths]


@pytest.fixture
def world(client: Client) -> World:
    return World(client)


@pytest.mark.parametrize("route", WRITING, ids=lambda route: str(route.operation_id))
class TestBodies:
    def test_are_refused_and_leave_nothing_behind(
        self, client: Client, world: World, route: routes.Route
    ) -> None:
        before, path = world.shown(), world.path(route.template)
        for name, raw in BODIES.items():
            answer = client.send(route.method, path, content=raw)
            assert answer.status_code == 400, (name, answer.text)
            refusal(answer, 400)
        assert world.shown() == before

    def test_of_20_megabytes_are_refused(
        self, client: Client, world: World, route: routes.Route
    ) -> None:
        raw = b'{"price": "' + b"x" * (20 << 20) + b'"}'
        refusal(client.send(route.method, world.path(route.template), content=raw), 413)

    def test_of_wrong_types_are_refused_attribute_by_attribute(
        self, client: Client, world: World, route: routes.Route
    ) -> None:
        before, path = world.shown(), world.path(route.template)
        for name in _ATTRIBUTES:
            for value in WRONG:
                answer = client.send(route.method, path, {name: value})
                refusal(answer, 400)
        assert world.shown() == before


WRONG: Final[tuple[object, ...]] = ({"a": []}, [[]], [None], [{}])
_ATTRIBUTES: Final = (
    "referenceId",
    "price",
    "orderedAt",
    "quantity",
    "firstName",
    "emails",
    "identifiers",
    "dateOfBirth",
    "guestType",
    "country",
    "anything",
)


class TestLongTexts:
    @pytest.mark.parametrize(
        ("path", "body", "name"),
        [
            ("/v2.1/orders", ORDER, "referenceId"),
            ("/v2.1/orders", ORDER, "paymentType"),
            ("/v2.1/orders/{orderRef}/orderItems", ITEM, "name"),
            ("/v2.1/guests", GUEST, "firstName"),
        ],
    )
    def test_are_refused_by_name(
        self,
        client: Client,
        world: World,
        path: str,
        body: dict[str, object],
        name: str,
    ) -> None:
        sent = {**body, name: "x" * (9_600 if name != "paymentType" else 16_385)}
        answer = client.post(world.path(path), sent)
        assert refusal(answer, 400)["message"].startswith(f"{name}: ")

    def test_of_many_flaws_are_told_in_an_answer_of_bounded_size(self, client: Client) -> None:
        raw = json.dumps({f"unknown{number}": 1 for number in range(40_000)}).encode()
        answer = client.post("/v2.1/orders", content=raw)
        refusal(answer, 400)
        assert len(answer.content) < 100_000


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: str(route.operation_id))
class TestAddresses:
    def test_with_strange_parts_are_refused(
        self, client: Client, world: World, route: routes.Route
    ) -> None:
        body: object = {} if route in WRITING else None
        for part in ("%00", "%ff", "x" * 5_000, "..", "%2e%2e", "'", '"', "%C3%A9", "{orderRef}"):
            path = route.template
            for name in ("{orderRef}", "{orderItemRef}", "{orderContactRef}"):
                path = path.replace(name, part)
            for name in ("{orderConsumerRef}", "{guestRef}"):
                path = path.replace(name, part)
            path = path.replace("{dataExtensionName}", "ext")
            if path == route.template:
                return
            answer = client.send(route.method, path, body)
            refusal(answer, answer.status_code)
            assert answer.status_code in (400, 404)

    def test_with_strange_queries_are_refused(
        self, client: Client, world: World, route: routes.Route
    ) -> None:
        if route.method == "DELETE":
            return
        body: object = {} if route in WRITING else None
        path = world.path(route.template)
        for query in ("a=b", "%00=1", "%ff", "=", "a=%", "x" * 5_000, "'=1", "[]=1"):
            refusal(client.send(route.method, f"{path}?{query}", body), 400)
