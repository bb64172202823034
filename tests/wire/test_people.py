"""The operations of order contacts and order consumers, one exchange a test."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from tests.wire.clients import BASE, OTHERS, PERSON, READER, Client, flaws, refusal

NOBODY = "01890000-0000-7000-8000-000000000000"

ALL = {
    "title": "Ms",
    "firstName": "Ada",
    "lastName": "Byron",
    "gender": "female",
    "dateOfBirth": "1815-12-10",
    "nationality": "British",
    "passportNumber": "P1",
    "passportExpiry": "2050-01-01",
    "emails": ["ada@example.com"],
    "phoneNumbers": ["+44 1"],
    "street": ["12 St James's Square"],
    "city": "London",
    "state": "England",
    "postCode": "SW1Y",
    "country": "GB",
    "identifiers": [{"provider": "loyalty", "id": "L1", "expiryDate": "2050-01-01T00:00:00Z"}],
}


class Noun(NamedTuple):
    """How contacts, or consumers, are spelt in addresses and messages."""

    children: str
    top: str
    title: str
    extra: tuple[str, ...]

    def under(self, order: str) -> str:
        return f"/v2.1/orders/{order}/{self.children}"

    def at(self, ref: str) -> str:
        return f"/v2.1/{self.top}/{ref}"

    def create(self, client: Client, order: str, **attributes: object) -> str:
        answer = client.post(self.under(order), {**PERSON, **attributes})
        assert answer.status_code == 201, answer.text
        ref = answer.json()["ref"]
        assert isinstance(ref, str)
        return ref


@pytest.fixture(params=["contact", "consumer"])
def noun(request: pytest.FixtureRequest) -> Noun:
    if request.param == "contact":
        return Noun("contacts", "orderContacts", "Order contact", ())
    return Noun("consumers", "orderConsumers", "Order consumer", ("orderItems",))


class TestCreate:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).post(noun.under(NOBODY), PERSON).status_code == 401

    def test_answers_the_whole_person(self, client: Client, noun: Noun) -> None:
        order = client.order()
        answer = client.post(noun.under(order), ALL)
        assert answer.status_code == 201
        body = answer.json()
        ref, guest = body["ref"], body["guest"]["href"]
        own = {name: {"href": f"{BASE}{noun.at(ref)}/{name}"} for name in noun.extra}
        assert guest.startswith(f"{BASE}/v2.1/guests/")
        assert body == {
            "href": f"{BASE}{noun.at(ref)}",
            "ref": ref,
            "createdAt": body["createdAt"],
            "modifiedAt": body["createdAt"],
            "title": "Ms",
            "firstName": "Ada",
            "lastName": "Byron",
            "gender": "female",
            "dateOfBirth": "1815-12-10",
            "nationality": "British",
            "passportNumber": "P1",
            "passportExpiry": "2050-01-01",
            "emails": ["ada@example.com"],
            "phoneNumbers": ["+44 1"],
            "street": ["12 St James's Square"],
            "city": "London",
            "state": "England",
            "postCode": "SW1Y",
            "country": "GB",
            "identifiers": [
                {"provider": "loyalty", "id": "L1", "expiryDate": "2050-01-01T00:00:00Z"}
            ],
            "order": {"href": f"{BASE}/v2.1/orders/{order}"},
            "guest": {"href": guest},
            **own,
        }
        assert answer.headers["location"] == body["href"]

    def test_without_enough_identity_has_no_guest(self, client: Client, noun: Noun) -> None:
        body = client.post(noun.under(client.order()), {"firstName": "Ada"}).json()
        assert "guest" not in body

    def test_of_an_empty_body_is_a_person_without_attributes(
        self, client: Client, noun: Noun
    ) -> None:
        assert client.post(noun.under(client.order()), {}).status_code == 201

    def test_folds_email_into_emails(self, client: Client, noun: Noun) -> None:
        body = client.post(noun.under(client.order()), {"email": "ada@example.com"}).json()
        assert body["emails"] == ["ada@example.com"]

    def test_names_the_part_of_an_identifier_that_is_missing(
        self, client: Client, noun: Noun
    ) -> None:
        message = flaws(client.post(noun.under(client.order()), {"identifiers": [{"id": "1"}]}))
        assert message.startswith("identifiers[0].provider: ")

    def test_links_a_guest_that_is_known(self, client: Client, noun: Noun) -> None:
        guest = client.guest()
        link = {"href": f"{BASE}/v2.1/guests/{guest}"}
        body = client.post(noun.under(client.order()), {"guest": link}).json()
        assert body["guest"] == link

    def test_refuses_a_guest_that_is_not_there(self, client: Client, noun: Noun) -> None:
        link = {"href": f"{BASE}/v2.1/guests/{NOBODY}"}
        order = client.order()
        message = flaws(client.post(noun.under(order), {"guest": link}))
        assert message.startswith("guest: ")
        assert client.get(noun.under(order)).json()["items"] == []

    def test_under_no_order_names_the_order(self, client: Client, noun: Noun) -> None:
        body = refusal(client.post(noun.under(NOBODY), PERSON), 404)
        assert body["message"] == f"Order {NOBODY} was not found."

    def test_under_an_order_of_another_organisation(self, client: Client, noun: Noun) -> None:
        order = client.order()
        refusal(client.as_(OTHERS).post(noun.under(order), PERSON), 404)

    def test_refuses_who_may_only_read(self, client: Client, noun: Noun) -> None:
        refusal(client.as_(READER).post(noun.under(client.order()), PERSON), 403)


class TestCreateConsumer:
    def test_replaces_the_set_of_items(self, client: Client) -> None:
        order = client.order()
        item = client.item(order)
        link = {"href": f"{BASE}/v2.1/orderItems/{item}"}
        client.consumer(order, orderItems={"items": [link]})
        assert client.get(f"/v2.1/orderItems/{item}").json()["quantity"] == 1

    def test_refuses_an_item_of_another_order(self, client: Client) -> None:
        order, other = client.order(), client.order(referenceId="other")
        item = client.item(other)
        answer = client.post(
            f"/v2.1/orders/{order}/consumers", {"orderItems": {"items": [{"ref": item}]}}
        )
        assert flaws(answer).startswith("orderItems.items[0]: ")
        assert client.get(f"/v2.1/orders/{order}/consumers").json()["items"] == []


class TestBrowse:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).get(noun.under(NOBODY)).status_code == 401

    def test_lists_those_of_the_order(self, client: Client, noun: Noun) -> None:
        order, other = client.order(), client.order(referenceId="other")
        ref = noun.create(client, order)
        noun.create(client, other)
        address = f"{BASE}{noun.under(order)}"
        assert client.get(noun.under(order)).json() == {
            "href": address,
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{address}?offset=0&limit=10"},
            "last": {"href": f"{address}?offset=0&limit=10"},
            "items": [{"href": f"{BASE}{noun.at(ref)}", "ref": ref}],
        }

    def test_shows_whole_people_when_expanded(self, client: Client, noun: Noun) -> None:
        order = client.order()
        ref = noun.create(client, order)
        body = client.get(f"{noun.under(order)}?expand=true").json()
        assert body["items"] == [client.get(noun.at(ref)).json()]

    def test_of_no_order(self, client: Client, noun: Noun) -> None:
        refusal(client.get(noun.under(NOBODY)), 404)

    def test_of_an_order_of_another_organisation(self, client: Client, noun: Noun) -> None:
        refusal(client.as_(OTHERS).get(noun.under(client.order())), 404)


class TestFetch:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).get(noun.at(NOBODY)).status_code == 401

    def test_answers_what_was_created(self, client: Client, noun: Noun) -> None:
        created = client.post(noun.under(client.order()), ALL).json()
        answer = client.get(noun.at(created["ref"]))
        assert (answer.status_code, answer.json()) == (200, created)

    def test_of_one_that_is_not_there(self, client: Client, noun: Noun) -> None:
        body = refusal(client.get(noun.at(NOBODY)), 404)
        assert body["message"] == f"{noun.title} {NOBODY} was not found."

    def test_a_contact_is_no_consumer(self, client: Client) -> None:
        order = client.order()
        refusal(client.get(f"/v2.1/orderConsumers/{client.contact(order)}"), 404)
        refusal(client.get(f"/v2.1/orderContacts/{client.consumer(order)}"), 404)

    def test_of_another_organisation_is_not_there(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        refusal(client.as_(OTHERS).get(noun.at(ref)), 404)


class TestReplace:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).put(noun.at(NOBODY), PERSON).status_code == 401

    def test_removes_what_is_left_out_but_the_guest(self, client: Client, noun: Noun) -> None:
        before = client.post(noun.under(client.order()), ALL).json()
        answer = client.put(noun.at(before["ref"]), {"lastName": "Lovelace"})
        assert answer.status_code == 200
        body = answer.json()
        assert body["lastName"] == "Lovelace"
        assert "emails" not in body
        assert body["guest"] == before["guest"]

    def test_accepts_what_was_read(self, client: Client, noun: Noun) -> None:
        before = client.post(noun.under(client.order()), ALL).json()
        answer = client.put(noun.at(before["ref"]), before)
        assert answer.status_code == 200
        assert answer.json() == {**before, "modifiedAt": answer.json()["modifiedAt"]}

    def test_unlinks_the_guest_with_null(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        assert "guest" not in client.put(noun.at(ref), {"guest": None}).json()

    def test_of_one_that_is_not_there(self, client: Client, noun: Noun) -> None:
        refusal(client.put(noun.at(NOBODY), PERSON), 404)

    def test_of_another_organisation_is_not_there(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        refusal(client.as_(OTHERS).put(noun.at(ref), {}), 404)
        assert client.get(noun.at(ref)).json()["firstName"] == "Ada"


class TestAmend:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).patch(noun.at(NOBODY), {}).status_code == 401

    def test_keeps_what_is_not_sent(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order(), title="Ms")
        answer = client.patch(noun.at(ref), {"lastName": "Lovelace", "title": None})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["firstName"], body["lastName"]) == ("Ada", "Lovelace")
        assert "title" not in body

    def test_of_emails_brings_the_guest(self, client: Client, noun: Noun) -> None:
        ref = client.post(noun.under(client.order()), {"firstName": "Ada"}).json()["ref"]
        body = client.patch(noun.at(ref), {"emails": ["ada@example.com"]}).json()
        assert body["guest"]["href"].startswith(f"{BASE}/v2.1/guests/")

    def test_refuses_a_birth_to_come(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        message = flaws(client.patch(noun.at(ref), {"dateOfBirth": "2999-01-01"}))
        assert message.startswith("dateOfBirth: ")

    def test_of_one_that_is_not_there(self, client: Client, noun: Noun) -> None:
        refusal(client.patch(noun.at(NOBODY), {}), 404)

    def test_of_another_organisation_is_not_there(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        refusal(client.as_(OTHERS).patch(noun.at(ref), {"firstName": "Eve"}), 404)


class TestRemove:
    def test_without_credentials_is_unauthorized(self, client: Client, noun: Noun) -> None:
        assert client.as_(None).delete(noun.at(NOBODY)).status_code == 401

    def test_removes_it_and_leaves_the_guest(self, client: Client, noun: Noun) -> None:
        created = client.post(noun.under(client.order()), PERSON).json()
        answer = client.delete(noun.at(created["ref"]))
        assert (answer.status_code, answer.content) == (204, b"")
        refusal(client.get(noun.at(created["ref"])), 404)
        assert client.get(created["guest"]["href"]).status_code == 200

    def test_of_one_that_is_not_there(self, client: Client, noun: Noun) -> None:
        refusal(client.delete(noun.at(NOBODY)), 404)

    def test_of_another_organisation_is_not_there(self, client: Client, noun: Noun) -> None:
        ref = noun.create(client, client.order())
        refusal(client.as_(OTHERS).delete(noun.at(ref)), 404)
        assert client.get(noun.at(ref)).status_code == 200
