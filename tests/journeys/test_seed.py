"""The vendor's guide, followed to the letter: its own `curl` commands, run by a shell.

What stands between braces or angles is filled in, and the host; nothing else is changed.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
from tests.clusters.postgres import Server as Postgres
from tests.journeys.conftest import Server
from tests.journeys.tools import need
from tests.store.engines import ENGINES

HOSTS: Final = ("{baseURL}", "https://api-engage-ap.sitecorecloud.io")

LIST_ORDERS: Final = r"""
curl -X GET '{baseURL}/v2.1/orders' \
-u '{YOUR_USERNAME}:{YOUR_PASSWORD}' \
-H 'Accept: application/json'
"""
CREATE: Final = r"""
curl -i -X POST \
  -u <username>:<password> \
  'https://api-engage-ap.sitecorecloud.io/v2.1/orders/{orderRef}/extensions/{dataExtensionName}' \
  -H 'Content-Type: application/json' \
  -d '{
    "{exampleKey1}": "{exampleValue1}",
    "{exampleKey2}": "{exampleValue2}"
  }'
"""
CREATE_EXAMPLE: Final = r"""
curl -i -X POST \
  -u <username>:<password> \
  'https://api-engage-ap.sitecorecloud.io/v2.1/orders/{orderRef}/extensions/{dataExtensionName}' \
  -H 'Content-Type: application/json' \
  -d '{
"firstTimeOrder": true,
"storeLocation": "London",
"totalUnits": 8,
"totalDiscount": "20%"
}'
"""
RETRIEVE: Final = r"""
curl -i -X GET \
  -u <username>:<password> \
  'https://api-engage-ap.sitecorecloud.io/v2.1/orders/{orderRef}/extensions/{dataExtensionName}'
"""
UPDATE: Final = CREATE.replace("POST", "PUT")
PARTIALLY_UPDATE: Final = CREATE.replace("POST", "PATCH")
DELETE: Final = RETRIEVE.replace("GET", "DELETE")
DELETE_FIELDS: Final = r"""
curl -i -X DELETE \
  -u <username>:<password> \
  'https://api-engage-ap.sitecorecloud.io/v2.1/orders/{orderRef}/extensions/{dataExtensionName}/fields?name=withWarranty%2Ccolor'
"""
RETRIEVE_ALL: Final = r"""
curl -i -X GET \
  -u <username>:<password> \
  'https://api-engage-ap.sitecorecloud.io/v2.1/orders/{orderRef}/extensions?expand=true&limit=40&offset=0'
"""

ORDER: Final = {
    "referenceId": "B56E3AA9",
    "orderedAt": "2024-01-01T16:17:16Z",
    "currencyCode": "EUR",
    "price": 100.10,
}


class Answer(NamedTuple):
    status: int
    body: Any


class Guide:
    """A reader with a shell, an account and an order."""

    def __init__(self, server: Server, folder: Path, order: str) -> None:
        self._folder = folder
        self.order = order
        self._filled = {
            **dict.fromkeys(HOSTS, server.url),
            "{YOUR_USERNAME}:{YOUR_PASSWORD}": f"{server.client_key}:{server.api_token}",
            "<username>:<password>": f"{server.client_key}:{server.api_token}",
            "{orderRef}": order,
            "{dataExtensionName}": "ext",
            "{exampleKey1}": "withWarranty",
            "{exampleKey2}": "color",
        }
        self.href = f"{server.url}/v2.1/orders/{order}"

    def type(self, command: str, first: str = "yes", second: str = "red") -> Answer:
        """Run the command; status and body of the answer."""
        filled = self._filled | {"{exampleValue1}": first, "{exampleValue2}": second}
        for placeholder, value in filled.items():
            command = command.replace(placeholder, value)
        done = subprocess.run(
            ["sh", "-c", command], cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        if not done.stdout.startswith("HTTP/"):
            return Answer(200, json.loads(done.stdout))
        head, _, body = done.stdout.partition("\n\n")
        return Answer(int(head.split(maxsplit=2)[1]), json.loads(body))


@pytest.fixture(scope="module", params=ENGINES)
def database(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return "sqlite://"
    server: Postgres = request.getfixturevalue("postgres")
    server.drop_database("seed")
    return server.create_database("seed")


@pytest.fixture
def guide(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Guide:
    need("curl", "type the guide's commands")
    with httpx.Client(auth=(server.client_key, server.api_token)) as api:
        # Each test has an order of its own.
        body = {**ORDER, "referenceId": request.node.name}
        order = api.post(f"{server.url}/v2.1/orders", json=body).json()["ref"]
    return Guide(server, tmp_path, order)


def pairs(body: dict[str, Any]) -> dict[str, Any]:
    """What the extension holds, once the rest of the sample's form was found in it."""
    form = ["name", "href", "ref", "key", "createdAt", "modifiedAt"]
    assert list(body)[:6] == form
    assert (body["name"], body["key"]) == ("ext", "default")
    assert list(body)[-1] == "order"
    return {key: body[key] for key in body if key not in {*form, "order"}}


