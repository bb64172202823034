"""Choices about times, numbers, texts and lists, where the vendor says nothing."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import pytest
from tests.store.engines import Engine
from tests.wire.clients import BASE, ITEM, ORDER, OTHERS, Client, flaws
from tests.wire.clocks import timed

NOBODY: Final = "01890000-0000-7000-8000-000000000000"


def contact(client: Client, **attributes: object) -> dict[str, Any]:
    """A new contact as it is answered."""
    answer = client.post(f"/v2.1/orders/{client.order()}/contacts", attributes)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refs(body: dict[str, Any]) -> list[str]:
    return [item["ref"] for item in body["items"]]


class TestTimes:
    @pytest.mark.parametrize(
        ("sent", "answered"),
        [
            ("2024-01-01T16:17:16Z", "2024-01-01T16:17:16Z"),
            ("2024-01-01T18:17:16+02:00", "2024-01-01T16:17:16Z"),
            ("2024-01-01 16:17:16", "2024-01-01T16:17:16Z"),
            ("2024-01-01T16:17", "2024-01-01T16:17:00Z"),
            ("2024-01-01 16:17-00:30", "2024-01-01T16:47:00Z"),
            ("2024-01-01t16:17:16z", "2024-01-01T16:17:16Z"),
            ("2024-01-01T16:17:16.120300Z", "2024-01-01T16:17:16.1203Z"),
            ("2024-01-01T16:17:16.000001Z", "2024-01-01T16:17:16.000001Z"),
            ("2024-01-01T16:17:16.000Z", "2024-01-01T16:17:16Z"),
        ],
    )
    def test_are_answered_in_one_spelling(self, client: Client, sent: str, answered: str) -> None:
        body = client.post("/v2.1/orders", {**ORDER, "orderedAt": sent}).json()
        assert body["orderedAt"] == answered

    @pytest.mark.parametrize(
        "sent",
        [
            "2024-01-01",
            "2024-01-01T16Z",
            "2024-01-01T16:17:16.1234567Z",
            "2024-01-01T16:17:16,5Z",
            "2024-01-01T16:17:60Z",
            "2024-01-01T24:00:00Z",
            "2024-02-30T00:00:00Z",
            "2024-01-01T16:17:16+0200",
            "2024-1-1T16:17:16Z",
            "20240101T161716Z",
            "1704125836",
            "",
        ],
    )
    def test_in_other_spellings_are_refused(self, client: Client, sent: str) -> None:
        message = flaws(client.post("/v2.1/orders", {**ORDER, "orderedAt": sent}))
        assert message == "orderedAt: is not a date and time."

    @pytest.mark.parametrize("name", ["dateOfBirth", "passportExpiry"])
    def test_of_days_are_answered_in_the_form_given(self, client: Client, name: str) -> None:
        for sent, answered in (
            ("1815-12-10", "1815-12-10"),
            ("1815-12-10T00:00:00+01:00", "1815-12-09T23:00:00Z"),
        ):
            assert contact(client, **{name: sent})[name] == answered

    def test_of_birth_are_past_from_the_day_s_first_moment_on(
        self, runner: asyncio.Runner, engine: Engine
    ) -> None:
        with timed(runner, engine) as (client, _):
            assert contact(client, dateOfBirth="2024-06-01")["dateOfBirth"] == "2024-06-01"
            path = f"/v2.1/orders/{client.order()}/contacts"
            message = "dateOfBirth: must be in the past."
            assert flaws(client.post(path, {"dateOfBirth": "2024-06-02"})) == message
            assert flaws(client.post(path, {"dateOfBirth": "2024-06-01T12:00:00Z"})) == message


class TestAnswers:
    def test_leave_out_what_was_never_given_and_keep_what_is_empty(self, client: Client) -> None:
        body = contact(client, city="", street=[], phoneNumbers=[], title=None)
        assert (body["city"], body["street"], body["phoneNumbers"]) == ("", [], [])
        assert "title" not in body
        assert "firstName" not in body

    def test_of_an_order_stay_as_they_are_when_a_child_comes_changes_and_goes(
        self, runner: asyncio.Runner, engine: Engine
    ) -> None:
        with timed(runner, engine) as (client, clock):
            order = client.order()
            before = client.get(f"/v2.1/orders/{order}")
            clock.move(10)
            item = client.item(order)
            client.patch(f"/v2.1/orderItems/{item}", {"price": 1})
            client.contact(order)
            client.post(f"/v2.1/orders/{order}/extensions/ext", {"one": 1})
            client.delete(f"/v2.1/orderItems/{item}")
            after = client.get(f"/v2.1/orders/{order}")
            assert after.json()["modifiedAt"] == "2024-06-01T12:00:00Z"
            assert after.content == before.content
            assert after.headers["etag"] == before.headers["etag"]

    def test_of_an_item_stay_as_they_are_when_its_extension_changes(self, client: Client) -> None:
        path = f"/v2.1/orderItems/{client.item(client.order())}"
        before = client.get(path)
        client.post(f"{path}/extensions/ext", {"one": 1})
        assert client.get(path).headers["etag"] == before.headers["etag"]

    def test_to_a_write_that_changes_nothing_tell_of_a_change(
        self, runner: asyncio.Runner, engine: Engine
    ) -> None:
        with timed(runner, engine) as (client, clock):
            path = f"/v2.1/orders/{client.order()}"
            tag = client.get(path).headers["etag"]
            clock.move(10)
            answer = client.patch(path, {})
            assert answer.json()["modifiedAt"] == "2024-06-01T12:00:10Z"
            assert answer.headers["etag"] != tag


class TestNumbers:
    @pytest.mark.parametrize("sent", [b"2", b"2.0", b"0.2e1", b"20e-1"])
    def test_that_equal_an_integer_are_one(self, client: Client, sent: bytes) -> None:
        path = f"/v2.1/orderItems/{client.item(client.order())}"
        answer = client.patch(path, content=b'{"quantity": %s}' % sent)
        assert b'"quantity":2,' in answer.content

    @pytest.mark.parametrize("sent", [b"9" * 39, b"1e38", b"0." + b"1" * 39, b"1e-39"])
    def test_of_more_than_38_digits_are_refused_by_name(self, client: Client, sent: bytes) -> None:
        path = f"/v2.1/orders/{client.order()}"
        message = flaws(client.patch(path, content=b'{"price": %s}' % sent))
        assert message == "price: has more than 38 digits."


class TestTexts:
    def test_are_counted_in_code_points(self, client: Client) -> None:
        assert contact(client, firstName="\U0001f600" * 255)["firstName"] == "\U0001f600" * 255
        path = f"/v2.1/orders/{client.order()}/contacts"
        message = flaws(client.post(path, {"firstName": "\U0001f600" * 256}))
        assert message == "firstName: is longer than 255 characters."

    def test_of_emails_and_phone_numbers_have_any_form(self, client: Client) -> None:
        body = contact(client, emails=["not an address"], phoneNumbers=["none"])
        assert (body["emails"], body["phoneNumbers"]) == (["not an address"], ["none"])
        path = f"/v2.1/orders/{client.order()}/contacts"
        assert flaws(client.post(path, {"emails": [""]})) == "emails[0]: may not be empty."

    def test_are_kept_as_they_were_sent(self, client: Client) -> None:
        odd = ' \t<b>e\u0301\u00a0\x1f\\"\u2028 '
        body = contact(client, city=odd, street=[odd, odd])
        assert (body["city"], body["street"]) == (odd, [odd, odd])

    def test_that_are_required_may_be_empty_where_they_are_free(self, client: Client) -> None:
        path = f"/v2.1/orders/{client.order()}/orderItems"
        body = client.post(path, {**ITEM, "type": "", "name": "", "status": ""}).json()
        assert (body["type"], body["name"], body["status"]) == ("", "", "")


class TestLists:
    def test_leave_out_next_on_the_last_page(self, client: Client) -> None:
        for number in range(3):
            client.guest(firstName=str(number))
        first = client.get("/v2.1/guests?limit=2").json()
        last = client.get(first["next"]["href"]).json()
        assert len(last["items"]) == 1
        assert "next" not in last
        assert "next" not in client.get("/v2.1/guests?limit=3").json()

    def test_are_in_the_order_of_creation(self, client: Client) -> None:
        order = client.order()
        for noun, create in (
            ("orderItems", client.item),
            ("contacts", client.contact),
            ("consumers", client.consumer),
        ):
            made = [create(order) for _ in range(5)]
            assert refs(client.get(f"/v2.1/orders/{order}/{noun}").json()) == made == sorted(made)

    def test_go_on_behind_after_whatever_offset_stands_beside_it(self, client: Client) -> None:
        made = [client.guest(firstName=str(number)) for number in range(4)]
        following = client.get("/v2.1/guests?limit=1").json()["next"]["href"]
        after = following.rpartition("after=")[2]
        body = client.get(f"/v2.1/guests?limit=2&offset=77&after={after}").json()
        assert refs(body) == made[1:3]
        assert body["offset"] == 77

    def test_refuse_an_after_that_another_list_gave(self, client: Client) -> None:
        one, other = client.order(), client.order(referenceId="other")
        for _ in range(2):
            client.item(one)
        following = client.get(f"/v2.1/orders/{one}/orderItems?limit=1").json()["next"]["href"]
        after = following.rpartition("after=")[2]
        for asking, ref in ((client, other), (client.as_(OTHERS), one)):
            answer = asking.get(f"/v2.1/orders/{ref}/orderItems?after={after}")
            assert flaws(answer) == "after: was not made for this list."


class TestParameters:
    def test_that_are_unknown_name_their_nearest_neighbour(self, client: Client) -> None:
        for path, name, near in (
            ("/v2.1/orders", "referenceID", "referenceId"),
            ("/v2.1/orders", "ofset", "offset"),
            (f"/v2.1/orders/{NOBODY}/contacts", "expnd", "expand"),
        ):
            body = client.get(f"{path}?{name}=1").json()
            assert body["message"] == f"{name}: is not a parameter of this operation."
            assert body["developerMessage"] == f"{name}: did you mean {near}?"

    def test_that_are_repeated_are_refused(self, client: Client) -> None:
        message = flaws(client.get("/v2.1/orders?limit=10&limit=10"))
        assert message == "limit: is given twice."

    def test_that_are_outside_of_their_set_are_refused(self, client: Client) -> None:
        for query in ("sort=price", "sort=created::desc", "expand=1", "expand="):
            name = query.partition("=")[0]
            assert flaws(client.get(f"/v2.1/orders?{query}")).startswith(f"{name}: ")
        assert flaws(client.get("/v2.1/guests?guestType=Visitor")).startswith("guestType: ")
        assert flaws(client.get(f"/v2.1/orders/{NOBODY}?expand=true,items")).startswith("expand: ")

    def test_are_decoded_as_forms_are(self, client: Client) -> None:
        ref = client.order(referenceId="a b+c")
        body = client.get("/v2.1/orders?referenceId=a+b%2Bc").json()
        assert refs(body) == [ref]
        assert body["href"] == f"{BASE}/v2.1/orders?referenceId=a%20b%2Bc"
