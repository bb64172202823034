"""Refusals in their order, on every operation: of two rules that a request breaks, the one
that comes first in the error guide's order is the one that is answered."""

from __future__ import annotations

from typing import Final

import pytest
from tests.wire.clients import BASE, OTHERS, READER, Client, refusal
from tests.wire.worlds import ALL, GUARDED, NOBODY, READS, WITH_BODY, WITH_REF, WRITES, World

from orderfolio.wire.routes import Route

LARGE: Final = b" " * ((1 << 20) + 1)
TITLES: Final = {
    "{orderRef}": "Order",
    "{orderItemRef}": "Order item",
    "{orderContactRef}": "Order contact",
    "{orderConsumerRef}": "Order consumer",
    "{guestRef}": "Guest",
}
HTML: Final = {"Accept": "text/html"}
XML: Final = {"Content-Type": "application/xml"}
OLD: Final = {"If-Match": '"another version"'}


def _named(rows: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", rows, ids=[row.operation_id for row in rows])


@pytest.fixture
def world(client: Client) -> World:
    return World(client)


@_named(ALL)
class TestEveryOperation:
    def test_asks_for_credentials_before_it_looks_at_the_address(
        self, client: Client, world: World, route: Route
    ) -> None:
        stranger = client.as_(None)
        for path in (world.path(route), world.path(route) + "/"):
            answer = stranger.send(route.method, path, content=b"{", headers=HTML)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")

    def test_refuses_a_closing_slash_before_the_method(
        self, client: Client, world: World, route: Route
    ) -> None:
        refusal(client.send("FROB", world.path(route) + "/", headers=HTML), 404)
        refusal(client.send(route.method, world.path(route) + "/", content=b"{"), 404)

    def test_refuses_another_method_before_the_answers_type(
        self, client: Client, world: World, route: Route
    ) -> None:
        answer = client.send("FROB", world.path(route), content=LARGE, headers=HTML)
        refusal(answer, 405)
        assert route.method in answer.headers["allow"].split(", ")

    def test_refuses_the_answers_type_before_anything_in_the_request(
        self, client: Client, world: World, route: Route
    ) -> None:
        path = world.path(route, "nonsense") + "?nonsense=1"
        refusal(client.send(route.method, path, content=LARGE, headers=HTML), 406)

    def test_refuses_an_unknown_parameter_before_a_resource_that_is_not_there(
        self, client: Client, world: World, route: Route
    ) -> None:
        path = world.path(route, NOBODY) + "?nonsense=1"
        refusal(client.send(route.method, path, world.body(route), headers=OLD), 400)


@_named(WITH_BODY)
class TestBodies:
    def test_are_refused_by_size_before_their_type(
        self, client: Client, world: World, route: Route
    ) -> None:
        refusal(client.send(route.method, world.path(route), content=LARGE, headers=XML), 413)

    def test_are_refused_by_type_before_what_is_in_them(
        self, client: Client, world: World, route: Route
    ) -> None:
        path = world.path(route) + "?nonsense=1"
        refusal(client.send(route.method, path, content=b"{", headers=XML), 415)

    def test_are_refused_before_a_resource_that_is_not_there(
        self, client: Client, world: World, route: Route
    ) -> None:
        for ref in (NOBODY, "nonsense"):
            answer = client.send(route.method, world.path(route, ref), content=b"{", headers=OLD)
            refusal(answer, 400)


@_named(GUARDED)
class TestPreconditions:
    def test_come_after_what_is_in_the_body(
        self, client: Client, world: World, route: Route
    ) -> None:
        if route.method == "DELETE":
            path, content = world.path(route) + "?nonsense=1", None
        else:
            path, content = world.path(route), b"{"
        refusal(client.send(route.method, path, content=content, headers=OLD), 400)

    def test_come_after_a_resource_that_is_not_there(
        self, client: Client, world: World, route: Route
    ) -> None:
        answer = client.send(
            route.method, world.path(route, NOBODY), world.body(route), headers=OLD
        )
        refusal(answer, 404)

    def test_that_do_not_hold_change_nothing(
        self, client: Client, world: World, route: Route
    ) -> None:
        before = world.shown(client)
        path = world.path(route)
        refusal(client.send(route.method, path, world.body(route), headers=OLD), 412)
        assert world.shown(client) == before


@_named(WITH_REF)
class TestRefs:
    def test_of_another_organisation_are_as_absent_as_those_of_nobody(
        self, client: Client, world: World, route: Route
    ) -> None:
        before = world.shown(client)
        others, body = client.as_(OTHERS), world.body(route)
        name = next(name for name in TITLES if name in route.template)
        theirs = others.send(route.method, world.path(route), body)
        nobodys = others.send(route.method, world.path(route, NOBODY), body)
        assert theirs.content.replace(world.refs[name].encode(), NOBODY.encode()) == nobodys.content
        assert refusal(theirs, 404)["message"] == (
            f"{TITLES[name]} {world.refs[name]} was not found."
        )
        assert _headers(theirs.headers) == _headers(nobodys.headers)
        assert world.shown(client) == before


@_named(WRITES)
class TestReadOnlyTokens:
    def test_write_nothing(self, client: Client, world: World, route: Route) -> None:
        before = world.shown(client)
        reader = client.as_(READER)
        answer = reader.send(route.method, world.path(route), world.body(route))
        assert refusal(answer, 403)["message"] == "This token may only read."
        assert world.shown(client) == before

    def test_are_told_so_after_the_method_and_before_the_rest(
        self, client: Client, world: World, route: Route
    ) -> None:
        reader = client.as_(READER)
        refusal(reader.send("FROB", world.path(route)), 405)
        refusal(reader.send(route.method, world.path(route), content=LARGE, headers=HTML), 403)


@_named(READS)
class TestReads:
    def test_answer_head_as_get_without_the_body(
        self, client: Client, world: World, route: Route
    ) -> None:
        for keys in (None, ("client-reader", "token-reader"), OTHERS):
            asking = client if keys is None else client.as_(keys)
            get = asking.get(world.path(route))
            head = asking.send("HEAD", world.path(route))
            assert (head.status_code, head.content) == (get.status_code, b"")
            assert _headers(head.headers) == _headers(get.headers)
            assert int(head.headers["content-length"]) == len(get.content)


def _headers(headers: object) -> dict[str, str]:
    """All but the request's id."""
    pairs = dict(headers)  # type: ignore[call-overload]
    return {name: value for name, value in pairs.items() if name != "x-request-id"}


def test_a_conflict_comes_after_a_precondition_that_a_post_passes_over(client: Client) -> None:
    path = f"/v2.1/orders/{client.order()}/extensions/ext"
    assert client.post(path, {"one": 1}).status_code == 201
    refusal(client.post(path, {"one": 2}, headers=OLD), 409)
    refusal(client.post(path, {"one": None}, headers=OLD), 400)
    assert client.get(path).json()["one"] == 1
    assert client.get(path).json()["href"] == f"{BASE}{path}"
