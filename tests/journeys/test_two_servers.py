"""Two server processes of one PostgreSQL, and clients that write the same to both at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.clusters.postgres import Server
from tests.journeys.conftest import API_TOKEN, CLIENT_KEY
from tests.journeys.programs import run, serving

ROUNDS: Final = 12
RIVALS: Final = 8
DATABASE: Final = "two_servers"
CREDENTIALS: Final = {"ORDERFOLIO_CLIENT_KEY": CLIENT_KEY, "ORDERFOLIO_API_TOKEN": API_TOKEN}


Request = tuple[str, str, object]
"""Method, path and body."""


def an_order(reference_id: str) -> dict[str, object]:
    return {
        "referenceId": reference_id,
        "orderedAt": "2024-01-01T16:17:16Z",
        "currencyCode": "EUR",
        "price": 100.1,
    }


class Rivals:
    """Clients of both servers, half of each, on a loop of their own."""

    def __init__(self, urls: tuple[str, str], runner: asyncio.Runner) -> None:
        keys = (CLIENT_KEY, API_TOKEN)
        self._runner = runner
        self._clients = [httpx.AsyncClient(base_url=url, auth=keys, timeout=30) for url in urls]

    def at_once(self, *requests: Request, **named: Any) -> list[httpx.Response]:
        """What each rival is answered, every other one by the other server."""

        async def send() -> list[httpx.Response]:
            return await asyncio.gather(
                *(
                    self._clients[n % 2].request(method, path, json=body, **named)
                    for n, (method, path, body) in enumerate(requests)
                )
            )

        return self._runner.run(send())

    def order(self, reference_id: str) -> httpx.Response:
        """A new one."""
        [made] = self.at_once(("POST", "/v2.1/orders", an_order(reference_id)))
        return made

    def get(self, path: str, server: int = 0, **parameters: str) -> Any:
        async def send() -> httpx.Response:
            return await self._clients[server].get(path, params=parameters)

        answer = self._runner.run(send())
        assert answer.is_success, answer.text
        return answer.json()

    def close(self) -> None:
        async def end() -> None:
            for client in self._clients:
                await client.aclose()

        self._runner.run(end())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two-servers")


@pytest.fixture(scope="module")
def database(postgres: Server) -> str:
    postgres.drop_database(DATABASE)
    return postgres.create_database(DATABASE)


@pytest.fixture(scope="module")
def rivals(database: str, folder: Path) -> Iterator[Rivals]:
    asked = ("--database", database, "--migrate")
    with (
        serving(folder, *asked, **CREDENTIALS) as one,
        serving(folder, *asked, **CREDENTIALS) as other,
        asyncio.Runner() as runner,
    ):
        rivals = Rivals((one.url, other.url), runner)
        yield rivals
        rivals.close()


@pytest.fixture(autouse=True)
def _sound(rivals: Rivals, database: str, folder: Path) -> Iterator[None]:
    """Whatever was done, rows hold together."""
    yield
    looked = run(folder, "check", "--database", database)
    assert looked.code == 0, looked.output + looked.error


class TestOrders:
    def test_posted_to_both_are_one(self, rivals: Rivals) -> None:
        for number in range(ROUNDS):
            request = ("POST", "/v2.1/orders", an_order(f"one-{number}"))
            answers = rivals.at_once(*[request] * RIVALS)
            assert {answer.status_code for answer in answers} == {httpx.codes.CREATED}
            assert len({answer.json()["ref"] for answer in answers}) == 1
            found = rivals.get("/v2.1/orders", referenceId=f"one-{number}")
            assert len(found["items"]) == 1

    def test_amended_on_both_lose_nothing(self, rivals: Rivals) -> None:
        fields = ("paymentType", "cardType", "pointOfSale")
        for number in range(ROUNDS):
            path = f"/v2.1/orders/{rivals.order(f'amend-{number}').json()['ref']}"
            changes = dict.fromkeys(fields, f"V{number}")
            answers = rivals.at_once(*(("PATCH", path, {key: changes[key]}) for key in fields))
            assert {answer.status_code for answer in answers} == {httpx.codes.OK}
            left = rivals.get(path, server=1)
            assert {field: left.get(field) for field in fields} == changes

    def test_amended_as_seen_are_amended_once(self, rivals: Rivals) -> None:
        for number in range(ROUNDS):
            made = rivals.order(f"seen-{number}")
            path = f"/v2.1/orders/{made.json()['ref']}"
            changes = [("PATCH", path, {"cardType": f"C{rival}"}) for rival in range(RIVALS)]
            answers = rivals.at_once(*changes, headers={"If-Match": made.headers["ETag"]})
            lost = httpx.codes.PRECONDITION_FAILED
            codes = sorted(answer.status_code for answer in answers)
            assert codes == [httpx.codes.OK, *[lost] * (RIVALS - 1)]
            [won] = [answer.json() for answer in answers if answer.is_success]
            assert rivals.get(path, server=1)["cardType"] == won["cardType"]

    def test_removed_while_others_add_to_them_leave_nothing(self, rivals: Rivals) -> None:
        for number in range(ROUNDS):
            path = f"/v2.1/orders/{rivals.order(f'gone-{number}').json()['ref']}"
            adding: list[Request] = [
                ("POST", f"{path}/contacts", {"emails": [f"{n}@example.com"]})
                for n in range(RIVALS)
            ]
            answers = rivals.at_once(*adding[::2], ("DELETE", path, None), *adding[1::2])
            removed = answers.pop(RIVALS // 2)
            assert removed.status_code == httpx.codes.NO_CONTENT
            there, gone = httpx.codes.CREATED, httpx.codes.NOT_FOUND
            assert {answer.status_code for answer in answers} <= {there, gone}
            added = [one.json()["ref"] for one in answers if one.status_code == there]
            looked = [("GET", f"/v2.1/orderContacts/{ref}", None) for ref in added]
            assert {answer.status_code for answer in rivals.at_once(*looked)} <= {gone}


class TestGuests:
    def test_of_one_identity_are_one(self, rivals: Rivals) -> None:
        for number in range(ROUNDS):
            path = f"/v2.1/orders/{rivals.order(f'guest-{number}').json()['ref']}"
            address = f"ada-{number}@example.org"
            requests: list[Request] = [
                ("POST", f"{path}/{role}", {"firstName": "Ada", "emails": [address]})
                for role in ("contacts", "consumers", "contacts", "contacts") * 2
            ]
            answers = rivals.at_once(*requests)
            assert {answer.status_code for answer in answers} == {httpx.codes.CREATED}
            assert len({answer.json()["guest"]["href"].rsplit("/")[-1] for answer in answers}) == 1
            found = rivals.get("/v2.1/guests", server=1, email=address)
            assert len(found["items"]) == 1
