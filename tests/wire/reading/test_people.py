"""Contacts and consumers, as they are read from a body, with what they are linked to."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET
from tests.wire.reading.conftest import Refused

from orderfolio.model import instants
from orderfolio.model.instants import Instant
from orderfolio.model.people import Identifier, Links, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.reading import people

REF = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
OTHER = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002b"))
SPELT = "018f3a5e-7c2b-7000-8000-00000000002a"
OTHER_SPELT = "018f3a5e-7c2b-7000-8000-00000000002B"
NOON = Instant(1_767_268_800_000_000)  # 2026-01-01T12:00:00Z


def read(raw: str, role: Role = Role.CONTACT, *, strict: bool = False) -> tuple[Person, Links]:
    return people.read_new(bodies.parse(raw.encode()), role, strict, NOON)


def change(raw: str, role: Role = Role.CONTACT, *, replacing: bool) -> tuple[dict[str, Any], Links]:
    return people.read_changes(bodies.parse(raw.encode()), role, REF, replacing, False, NOON)


class TestCreating:
    def test_reads_every_attribute(self) -> None:
        person, links = read(
            """{"title":"Dr","firstName":"Ann","lastName":"Lee","gender":"female",
            "dateOfBirth":"1990-05-01","nationality":"Irish","passportNumber":"P1",
            "passportExpiry":"2030-01-01T00:00+01:00","emails":["a@b.c","a@b.c"],
            "phoneNumbers":["1"],"street":["","x"],"city":"Cork","state":"","postCode":"T12",
            "country":"IE","identifiers":[{"provider":"email","id":"a@b.c",
            "expiryDate":"2030-01-01T00:00:00Z"},{"provider":"x","id":"1","expiryDate":null}]}"""
        )
        assert person == Person(
            title="Dr",
            first_name="Ann",
            last_name="Lee",
            gender="female",
            date_of_birth="1990-05-01",
            nationality="Irish",
            passport_number="P1",
            passport_expiry="2029-12-31T23:00:00Z",
            emails=("a@b.c", "a@b.c"),
            phone_numbers=("1",),
            street=("", "x"),
            city="Cork",
            state="",
            post_code="T12",
            country="IE",
            identifiers=(
                Identifier(
                    provider="email", id="a@b.c", expiry_date=instants.parse("2030-01-01T00:00Z")
                ),
                Identifier(provider="x", id="1"),
            ),
        )
        assert links == Links()

    @pytest.mark.parametrize(
        ("member", "sentence"),
        [
            ('"dateOfBirth":"2026-01-02"', "dateOfBirth: must be in the past"),
            ('"dateOfBirth":"2026-01-01T12:00:00Z"', "dateOfBirth: must be in the past"),
            ('"dateOfBirth":"1990-02-30"', "dateOfBirth: is not a date"),
            ('"passportExpiry":5', "passportExpiry: is not a date"),
            ('"gender":"Female"', "gender: is not one of the values that it may have"),
            ('"country":"Ireland"', "country: must be two letters from A to Z"),
            ('"firstName":""', "firstName: may not be empty"),
            ('"emails":"a@b.c"', "emails: must be an array of strings"),
            ('"emails":["a",1]', "emails[1]: must be a string"),
            ('"emails":[null]', "emails[0]: must be a string"),
            ('"emails":["a\\ud800"]', "emails[0]: holds U+0000 or half of a surrogate pair"),
            ('"identifiers":{}', "identifiers: must be an array of identifiers"),
            ('"identifiers":["x"]', "identifiers[0]: must be an object"),
            ('"identifiers":[{"provider":"x"}]', "identifiers[0].id: is required"),
            (
                '"identifiers":[{"provider":"x","id":"1","expiryDate":"2030-01-01"}]',
                "identifiers[0].expiryDate: is not a date and time",
            ),
            (
                '"identifiers":[{"provider":"x","id":"1","expires":1}]',
                "identifiers[0].expires: is not an attribute of an identifier",
            ),
            ('"orderItems":{"href":"x"}', "orderItems: is not an attribute of an order contact"),
            ('"guest":"x"', "guest: must be a link"),
            ('"guest":{}', "guest: must be a link"),
            ('"guest":{"href":"http://x/v2.1/guests/1"}', "guest: leads to no guest"),
            (f'"guest":{{"href":"/v2.1/orders/{SPELT}"}}', "guest: leads to no guest"),
            ('"guest":{"name":"Ann"}', "guest.name: is not part of a link"),
        ],
    )
    def test_refuses_by_name(self, refused: Refused, member: str, sentence: str) -> None:
        assert refused(people.read_new, f"{{{member}}}", Role.CONTACT, False, NOON) == [sentence]

    def test_says_all_that_is_wrong_inside(self, refused: Refused) -> None:
        raw = '{"identifiers":[{"id":1},{"provider":"","id":"x"}],"emails":["",2]}'
        assert refused(people.read_new, raw, Role.CONTACT, False, NOON) == [
            "identifiers[0].id: must be a string",
            "identifiers[0].provider: is required",
            "identifiers[1].provider: may not be empty",
            "emails[0]: may not be empty",
            "emails[1]: must be a string",
        ]

    def test_today_has_begun(self) -> None:
        assert read('{"dateOfBirth":"2026-01-01"}')[0].date_of_birth == "2026-01-01"

    @pytest.mark.parametrize(
        ("raw", "emails"),
        [
            ('{"email":"a"}', ("a",)),
            ('{"email":"a","emails":["b","c"]}', ("a", "b", "c")),
            ('{"emails":["b","a"],"email":"a"}', ("a", "b")),
            ('{"emails":["a","b","a"],"email":"a"}', ("a", "b", "a")),
            ('{"email":null,"emails":["b"]}', ("b",)),
            ('{"email":null}', None),
        ],
    )
    def test_email_is_put_first(self, raw: str, emails: tuple[str, ...] | None) -> None:
        assert read(raw)[0].emails == emails

    def test_strict_mode_refuses_email_and_guest(self, refused: Refused) -> None:
        raw = '{"email":"a","guest":null}'
        assert refused(people.read_new, raw, Role.CONSUMER, True, NOON) == [
            "email: can't be sent to an order consumer in strict mode",
            "guest: can't be sent to an order consumer in strict mode",
        ]


class TestLinks:
    @pytest.mark.parametrize(
        "link",
        [
            f'{{"href":"https://api.example.com/v2.1/guests/{SPELT}"}}',
            f'{{"href":"/v2.1/guests/{SPELT.upper()}"}}',
            f'{{"ref":"{SPELT}"}}',
            f'{{"href":"/v2.1/guests/{SPELT}","ref":"{SPELT}"}}',
        ],
    )
    def test_a_guest_is_linked(self, link: str) -> None:
        assert read(f'{{"guest":{link}}}')[1] == Links(guest=REF)

    def test_null_unlinks_where_there_can_be_one(self) -> None:
        assert read('{"guest":null}')[1].guest is UNSET
        assert change('{"guest":null}', replacing=False)[1].guest is None
        assert change('{"guest":null}', replacing=True)[1].guest is None
        assert change("{}", replacing=True)[1].guest is UNSET

    def test_a_consumer_names_its_items(self) -> None:
        raw = f"""{{"orderItems":{{"href":"x","items":[{{"ref":"{OTHER_SPELT}"}},
                 {{"href":"http://x/v2.1/orderItems/{SPELT}"}}]}}}}"""
        assert read(raw, Role.CONSUMER)[1].items == (OTHER, REF)

    def test_its_items_stay_where_they_are_sent_as_read(self) -> None:
        assert read('{"orderItems":{"href":"x"}}', Role.CONSUMER)[1].items is UNSET

    def test_null_takes_its_items_on_patch_alone(self) -> None:
        raw = '{"orderItems":null}'
        assert read(raw, Role.CONSUMER)[1].items is UNSET
        assert change(raw, Role.CONSUMER, replacing=True)[1].items is UNSET
        assert change(raw, Role.CONSUMER, replacing=False)[1].items == ()

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("[]", "orderItems: must be a link or a collection of links"),
            ("{}", "orderItems: must be a link or a collection of links"),
            ('{"items":{}}', "orderItems.items: must be an array of links"),
            ('{"items":[],"x":1}', "orderItems.x: is not part of a collection"),
            ('{"items":["x"]}', "orderItems.items[0]: must be a link"),
            ('{"items":[{"ref":"x"}]}', "orderItems.items[0]: leads to no order item"),
            ('{"items":[{"name":"x"}]}', "orderItems.items[0].name: is not part of a link"),
            (
                f'{{"items":[{{"ref":"{OTHER_SPELT}","href":"/v2.1/orderItems/{SPELT}"}}]}}',
                "orderItems.items[0]: has an href and a ref that differ",
            ),
        ],
    )
    def test_refuses_what_names_no_items(self, refused: Refused, value: str, sentence: str) -> None:
        raw = f'{{"orderItems":{value}}}'
        assert refused(people.read_new, raw, Role.CONSUMER, False, NOON) == [sentence]


class TestChanging:
    def test_replacing_removes_what_is_left_out(self) -> None:
        changes, links = change('{"firstName":"Ann","email":"a"}', replacing=True)
        assert (changes["first_name"], changes["last_name"]) == ("Ann", None)
        assert changes["emails"] == ("a",)
        assert len(changes) == 16
        assert links == Links()

    @pytest.mark.parametrize(
        ("raw", "changes"),
        [
            ('{"email":"a"}', {"email": "a"}),
            ('{"email":null}', {"email": None}),
            ('{"email":"a","emails":["b"]}', {"emails": ("a", "b")}),
            ('{"email":"a","emails":null}', {"emails": ("a",)}),
            ('{"email":null,"emails":null}', {"emails": None}),
        ],
    )
    def test_amending_leaves_a_lone_email_to_be_merged(
        self, raw: str, changes: dict[str, Any]
    ) -> None:
        assert change(raw, replacing=False)[0] == changes