class TestAuthentication:
    def test_the_first_command_lists_orders(self, guide: Guide) -> None:
        body = guide.type(LIST_ORDERS).body
        assert {"href", "offset", "limit", "first", "last", "items"} <= set(body)
        assert guide.order in {item["ref"] for item in body["items"]}


class TestOrderDataExtension:
    def test_create(self, guide: Guide) -> None:
        status, body = guide.type(CREATE)
        assert status == 201
        assert pairs(body) == {"withWarranty": "yes", "color": "red"}
        assert body["href"] == f"{guide.href}/extensions/ext"
        assert body["order"] == {"href": guide.href}

    def test_create_the_example_body(self, guide: Guide) -> None:
        status, body = guide.type(CREATE_EXAMPLE)
        assert status == 201
        assert pairs(body) == {
            "firstTimeOrder": True,
            "storeLocation": "London",
            "totalUnits": 8,
            "totalDiscount": "20%",
        }

    def test_retrieve(self, guide: Guide) -> None:
        created = guide.type(CREATE).body
        assert guide.type(RETRIEVE) == (200, created)

    def test_update(self, guide: Guide) -> None:
        guide.type(CREATE_EXAMPLE)
        status, body = guide.type(UPDATE)
        assert status == 200
        assert pairs(body) == {"withWarranty": "yes", "color": "red"}

    def test_partially_update(self, guide: Guide) -> None:
        guide.type(CREATE_EXAMPLE)
        status, body = guide.type(PARTIALLY_UPDATE, second="blue")
        assert status == 200
        assert pairs(body) == {
            "firstTimeOrder": True,
            "storeLocation": "London",
            "totalUnits": 8,
            "totalDiscount": "20%",
            "withWarranty": "yes",
            "color": "blue",
        }

    def test_delete(self, guide: Guide) -> None:
        guide.type(CREATE)
        assert guide.type(DELETE) == (200, None)
        assert guide.type(RETRIEVE).status == 404

    @pytest.mark.parametrize(
        ("names", "left"),
        [
            ("withWarranty%2Ccolor", {}),
            ("withWarranty%7Ccolor", {}),
            ("withWarranty|color", {}),
            ("withWarranty&name=color", {}),
            ("firstTimeOrder%7CstoreLocation", {"withWarranty": "yes", "color": "red"}),
        ],
    )
    def test_delete_fields(self, guide: Guide, names: str, left: dict[str, str]) -> None:
        guide.type(CREATE)
        command = DELETE_FIELDS.replace("withWarranty%2Ccolor", names)
        assert (command == DELETE_FIELDS) == (names == "withWarranty%2Ccolor")
        status, body = guide.type(command)
        assert status == 200
        assert pairs(body) == left

    def test_retrieve_all(self, guide: Guide) -> None:
        created = guide.type(CREATE).body
        status, body = guide.type(RETRIEVE_ALL)
        assert status == 200
        assert (body["name"], body["offset"], body["limit"]) == ("ext", 0, 40)
        assert body["order"] == {"href": guide.href}
        assert body["items"] == [created]


def test_get_started(server: Server) -> None:
    """Its five steps; the guest's page is what its last two look at."""
    with httpx.Client(
        base_url=f"{server.url}/v2.1", auth=(server.client_key, server.api_token)
    ) as api:
        body = {**ORDER, "referenceId": "GET-STARTED"}
        order = api.post("/orders", json=body).json()
        person = {"firstName": "Ada", "lastName": "Byron", "emails": ["ada@example.com"]}
        contact = api.post(f"/orders/{order['ref']}/contacts", json=person).json()
        _, _, guest_ref = contact["guest"]["href"].rpartition("/")
        guest = api.get(f"/guests/{guest_ref}").json()
        assert (guest["guestType"], guest["email"]) == ("customer", "ada@example.com")
        found = api.get("/guests", params={"guestRef": guest_ref}).json()
        assert [item["ref"] for item in found["items"]] == [guest_ref]
        orders = api.get("/orders", params={"guestRef": guest_ref, "expand": "true"}).json()
        assert orders["items"] == [order]
