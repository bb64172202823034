"""The six operations of guests, one exchange a test."""

from __future__ import annotations

import pytest
from tests.wire.clients import BASE, GUEST, OTHERS, READER, Client, flaws, refusal

NOBODY = "01890000-0000-7000-8000-000000000000"


class TestCreate:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).post("/v2.1/guests", GUEST).status_code == 401

    def test_answers_the_whole_guest(self, client: Client) -> None:
        answer = client.post(
            "/v2.1/guests",
            {
                "guestType": "visitor",
                "firstName": "Ada",
                "emails": ["ada@example.com", "a@example.com"],
                "firstSeen": "2024-01-01T00:00:00Z",
            },
        )
        assert answer.status_code == 201
        body = answer.json()
        ref = body["ref"]
        assert body == {
            "href": f"{BASE}/v2.1/guests/{ref}",
            "ref": ref,
            "createdAt": body["createdAt"],
            "modifiedAt": body["createdAt"],
            "guestType": "visitor",
            "firstName": "Ada",
            "email": "ada@example.com",
            "emails": ["ada@example.com", "a@example.com"],
            "firstSeen": "2024-01-01T00:00:00Z",
        }
        assert answer.headers["location"] == body["href"]

    def test_never_looks_for_a_duplicate(self, client: Client) -> None:
        assert client.guest() != client.guest()

    def test_puts_email_first_of_emails(self, client: Client) -> None:
        body = client.post("/v2.1/guests", {**GUEST, "email": "new@example.com"}).json()
        assert body["emails"] == ["new@example.com", "ada@example.com"]

    def test_asks_for_the_type(self, client: Client) -> None:
        assert flaws(client.post("/v2.1/guests", {})).startswith("guestType: ")

    def test_refuses_who_may_only_read(self, client: Client) -> None:
        refusal(client.as_(READER).post("/v2.1/guests", GUEST), 403)


class TestBrowse:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get("/v2.1/guests").status_code == 401

    def test_lists_all_without_a_condition(self, client: Client) -> None:
        ref = client.guest()
        assert client.get("/v2.1/guests").json() == {
            "href": f"{BASE}/v2.1/guests",
            "offset": 0,
            "limit": 10,
            "first": {"href": f"{BASE}/v2.1/guests?offset=0&limit=10"},
            "last": {"href": f"{BASE}/v2.1/guests?offset=0&limit=10"},
            "items": [{"href": f"{BASE}/v2.1/guests/{ref}", "ref": ref}],
        }

    @pytest.mark.parametrize(
        "query",
        [
            "email=ADA@example.com",
            "firstName=ada",
            "lastName=BYRON",
            "phoneNumber=%2B44",
            "guestType=customer",
            "identifiers.provider=loyalty&identifiers.id=L1",
            "firstName=Ada&lastName=Byron",
        ],
    )
    def test_finds_by(self, client: Client, query: str) -> None:
        ref = client.guest(
            lastName="Byron",
            phoneNumbers=["+44"],
            identifiers=[{"provider": "loyalty", "id": "L1"}],
        )
        client.post("/v2.1/guests", {"guestType": "visitor", "firstName": "Eve"})
        body = client.get(f"/v2.1/guests?{query}&expand=true").json()
        assert [guest["ref"] for guest in body["items"]] == [ref]

    def test_finds_by_ref(self, client: Client) -> None:
        ref = client.guest()
        client.guest()
        body = client.get(f"/v2.1/guests?guestRef={ref}").json()
        assert [guest["ref"] for guest in body["items"]] == [ref]

    def test_finds_nobody_by_what_is_no_ref(self, client: Client) -> None:
        client.guest()
        assert client.get("/v2.1/guests?guestRef=nonsense").json()["items"] == []

    def test_refuses_half_an_identifier(self, client: Client) -> None:
        flaws(client.get("/v2.1/guests?identifiers.id=L1"))

    def test_names_the_nearest_neighbour_of_an_unknown_parameter(self, client: Client) -> None:
        body = refusal(client.get("/v2.1/guests?firstname=Ada"), 400)
        assert "firstName" in body["developerMessage"]

    def test_shows_nothing_of_another_organisation(self, client: Client) -> None:
        client.guest()
        assert client.as_(OTHERS).get("/v2.1/guests").json()["items"] == []


