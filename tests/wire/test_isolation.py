"""Organisations are sealed: what one has is, to another, as if it had never been.

Every operation is asked for another organisation's resources, and for those of nobody. The
answers, and what the log says, are the same to the byte but for the ref that was sent.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import httpx
import pytest
from tests.wire.clients import BASE, GUEST, ITEM, ORDER, OTHERS, PERSON, Client, refusal

from orderfolio.logs import ACCESS, FIELDS
from orderfolio.wire import logbook
from orderfolio.wire.routes import ROUTES, Route

NOBODY: Final = "01890000-0000-7000-8000-000000000000"
KEY: Final = {"Idempotency-Key": "theirs"}
PAIRS: Final = {"colour": "mauve"}
SECRET: Final = {"firstName": "Grace", "lastName": "Hopper", "emails": ["grace@example.com"]}

# What each operation with a body is sent, by the last fixed word of its address.
BODIES: Final[dict[str, Mapping[str, object]]] = {
    "orders": ORDER,
    "orderItems": ITEM,
    "contacts": PERSON,
    "orderContacts": PERSON,
    "consumers": PERSON,
    "orderConsumers": PERSON,
    "guests": GUEST,
    "extensions": PAIRS,
}
NOUNS: Final = {
    "orders": "Order",
    "orderItems": "Order item",
    "orderContacts": "Order contact",
    "orderConsumers": "Order consumer",
    "guests": "Guest",
}
ADDRESSED: Final = [route for route in ROUTES if "Ref}" in route.template]
GUARDED: Final = [route for route in ADDRESSED if route.method in ("PUT", "PATCH", "DELETE")]


class Belongings(NamedTuple):
    """One of everything that an organisation can have."""

    orderRef: str  # noqa: N815 - named as in addresses
    orderItemRef: str  # noqa: N815
    orderContactRef: str  # noqa: N815
    orderConsumerRef: str  # noqa: N815
    guestRef: str  # noqa: N815

    def paths(self) -> list[str]:
        """Where all of it is read."""
        order = f"/v2.1/orders/{self.orderRef}"
        item = f"/v2.1/orderItems/{self.orderItemRef}"
        return [
            "/v2.1/orders?expand=true",
            "/v2.1/guests?expand=true",
            f"{order}?expand=true",
            f"{item}/extensions?expand=true",
            f"/v2.1/orderConsumers/{self.orderConsumerRef}/orderItems?expand=true",
        ]


def settle(client: Client, person: Mapping[str, object], reference_id: str) -> Belongings:
    order = client.order(referenceId=reference_id)
    item = client.item(order)
    contact = client.contact(order, **person)
    consumer = client.consumer(order, **person, orderItems={"items": [{"ref": item}]})
    for owner in (f"/v2.1/orders/{order}", f"/v2.1/orderItems/{item}"):
        client.post(f"{owner}/extensions/ext", PAIRS)
    guest = client.get(f"/v2.1/orderContacts/{contact}").json()["guest"]["href"]
    return Belongings(order, item, contact, consumer, guest.rpartition("/")[2])


def seen(client: Client, belongings: Belongings) -> list[bytes]:
    return [client.get(path).content for path in belongings.paths()]


@pytest.fixture
def theirs(client: Client) -> Belongings:
    return settle(client, SECRET, "THEIRS")


@pytest.fixture
def us(client: Client) -> Client:
    return client.as_(OTHERS)


@pytest.fixture
def ours(us: Client) -> Belongings:
    return settle(us, PERSON, "OURS")


@pytest.fixture
def ask(us: Client, caplog: pytest.LogCaptureFixture) -> Callable[..., httpx.Response]:
    """Sends a request twice, with another's word and with nobody's, and gives the first
    answer, once both are seen to be the same and to have left the same in the log."""
    caplog.set_level(logging.INFO, ACCESS)

    def exchange(
        word: str, method: str, path: str, body: object, headers: Mapping[str, str]
    ) -> tuple[httpx.Response, object]:
        caplog.clear()
        answer = us.send(method, path, body, headers={"X-Request-Id": "one", **headers})
        [record] = caplog.records
        assert isinstance(record, logbook.Record)
        [entry] = record.take_entries()
        line = {name: getattr(entry, name) for name in FIELDS if name != "duration_ms"}
        line["path"] = str(line["path"]).replace(word, "*")
        content = answer.content.replace(word.encode(), b"*")
        return answer, (answer.status_code, sorted(answer.headers.items()), content, line)

    def twice(
        word: str,
        nobodys: str,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """`word` stands in the path, the body or a header; `nobodys` takes its place."""
        answer, told = exchange(word, method, path, body, headers or {})
        _, expected = exchange(
            nobodys,
            method,
            path.replace(word, nobodys),
            _replaced(body, word, nobodys),
            _replaced(headers or {}, word, nobodys),
        )
        assert told == expected
        return answer

    return twice


def _replaced(value: Any, word: str, other: str) -> Any:
    if isinstance(value, str):
        return value.replace(word, other)
    if isinstance(value, dict):
        return {name: _replaced(member, word, other) for name, member in value.items()}
    return [_replaced(member, word, other) for member in value] if type(value) is list else value


def body_of(route: Route) -> Mapping[str, object] | None:
    if route.method not in ("POST", "PUT", "PATCH"):
        return None
    words = re.findall(r"/(\w+)(?=/|$)", re.sub(r"\{\w+\}", "", route.template).replace("//", "/"))
    body = BODIES[words[-1]]
    # What can't change is left out of a change.
    fixed = ("referenceId", "orderedAt") if route.method != "POST" else ()
    return {name: value for name, value in body.items() if name not in fixed}


def placed(route: Route, belongings: Belongings) -> tuple[str, str]:
    """The address of the operation with a ref in it, and the ref."""
    [parameter] = re.findall(r"\{(\w+Ref)\}", route.template)
    ref = str(getattr(belongings, parameter))
    path = route.template.replace(f"{{{parameter}}}", ref)
    return path.replace("{dataExtensionName}", "ext"), ref


class TestAddresses:
    @pytest.mark.parametrize("route", ADDRESSED, ids=lambda route: str(route.operation_id))
    def test_with_another_s_ref_are_not_found(
        self, client: Client, theirs: Belongings, ask: Callable[..., httpx.Response], route: Route
    ) -> None:
        before = seen(client, theirs)
        path, ref = placed(route, theirs)
        for headers in ({}, KEY, {"If-Match": "*"}):
            answer = ask(ref, NOBODY, route.method, path, body_of(route), headers)
            noun = NOUNS[path.split("/")[2]]
            assert refusal(answer, 404)["message"] == f"{noun} {ref} was not found."
        assert seen(client, theirs) == before

    @pytest.mark.parametrize("route", GUARDED, ids=lambda route: str(route.operation_id))
    def test_with_another_s_tag_too_are_not_found(
        self, client: Client, theirs: Belongings, ask: Callable[..., httpx.Response], route: Route
    ) -> None:
        before = seen(client, theirs)
        path, ref = placed(route, theirs)
        tag = client.get(path.removesuffix("/fields")).headers["etag"]
        refusal(ask(ref, NOBODY, route.method, path, body_of(route), {"If-Match": tag}), 404)
        assert seen(client, theirs) == before

    def test_were_walked_for_all_operations_that_name_a_ref(self) -> None:
        assert len(ADDRESSED) == 41
        assert len(ROUTES) - len(ADDRESSED) == 4


class TestTags:
    @pytest.mark.parametrize("route", GUARDED, ids=lambda route: str(route.operation_id))
    def test_of_another_never_hold(
        self,
        client: Client,
        us: Client,
        theirs: Belongings,
        ours: Belongings,
        ask: Callable[..., httpx.Response],
        route: Route,
    ) -> None:
        before = seen(us, ours)
        tag = client.get(placed(route, theirs)[0].removesuffix("/fields")).headers["etag"]
        hexadecimal = re.sub(r'"|\..*', "", tag)
        path, _ = placed(route, ours)
        nobodys = NOBODY.replace("-", "")
        answer = ask(hexadecimal, nobodys, route.method, path, body_of(route), {"If-Match": tag})
        refusal(answer, 412)
        assert seen(us, ours) == before


class TestLinks:
    @pytest.mark.parametrize("children", ["contacts", "consumers"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_to_another_s_guest_are_refused(
        self,
        us: Client,
        theirs: Belongings,
        ours: Belongings,
        ask: Callable[..., httpx.Response],
        children: str,
        method: str,
    ) -> None:
        before = seen(us, ours)
        path = self.path(ours, children, method)
        body = {"guest": {"href": f"{BASE}/v2.1/guests/{theirs.guestRef}"}}
        answer = refusal(ask(theirs.guestRef, NOBODY, method, path, body), 400)
        assert answer["message"] == f"guest: {theirs.guestRef} was not found."
        assert seen(us, ours) == before

    @pytest.mark.parametrize("form", ["href", "ref"])
    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_to_another_s_items_are_refused(
        self,
        us: Client,
        theirs: Belongings,
        ours: Belongings,
        ask: Callable[..., httpx.Response],
        form: str,
        method: str,
    ) -> None:
        before = seen(us, ours)
        start = f"{BASE}/v2.1/orderItems/" if form == "href" else ""
        links = [{"ref": ours.orderItemRef}, {form: start + theirs.orderItemRef}]
        path = self.path(ours, "consumers", method)
        answer = ask(theirs.orderItemRef, NOBODY, method, path, {"orderItems": {"items": links}})
        message = "orderItems.items[1]: is not an item of this order."
        assert refusal(answer, 400)["message"] == message
        assert seen(us, ours) == before

    @pytest.mark.parametrize(
        "route",
        [route for route in GUARDED if route.method != "DELETE"],
        ids=lambda route: str(route.operation_id),
    )
    def test_that_name_another_s_ref_as_one_s_own_are_refused(
        self,
        us: Client,
        theirs: Belongings,
        ours: Belongings,
        ask: Callable[..., httpx.Response],
        route: Route,
    ) -> None:
        before = seen(us, ours)
        ref = placed(route, theirs)[1]
        body = {**(body_of(route) or {}), "ref": ref}
        answer = ask(ref, NOBODY, route.method, placed(route, ours)[0], body)
        assert refusal(answer, 400)["message"] == "ref: can't be changed."
        assert seen(us, ours) == before

    @staticmethod
    def path(ours: Belongings, children: str, method: str) -> str:
        if method == "POST":
            return f"/v2.1/orders/{ours.orderRef}/{children}"
        if children == "contacts":
            return f"/v2.1/orderContacts/{ours.orderContactRef}"
        return f"/v2.1/orderConsumers/{ours.orderConsumerRef}"


class TestLists:
    @pytest.mark.parametrize("path", ["/v2.1/orders", "/v2.1/guests"])
    def test_by_another_s_guest_are_empty(
        self, theirs: Belongings, ask: Callable[..., httpx.Response], path: str
    ) -> None:
        ref = theirs.guestRef
        answer = ask(ref, NOBODY, "GET", f"{path}?guestRef={ref}")
        assert (answer.status_code, answer.json()["items"]) == (200, [])

    @pytest.mark.parametrize(
        ("query", "word", "nobodys"),
        [
            ("orders?referenceId=THEIRS", "THEIRS", "NOBODY"),
            ("guests?email=grace@example.com", "grace", "empty"),
            ("guests?firstName=Grace", "Grace", "Empty"),
            ("guests?lastName=Hopper", "Hopper", "Nobody"),
            ("guests?identifiers.provider=crm&identifiers.id=G1", "G1", "N0"),
            ("guests?phoneNumber=31415", "31415", "27182"),
        ],
    )
    def test_by_what_another_knows_are_empty(
        self,
        client: Client,
        theirs: Belongings,
        ask: Callable[..., httpx.Response],
        query: str,
        word: str,
        nobodys: str,
    ) -> None:
        known = {"phoneNumbers": ["31415"], "identifiers": [{"provider": "crm", "id": "G1"}]}
        client.patch(f"/v2.1/guests/{theirs.guestRef}", known)
        assert len(client.get(f"/v2.1/{query}").json()["items"]) == 1
        answer = ask(word, nobodys, "GET", f"/v2.1/{query}")
        assert (answer.status_code, answer.json()["items"]) == (200, [])

    def test_hold_nothing_of_another(
        self, us: Client, theirs: Belongings, ours: Belongings
    ) -> None:
        everything = b"".join(seen(us, ours))
        for word in (*theirs, "THEIRS", "Grace", "Hopper", "grace@example.com"):
            assert word.encode() not in everything
        assert [len(us.get(path).json()["items"]) for path in ours.paths()[:2]] == [1, 1]

    @pytest.mark.parametrize("path", ["/v2.1/orders", "/v2.1/guests"])
    def test_are_not_continued_from_another_s_place(
        self, client: Client, us: Client, ask: Callable[..., httpx.Response], path: str
    ) -> None:
        for number in range(3):
            for one in (client, us):
                one.order(referenceId=f"R{number}")
                one.guest(firstName=f"F{number}")
        following = client.get(f"{path}?limit=1").json()["next"]["href"].removeprefix(BASE)
        after = re.sub(r".*after=", "", following)
        answer = ask(after, after.swapcase(), "GET", following)
        message = "after: was not made for this list."
        assert refusal(answer, 400)["message"] == message


class TestMeetings:
    def test_an_order_of_another_is_never_matched(self, client: Client, us: Client) -> None:
        theirs = client.post("/v2.1/orders", ORDER)
        ours = us.post("/v2.1/orders", {**ORDER, "price": 1})
        assert ours.json()["ref"] != theirs.json()["ref"]
        assert client.get(f"/v2.1/orders/{theirs.json()['ref']}").content == theirs.content

    def test_a_person_is_never_another_s_guest(self, client: Client, us: Client) -> None:
        guest = client.guest(**SECRET)
        before = client.get(f"/v2.1/guests/{guest}").content
        for children in ("contacts", "consumers"):
            body = us.post(f"/v2.1/orders/{us.order()}/{children}", SECRET).json()
            assert not body["guest"]["href"].endswith(guest)
        assert client.get(f"/v2.1/guests/{guest}").content == before
        assert len(us.get("/v2.1/guests").json()["items"]) == 1

    @pytest.mark.parametrize(
        ("path", "body", "another"),
        [
            ("/v2.1/orders", ORDER, {**ORDER, "price": 1}),
            ("/v2.1/guests", GUEST, {**GUEST, "title": "Dr"}),
        ],
    )
    def test_an_idempotency_key_of_another_is_a_new_one(
        self, client: Client, us: Client, path: str, body: object, another: object
    ) -> None:
        theirs = client.post(path, body, headers=KEY)
        ours = us.post(path, another, headers=KEY)
        assert ours.status_code == 201
        assert "idempotent-replayed" not in ours.headers
        assert ours.json()["ref"] != theirs.json()["ref"]
        assert us.post(path, another, headers=KEY).content == ours.content

    @pytest.mark.parametrize("children", ["orderItems", "contacts", "consumers"])
    def test_an_answer_that_is_kept_for_another_is_not_given(
        self,
        client: Client,
        theirs: Belongings,
        ask: Callable[..., httpx.Response],
        children: str,
    ) -> None:
        path = f"/v2.1/orders/{theirs.orderRef}/{children}"
        assert client.post(path, BODIES[children], headers=KEY).status_code == 201
        refusal(ask(theirs.orderRef, NOBODY, "POST", path, BODIES[children], KEY), 404)
