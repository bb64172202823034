"""Choices about data extensions, where the guide's words and samples leave a gap."""

from __future__ import annotations

from typing import Final

import pytest
from tests.wire.clients import BASE, Client, flaws, refusal

NOBODY: Final = "01890000-0000-7000-8000-000000000000"


@pytest.fixture(params=["orders", "orderItems"])
def owner(request: pytest.FixtureRequest, client: Client) -> str:
    """The address of an order or an item."""
    order = client.order()
    ref = order if request.param == "orders" else client.item(order)
    return f"/v2.1/{request.param}/{ref}"


class TestLinks:
    def test_lead_to_the_owner(self, client: Client, owner: str) -> None:
        name = "order" if "/orders/" in owner else "orderItem"
        link = {"href": f"{BASE}{owner}"}
        assert client.post(f"{owner}/extensions/ext", {"one": 1}).json()[name] == link
        assert client.get(f"{owner}/extensions").json()[name] == link
        assert client.get(owner).status_code == 200

    def test_of_the_list_are_its_own_address(self, client: Client, owner: str) -> None:
        client.post(f"{owner}/extensions/ext", {"one": 1})
        body = client.get(f"{owner}/extensions").json()
        assert body["href"] == f"{BASE}{owner}/extensions"
        assert [item["href"] for item in body["items"]] == [f"{BASE}{owner}/extensions/ext"]


class TestReservedNames:
    def test_are_passed_over_as_they_were_read(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        created = client.post(path, {"one": 1}).json()
        for method in ("PUT", "PATCH"):
            after = client.send(method, path, created).json()
            assert after == {**created, "modifiedAt": after["modifiedAt"]}

    def test_may_be_null_though_a_pair_may_not(self, client: Client, owner: str) -> None:
        reserved = ("name", "href", "ref", "key", "createdAt", "modifiedAt", "order", "orderItem")
        path = f"{owner}/extensions/ext"
        body = client.post(path, {**dict.fromkeys(reserved), "one": 1}).json()
        assert (body["name"], body["key"], body["one"]) == ("ext", "default", 1)
        assert flaws(client.patch(path, {"one": None})) == "one: may not be null."

    @pytest.mark.parametrize(
        ("sent", "message"),
        [
            ({"name": "other"}, 'name: must be "ext".'),
            ({"key": "other"}, 'key: must be "default".'),
            ({"ref": "other"}, "ref: must be the ref of this data extension."),
            ({"href": 1}, "href: must be a string."),
            ({"createdAt": True}, "createdAt: must be a string."),
            ({"order": "other"}, "order: must be a link."),
        ],
    )
    def test_are_no_pairs(
        self, client: Client, owner: str, sent: dict[str, object], message: str
    ) -> None:
        assert flaws(client.post(f"{owner}/extensions/ext", sent)) == message
        assert client.get(f"{owner}/extensions").json()["items"] == []

    def test_hold_a_ref_against_the_one_that_is_there(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        message = flaws(client.post(path, {"one": 1, "ref": NOBODY}))
        assert message == "ref: can't be chosen."
        ref = client.post(path, {"one": 1}).json()["ref"]
        assert flaws(client.post(path, {"one": 2, "ref": NOBODY})) == "ref: can't be changed."
        assert client.post(path, {"two": 2, "ref": ref.upper()}).status_code == 201
        refusal(client.post(path, {"two": 3, "ref": ref}), 409)


class TestKeys:
    def test_begin_with_a_small_letter_and_hold_letters_and_digits(
        self, client: Client, owner: str
    ) -> None:
        path = f"{owner}/extensions/ext"
        assert client.post(path, {"a": 1, "firstTimeOrder2": 1}).status_code == 201
        for key in ("First", "2nd", "a_b", "a-b", "a b", "ä", "a.b", ""):
            assert "is not a key that a pair may have." in flaws(client.patch(path, {key: 1}))

    def test_that_differ_in_case_are_two(self, client: Client, owner: str) -> None:
        body = client.post(f"{owner}/extensions/ext", {"colour": 1, "coLour": 2}).json()
        assert (body["colour"], body["coLour"]) == (1, 2)

    def test_that_exist_are_all_named(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        client.post(path, {"one": 1, "two": 2})
        sent = {"one": 1, "new": 1, "two": 2}
        body = refusal(client.post(path, sent), 409)
        assert body["message"] == "one: exists already. two: exists already."
        assert "new" not in client.get(path).json()

    def test_to_delete_are_joined_in_three_ways(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        client.post(path, dict.fromkeys("abcdef", 1))
        body = client.delete(f"{path}/fields?name=a|b&name=c,d&name=|gone,").json()
        assert [key for key in "abcdef" if key in body] == ["e", "f"]


class TestPairs:
    def test_are_answered_in_the_order_in_which_they_came(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        client.post(path, {"c": 1, "a": 2})
        client.post(path, {"b": 3})
        body = client.patch(path, {"a": 4, "d": 5}).json()
        assert [key for key in body if key in "abcd"] == ["c", "a", "b", "d"]

    def test_may_be_none(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        created = client.post(path, {})
        assert (created.status_code, created.json()["name"]) == (201, "ext")
        assert client.put(path, {}).status_code == 200
        assert client.post(path, {"one": 1}).json()["ref"] == created.json()["ref"]

    def test_of_the_result_are_at_most_a_hundred(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        client.post(path, {f"a{number}": 1 for number in range(60)})
        more = {f"b{number}": 1 for number in range(41)}
        message = "body: would make 101 pairs, more than 100."
        assert flaws(client.post(path, more)) == message
        assert flaws(client.patch(path, more)) == message
        assert client.put(path, more).status_code == 200

    def test_are_told_from_each_other_by_type(self, client: Client, owner: str) -> None:
        path = f"{owner}/extensions/ext"
        body = client.post(path, {"a": 1, "b": "1", "c": True, "d": "true", "e": ""}).json()
        assert [body[key] for key in "abcde"] == [1, "1", True, "true", ""]
        assert body["a"] is not True


class TestNames:
    def test_other_than_ext_are_refused_before_anything_about_the_resource(
        self, client: Client, owner: str
    ) -> None:
        nowhere = f"{owner.rpartition('/')[0]}/{NOBODY}/extensions"
        for method in ("POST", "PUT", "PATCH", "GET", "DELETE"):
            for name in ("Ext", "default", NOBODY):
                content = None if method in ("GET", "DELETE") else b"{"
                answer = client.send(method, f"{nowhere}/{name}?nonsense=1", content=content)
                assert flaws(answer) == "dataExtensionName: must be ext."
