"""The seven operations of data extensions, of orders and of items, one exchange a test."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from tests.wire.clients import BASE, OTHERS, READER, Client, flaws, refusal

NOBODY = "01890000-0000-7000-8000-000000000000"

PAIRS = {
    "firstTimeOrder": True,
    "storeLocation": "London",
    "totalUnits": 8,
    "totalDiscount": "20%",
}


class Owner(NamedTuple):
    """An order or an item to carry an extension."""

    path: str
    link: str
    title: str

    @property
    def ext(self) -> str:
        return f"{self.path}/extensions/ext"

    @property
    def nowhere(self) -> str:
        return f"{self.path.rpartition('/')[0]}/{NOBODY}"


@pytest.fixture(params=["order", "item"])
def owner(request: pytest.FixtureRequest, client: Client) -> Owner:
    order = client.order()
    if request.param == "order":
        return Owner(f"/v2.1/orders/{order}", "order", "Order")
    return Owner(f"/v2.1/orderItems/{client.item(order)}", "orderItem", "Order item")


class TestCreate:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).post(owner.ext, PAIRS).status_code == 401

    def test_answers_the_whole_extension(self, client: Client, owner: Owner) -> None:
        answer = client.post(owner.ext, PAIRS)
        assert answer.status_code == 201
        body = answer.json()
        assert body == {
            "name": "ext",
            "href": f"{BASE}{owner.ext}",
            "ref": body["ref"],
            "key": "default",
            "createdAt": body["createdAt"],
            "modifiedAt": body["createdAt"],
            "firstTimeOrder": True,
            "storeLocation": "London",
            "totalUnits": 8,
            "totalDiscount": "20%",
            owner.link: {"href": f"{BASE}{owner.path}"},
        }
        assert answer.headers["location"] == f"{BASE}{owner.ext}"

    def test_adds_new_keys_to_the_one_that_is_there(self, client: Client, owner: Owner) -> None:
        first = client.post(owner.ext, {"one": 1}).json()
        second = client.post(owner.ext, {"two": 2}).json()
        assert (second["ref"], second["one"], second["two"]) == (first["ref"], 1, 2)

    def test_refuses_a_key_that_exists_and_changes_nothing(
        self, client: Client, owner: Owner
    ) -> None:
        client.post(owner.ext, {"one": 1})
        body = refusal(client.post(owner.ext, {"two": 2, "one": 3}), 409)
        assert "one" in body["message"]
        assert "two" not in client.get(owner.ext).json()

    @pytest.mark.parametrize("value", [None, [], {}, [1], {"a": 1}])
    def test_refuses_what_is_not_flat(self, client: Client, owner: Owner, value: object) -> None:
        assert flaws(client.post(owner.ext, {"one": value})).startswith("one: ")
        assert client.get(f"{owner.path}/extensions").json()["items"] == []

    @pytest.mark.parametrize("key", ["One", "1one", "o-ne", "o_ne", "", "é"])
    def test_refuses_a_key_that_is_not_in_camel_case(
        self, client: Client, owner: Owner, key: str
    ) -> None:
        flaws(client.post(owner.ext, {key: 1}))

    def test_refuses_more_than_a_hundred_pairs(self, client: Client, owner: Owner) -> None:
        pairs = {f"k{number}": number for number in range(101)}
        flaws(client.post(owner.ext, pairs))
        assert client.post(owner.ext, dict(list(pairs.items())[:100])).status_code == 201
        flaws(client.post(owner.ext, {"k100": 100}))

    def test_refuses_another_name_before_anything_else(self, client: Client, owner: Owner) -> None:
        answer = client.post(f"{owner.nowhere}/extensions/other", content=b"{")
        assert flaws(answer).startswith("dataExtensionName: ")

    def test_refuses_a_ref_for_one_that_is_not_there(self, client: Client, owner: Owner) -> None:
        assert flaws(client.post(owner.ext, {"one": 1, "ref": NOBODY})).startswith("ref: ")

    def test_under_nothing_names_the_owner(self, client: Client, owner: Owner) -> None:
        body = refusal(client.post(f"{owner.nowhere}/extensions/ext", PAIRS), 404)
        assert body["message"] == f"{owner.title} {NOBODY} was not found."

    def test_under_another_organisations(self, client: Client, owner: Owner) -> None:
        refusal(client.as_(OTHERS).post(owner.ext, PAIRS), 404)

    def test_refuses_who_may_only_read(self, client: Client, owner: Owner) -> None:
        refusal(client.as_(READER).post(owner.ext, PAIRS), 403)


class TestBrowse:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).get(f"{owner.path}/extensions").status_code == 401

    def test_is_empty_where_there_is_none(self, client: Client, owner: Owner) -> None:
        address = f"{BASE}{owner.path}/extensions"
        assert client.get(f"{owner.path}/extensions").json() == {
            "name": "ext",
            "href": address,
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{address}?offset=0&limit=10"},
            "last": {"href": f"{address}?offset=0&limit=10"},
            "items": [],
            owner.link: {"href": f"{BASE}{owner.path}"},
        }

    def test_shows_the_one_that_is_there(self, client: Client, owner: Owner) -> None:
        ref = client.post(owner.ext, PAIRS).json()["ref"]
        body = client.get(f"{owner.path}/extensions").json()
        assert body["items"] == [{"href": f"{BASE}{owner.ext}", "ref": ref}]

    def test_shows_it_whole_when_expanded(self, client: Client, owner: Owner) -> None:
        created = client.post(owner.ext, PAIRS).json()
        body = client.get(f"{owner.path}/extensions?expand=true").json()
        assert body["items"] == [created]

    def test_of_nothing(self, client: Client, owner: Owner) -> None:
        refusal(client.get(f"{owner.nowhere}/extensions"), 404)

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        refusal(client.as_(OTHERS).get(f"{owner.path}/extensions"), 404)


class TestFetch:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).get(owner.ext).status_code == 401

    def test_answers_what_was_created(self, client: Client, owner: Owner) -> None:
        created = client.post(owner.ext, PAIRS).json()
        answer = client.get(owner.ext)
        assert (answer.status_code, answer.json()) == (200, created)

    def test_where_there_is_none(self, client: Client, owner: Owner) -> None:
        body = refusal(client.get(owner.ext), 404)
        assert body["message"] == "Data extension ext was not found."

    def test_of_nothing_names_the_owner(self, client: Client, owner: Owner) -> None:
        body = refusal(client.get(f"{owner.nowhere}/extensions/ext"), 404)
        assert body["message"] == f"{owner.title} {NOBODY} was not found."

    def test_of_another_name(self, client: Client, owner: Owner) -> None:
        flaws(client.get(f"{owner.path}/extensions/other"))

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        refusal(client.as_(OTHERS).get(owner.ext), 404)


class TestReplace:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).put(owner.ext, PAIRS).status_code == 401

    def test_replaces_all_pairs(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        answer = client.put(owner.ext, {"one": 1})
        assert answer.status_code == 200
        assert answer.json()["one"] == 1
        assert "firstTimeOrder" not in answer.json()

    def test_accepts_what_was_read(self, client: Client, owner: Owner) -> None:
        created = client.post(owner.ext, PAIRS).json()
        assert client.put(owner.ext, created).status_code == 200

    def test_refuses_another_ref(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        assert flaws(client.put(owner.ext, {"ref": NOBODY})).startswith("ref: ")
        assert client.get(owner.ext).json()["firstTimeOrder"] is True

    def test_where_there_is_none(self, client: Client, owner: Owner) -> None:
        refusal(client.put(owner.ext, PAIRS), 404)

    def test_of_another_name(self, client: Client, owner: Owner) -> None:
        flaws(client.put(f"{owner.path}/extensions/other", PAIRS))

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        refusal(client.as_(OTHERS).put(owner.ext, {}), 404)
        assert client.get(owner.ext).json()["totalUnits"] == 8


class TestAmend:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).patch(owner.ext, PAIRS).status_code == 401

    def test_keeps_keys_that_it_does_not_mention(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        answer = client.patch(owner.ext, {"totalUnits": 9, "new": 1.5})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["totalUnits"], body["new"], body["storeLocation"]) == (9, 1.5, "London")

    def test_refuses_null(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        assert flaws(client.patch(owner.ext, {"totalUnits": None})).startswith("totalUnits: ")

    def test_where_there_is_none(self, client: Client, owner: Owner) -> None:
        refusal(client.patch(owner.ext, PAIRS), 404)

    def test_of_another_name(self, client: Client, owner: Owner) -> None:
        flaws(client.patch(f"{owner.path}/extensions/other", PAIRS))

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        refusal(client.as_(OTHERS).patch(owner.ext, {"totalUnits": 9}), 404)


class TestRemove:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).delete(owner.ext).status_code == 401

    def test_answers_null(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        answer = client.delete(owner.ext)
        assert (answer.status_code, answer.content) == (200, b"null")
        refusal(client.get(owner.ext), 404)

    def test_where_there_is_none(self, client: Client, owner: Owner) -> None:
        refusal(client.delete(owner.ext), 404)

    def test_of_another_name(self, client: Client, owner: Owner) -> None:
        flaws(client.delete(f"{owner.path}/extensions/other"))

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        refusal(client.as_(OTHERS).delete(owner.ext), 404)
        assert client.get(owner.ext).status_code == 200


class TestClear:
    def test_without_credentials_is_unauthorized(self, client: Client, owner: Owner) -> None:
        assert client.as_(None).delete(f"{owner.ext}/fields").status_code == 401

    @pytest.mark.parametrize(
        "query",
        [
            "name=totalUnits|storeLocation",
            "name=totalUnits%7CstoreLocation",
            "name=totalUnits,storeLocation",
            "name=totalUnits%2CstoreLocation",
            "name=totalUnits&name=storeLocation",
            "name=totalUnits|storeLocation|notThere",
        ],
    )
    def test_removes_the_keys_that_are_named(
        self, client: Client, owner: Owner, query: str
    ) -> None:
        client.post(owner.ext, PAIRS)
        answer = client.delete(f"{owner.ext}/fields?{query}")
        assert answer.status_code == 200
        body = answer.json()
        assert "totalUnits" not in body
        assert "storeLocation" not in body
        assert body["totalDiscount"] == "20%"

    def test_without_a_name_empties_it_and_leaves_it_there(
        self, client: Client, owner: Owner
    ) -> None:
        created = client.post(owner.ext, PAIRS).json()
        body = client.delete(f"{owner.ext}/fields").json()
        assert body["ref"] == created["ref"]
        assert not PAIRS.keys() & body.keys()
        assert client.get(owner.ext).status_code == 200

    @pytest.mark.parametrize("query", ["name=", "name=|", "names=totalUnits"])
    def test_refuses_a_name_without_a_key(self, client: Client, owner: Owner, query: str) -> None:
        client.post(owner.ext, PAIRS)
        flaws(client.delete(f"{owner.ext}/fields?{query}"))
        assert client.get(owner.ext).json()["totalUnits"] == 8

    def test_where_there_is_none(self, client: Client, owner: Owner) -> None:
        refusal(client.delete(f"{owner.ext}/fields"), 404)

    def test_of_another_name(self, client: Client, owner: Owner) -> None:
        flaws(client.delete(f"{owner.path}/extensions/other/fields"))

    def test_of_another_organisation(self, client: Client, owner: Owner) -> None:
        client.post(owner.ext, PAIRS)
        refusal(client.as_(OTHERS).delete(f"{owner.ext}/fields"), 404)
        assert client.get(owner.ext).json()["totalUnits"] == 8
