"""One awkward thing in a body that is right otherwise: it is what the refusal is about, on
every operation, and nothing is left behind."""

from __future__ import annotations

import json
from typing import Final

import pytest
from tests.wire.clients import Client, flaws
from tests.wire.worlds import WITH_BODY, World

from orderfolio.wire.routes import Route

# A member in the body's place of TEXT or NUMBER, and all that the refusal says.
TEXTS: Final = {
    '"a\\ud800"': "holds U+0000 or half of a surrogate pair.",
    '"a\\u0000"': "holds U+0000 or half of a surrogate pair.",
}
NUMBERS: Final = {
    "NaN": "is NaN, which is not JSON.",
    "-Infinity": "is -Infinity, which is not JSON.",
    "1e999": "has more than 38 digits.",
    "9" * 5_000: "has more than 38 digits.",
}


def a_text(route: Route) -> str:
    """An optional attribute of the operation that holds text."""
    if "/extensions/" in route.template:
        return "two"
    if "Item" in route.template:
        return "vendor"
    return "paymentType" if route.template.rstrip("}").endswith(("/orders", "orderRef")) else "city"


def its_numbers(route: Route) -> list[str]:
    """An attribute of the operation that holds a number; people have none."""
    if "/extensions/" in route.template:
        return ["two"]
    return ["price"] if a_text(route) in ("vendor", "paymentType") else []


def members(world: World, route: Route) -> dict[str, object]:
    body = world.body(route)
    assert body is not None
    return body


def with_member(body: dict[str, object], name: str, raw: str) -> bytes:
    """`body` with one member more or another, spelt as it stands."""
    rest = json.dumps({key: value for key, value in body.items() if key != name})[1:-1]
    return f'{{"{name}": {raw}{", " if rest else ""}{rest}}}'.encode()


@pytest.fixture
def world(client: Client) -> World:
    return World(client)


@pytest.mark.parametrize("route", WITH_BODY, ids=lambda route: str(route.operation_id))
class TestOneAwkwardThing:
    def test_is_named_alone_and_leaves_nothing_behind(
        self, client: Client, world: World, route: Route
    ) -> None:
        before, path, body = world.shown(client), world.path(route), members(world, route)
        text = a_text(route)
        for raw, problem in TEXTS.items():
            answer = client.send(route.method, path, content=with_member(body, text, raw))
            assert flaws(answer) == f"{text}: {problem}"
        for number in its_numbers(route):
            for raw, problem in NUMBERS.items():
                answer = client.send(route.method, path, content=with_member(body, number, raw))
                assert flaws(answer) == f"{number}: {problem}"
        content = with_member(body, text, '"a"')[:-1] + f', "{text}": "a"}}'.encode()
        assert flaws(client.send(route.method, path, content=content)) == f"{text}: is given twice."
        assert world.shown(client) == before

    def test_of_a_wrong_type_is_named_alone(
        self, client: Client, world: World, route: Route
    ) -> None:
        before, path, body = world.shown(client), world.path(route), members(world, route)
        name = a_text(route)
        for raw in ("[]", "{}") if "/extensions/" in route.template else ("[]", "{}", "7", "true"):
            message = flaws(client.send(route.method, path, content=with_member(body, name, raw)))
            assert message.startswith(f"{name}: must be a string")
            assert message.count(": ") == 1
        assert world.shown(client) == before

    def test_is_not_what_the_next_request_meets(
        self, client: Client, world: World, route: Route
    ) -> None:
        path, body = world.path(route), members(world, route)
        for content in (b"[" * 100_000, b'{"a":' * 100_000, b"\xff", b"", b"[]", b"{}{}"):
            assert flaws(client.send(route.method, path, content=content)).startswith("body: ")
        assert client.send(route.method, path, body).status_code in (200, 201)