class TestFetch:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).get(f"/v2.1/guests/{NOBODY}").status_code == 401

    def test_answers_what_was_created(self, client: Client) -> None:
        created = client.post("/v2.1/guests", GUEST).json()
        answer = client.get(f"/v2.1/guests/{created['ref']}")
        assert (answer.status_code, answer.json()) == (200, created)

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        body = refusal(client.get(f"/v2.1/guests/{NOBODY}"), 404)
        assert body["message"] == f"Guest {NOBODY} was not found."

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        refusal(client.as_(OTHERS).get(f"/v2.1/guests/{client.guest()}"), 404)


class TestReplace:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).put(f"/v2.1/guests/{NOBODY}", GUEST).status_code == 401

    def test_removes_what_is_left_out(self, client: Client) -> None:
        ref = client.guest()
        answer = client.put(f"/v2.1/guests/{ref}", {"guestType": "traveller"})
        assert answer.status_code == 200
        body = answer.json()
        assert body["guestType"] == "traveller"
        assert "firstName" not in body
        assert "email" not in body

    def test_accepts_what_was_read(self, client: Client) -> None:
        ref = client.guest()
        body = client.get(f"/v2.1/guests/{ref}").json()
        assert client.put(f"/v2.1/guests/{ref}", body).status_code == 200

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.put(f"/v2.1/guests/{NOBODY}", GUEST), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.guest()
        refusal(client.as_(OTHERS).put(f"/v2.1/guests/{ref}", {"guestType": "visitor"}), 404)
        assert client.get(f"/v2.1/guests/{ref}").json()["guestType"] == "customer"


class TestAmend:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).patch(f"/v2.1/guests/{NOBODY}", {}).status_code == 401

    def test_keeps_what_is_not_sent(self, client: Client) -> None:
        ref = client.guest()
        answer = client.patch(f"/v2.1/guests/{ref}", {"lastName": "Byron"})
        assert answer.status_code == 200
        body = answer.json()
        assert (body["firstName"], body["lastName"]) == ("Ada", "Byron")

    def test_of_email_replaces_the_first_of_emails(self, client: Client) -> None:
        ref = client.guest(emails=["ada@example.com", "a@example.com"])
        body = client.patch(f"/v2.1/guests/{ref}", {"email": "new@example.com"}).json()
        assert body["email"] == "new@example.com"
        assert "a@example.com" in body["emails"]

    def test_refuses_null_for_the_type(self, client: Client) -> None:
        ref = client.guest()
        message = flaws(client.patch(f"/v2.1/guests/{ref}", {"guestType": None}))
        assert message == "guestType: may not be null."

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.patch(f"/v2.1/guests/{NOBODY}", {}), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.guest()
        refusal(client.as_(OTHERS).patch(f"/v2.1/guests/{ref}", {"firstName": "Eve"}), 404)


class TestRemove:
    def test_without_credentials_is_unauthorized(self, client: Client) -> None:
        assert client.as_(None).delete(f"/v2.1/guests/{NOBODY}").status_code == 401

    def test_removes_all_that_is_associated_with_it(self, client: Client) -> None:
        order = client.order()
        guest = client.post(f"/v2.1/orders/{order}/contacts", GUEST_AS_CONTACT).json()["guest"]
        answer = client.delete(guest["href"])
        assert (answer.status_code, answer.content) == (204, b"")
        refusal(client.get(guest["href"]), 404)
        refusal(client.get(f"/v2.1/orders/{order}"), 404)

    def test_of_one_that_is_not_there(self, client: Client) -> None:
        refusal(client.delete(f"/v2.1/guests/{NOBODY}"), 404)

    def test_of_another_organisation_is_not_there(self, client: Client) -> None:
        ref = client.guest()
        refusal(client.as_(OTHERS).delete(f"/v2.1/guests/{ref}"), 404)
        assert client.get(f"/v2.1/guests/{ref}").status_code == 200


GUEST_AS_CONTACT = {"firstName": "Ada", "emails": ["ada@example.com"]}
