"""What every request goes through before an operation is asked."""

from __future__ import annotations

import asyncio
import base64
import logging
from typing import Any

import httpx
import pytest
from tests.wire.clients import (
    BASE,
    ITEM,
    KEYS,
    OPENAPI,
    ORDER,
    READER,
    Client,
    an_application,
    refusal,
)

from orderfolio.store.contract import Store
from orderfolio.wire import logbook
from orderfolio.wire.asgi import Message, Scope

NOBODY = "01890000-0000-7000-8000-000000000000"


class TestCredentials:
    @pytest.mark.parametrize(
        "authorization",
        [
            None,
            "Basic",
            "Basic !!!",
            "Basic " + base64.b64encode(b"client-one").decode(),
            "Basic " + base64.b64encode(b"client-one:wrong").decode(),
            "Basic " + base64.b64encode(b"nobody:token-one").decode(),
            "Basic " + base64.b64encode(b"client-one:\xff").decode(),
            "Basic " + base64.b64encode(b"client\x00one:token-one").decode(),
            "Bearer token-one",
        ],
    )
    def test_that_are_missing_or_wrong_are_unauthorized(
        self, client: Client, authorization: str | None
    ) -> None:
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = client.as_(None).get("/v2.1/orders", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="orderfolio", charset="UTF-8"'
        assert answer.json() == {
            "status": "UNAUTHORIZED",
            "code": 401,
            "message": "Authentication credentials are required to access the resource."
            " All requests must be authenticated.",
            "moreInfoUrl": f"{BASE}/errors#unauthorized",
        }

    def test_may_spell_the_scheme_in_any_case(self, client: Client) -> None:
        pair = base64.b64encode(":".join(KEYS).encode()).decode()
        answer = client.as_(None).get("/v2.1/orders", headers={"Authorization": f"basic {pair}"})
        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["/v2.1", "/v2.1/", "/v2.1/nowhere", "//v2.1/orders"])
    def test_are_asked_for_at_unknown_addresses_too(self, client: Client, path: str) -> None:
        assert client.as_(None).get(BASE + path).status_code == 401

    @pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
    def test_are_not_asked_for_outside_of_the_api(self, client: Client, path: str) -> None:
        answer = client.as_(None).get(path)
        assert answer.status_code != 401
        assert answer.headers["x-request-id"]


class TestOrderOfRefusals:
    """Each request here is wrong in all that comes after, too."""

    def test_credentials_come_before_the_address(self, client: Client) -> None:
        assert client.as_(None).send("FROB", "/v2.1/nowhere").status_code == 401

    def test_the_address_comes_before_the_method(self, client: Client) -> None:
        refusal(client.send("FROB", "/v2.1/nowhere", headers={"Accept": "text/html"}), 404)

    def test_the_method_comes_before_the_answers_type(self, client: Client) -> None:
        refusal(client.send("FROB", "/v2.1/orders", headers={"Accept": "text/html"}), 405)

    def test_the_answers_type_comes_before_the_bodys_size(self, client: Client) -> None:
        answer = client.post(
            "/v2.1/orders", content=b"x" * (2 << 20), headers={"Accept": "text/html"}
        )
        refusal(answer, 406)

    def test_the_bodys_size_comes_before_its_type(self, client: Client) -> None:
        answer = client.post(
            "/v2.1/orders", content=b"x" * (2 << 20), headers={"Content-Type": "text/html"}
        )
        refusal(answer, 413)

    def test_the_bodys_type_comes_before_what_is_in_it(self, client: Client) -> None:
        answer = client.post("/v2.1/orders", content=b"{", headers={"Content-Type": "text/html"})
        refusal(answer, 415)

    def test_what_is_in_the_body_comes_before_the_resource(self, client: Client) -> None:
        refusal(client.post(f"/v2.1/orders/{NOBODY}/orderItems", content=b"{"), 400)

    def test_the_resource_comes_before_the_precondition(self, client: Client) -> None:
        answer = client.put(f"/v2.1/orders/{NOBODY}", ORDER, headers={"If-Match": '"x"'})
        refusal(answer, 404)

    def test_who_may_only_read_is_refused_before_the_body_is_read(self, client: Client) -> None:
        refusal(client.as_(READER).post("/v2.1/orders", content=b"{"), 403)
        refusal(client.as_(READER).send("FROB", "/v2.1/orders"), 405)


class TestAddresses:
    def test_may_begin_with_two_slashes(self, client: Client) -> None:
        answer = client.get(f"{BASE}//v2.1/orders")
        assert answer.json()["href"] == f"{BASE}/v2.1/orders"

    @pytest.mark.parametrize("path", ["/v2.1/orders/", f"/v2.1/orders/{NOBODY}/", "/v2.1/"])
    def test_that_end_in_a_slash_are_not_there(self, client: Client, path: str) -> None:
        body = refusal(client.get(path), 404)
        assert body["message"] == f"Address {path} was not found."

    def test_that_are_percent_encoded_are_the_same(self, client: Client) -> None:
        assert client.get("/v2.1/%6Frders").status_code == 200

    def test_with_an_encoded_slash_have_no_part_more(self, client: Client) -> None:
        body = refusal(client.get("/v2.1/orders/a%2Fcontacts"), 404)
        assert body["message"] == "Order a/contacts was not found."

    def test_outside_of_the_api_are_the_pages(self, client: Client) -> None:
        assert client.get("/v2.10/orders").content == b"page"


class TestMethods:
    def test_that_are_not_there_name_those_that_are(self, client: Client) -> None:
        answer = client.delete("/v2.1/orders")
        refusal(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD, POST"

    def test_head_answers_the_headers_of_get(self, client: Client) -> None:
        ref = client.order()
        for path in ("/v2.1/orders", f"/v2.1/orders/{ref}", f"/v2.1/orders/{NOBODY}"):
            get, head = client.get(path), client.send("HEAD", path)
            assert (head.status_code, head.content) == (get.status_code, b"")
            names = ("content-type", "content-length", "etag")
            assert [head.headers.get(n) for n in names] == [get.headers.get(n) for n in names]

    def test_bodies_of_get_and_delete_are_ignored(self, client: Client) -> None:
        ref = client.order()
        assert client.get(f"/v2.1/orders/{ref}", content=b"{").status_code == 200
        assert client.delete(f"/v2.1/orders/{ref}", content=b"{").status_code == 204


class TestAccept:
    @pytest.mark.parametrize(
        "accept",
        [
            "*/*",
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/*",
            "text/html, application/json;q=0.1",
            "text/html, */*;q=0.1",
            "",
        ],
    )
    def test_that_admits_json_is_answered(self, client: Client, accept: str) -> None:
        assert client.get("/v2.1/orders", headers={"Accept": accept}).status_code == 200

    @pytest.mark.parametrize(
        "accept",
        [
            "text/html",
            "application/xml, text/*",
            "application/json;q=0",
            "*/*, application/json;q=0",
            "nonsense",
        ],
    )
    def test_that_does_not_is_refused(self, client: Client, accept: str) -> None:
        refusal(client.get("/v2.1/orders", headers={"Accept": accept}), 406)


class TestContentTypes:
    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "application/json; charset=utf-8",
            'APPLICATION/JSON;charset="UTF-8"',
            "application/x-www-form-urlencoded",
            "",
        ],
    )
    def test_that_are_json_are_read(self, client: Client, content_type: str) -> None:
        answer = client.post("/v2.1/orders", ORDER, headers={"Content-Type": content_type})
        assert answer.status_code == 201

    @pytest.mark.parametrize(
        "content_type",
        [
            "text/plain",
            "application/xml",
            "application/json; charset=iso-8859-1",
            "application/merge-patch+json",
            "multipart/form-data; boundary=x",
            "nonsense",
        ],
    )
    def test_that_are_not_are_refused(self, client: Client, content_type: str) -> None:
        answer = client.post("/v2.1/orders", ORDER, headers={"Content-Type": content_type})
        refusal(answer, 415)

    def test_of_compressed_bodies_are_refused(self, client: Client) -> None:
        refusal(client.post("/v2.1/orders", ORDER, headers={"Content-Encoding": "gzip"}), 415)


class TestBodies:
    def test_over_the_limit_are_refused_and_the_next_one_is_read(self, client: Client) -> None:
        refusal(client.post("/v2.1/orders", content=b" " * (1 << 20) + b"{}"), 413)
        assert client.post("/v2.1/orders", ORDER).status_code == 201

    def test_at_the_limit_are_read(self, client: Client) -> None:
        body = b'{"paymentType": "%s"}'
        refusal(client.post("/v2.1/orders", content=body.ljust(1 << 20)), 400)

    def test_without_a_length_are_refused_when_the_limit_is_passed(
        self, runner: asyncio.Runner, store: Store
    ) -> None:
        answer = asked(runner, store, [b"x" * 600_000] * 2)
        assert answer[0]["status"] == 413

    def test_that_come_too_slowly_are_refused(self, runner: asyncio.Runner, store: Store) -> None:
        answer = asked(runner, store, [b"{"], ends=False, request_timeout_seconds=0.05)
        assert answer[0]["status"] == 408

    def test_that_break_off_are_not_answered(self, runner: asyncio.Runner, store: Store) -> None:
        assert asked(runner, store, [b"{", None]) == []


def asked(
    runner: asyncio.Runner,
    store: Store,
    pieces: list[bytes | None],
    *,
    ends: bool = True,
    **settings: object,
) -> list[Message]:
    """What is sent back to a POST whose body comes in these pieces; None hangs up."""
    application = an_application(store, **settings)
    sent: list[Message] = []
    waiting: list[bytes | None] = list(pieces)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        piece = waiting.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(waiting) or not ends}

    async def send(message: Message) -> None:
        sent.append(message)

    credentials = base64.b64encode(":".join(KEYS).encode())
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/v2.1/orders",
        "raw_path": b"/v2.1/orders",
        "query_string": b"",
        "headers": [(b"authorization", b"Basic " + credentials)],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    runner.run(application(scope, receive, send))
    return sent


class TestRequestIds:
    def test_are_those_of_the_request(self, client: Client) -> None:
        answer = client.get("/v2.1/orders", headers={"X-Request-Id": "a.B_c-1"})
        assert answer.headers["x-request-id"] == "a.B_c-1"

    @pytest.mark.parametrize("sent", ["", "a b", "a" * 129, "<script>", "a/b"])
    def test_are_made_where_the_requests_will_not_do(self, client: Client, sent: str) -> None:
        answer = client.get("/v2.1/orders", headers={"X-Request-Id": sent})
        assert answer.headers["x-request-id"] != sent
        assert len(answer.headers["x-request-id"]) == 24

    def test_are_on_answers_without_a_body(self, client: Client) -> None:
        assert client.delete(f"/v2.1/orders/{client.order()}").headers["x-request-id"]


class TestBugs:
    def test_are_answered_with_fixed_text_and_logged(
        self,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("the inside")

        monkeypatch.setattr("orderfolio.wire.bodies.parse", fail)
        answer = client.post("/v2.1/orders", ORDER, headers={"X-Request-Id": "r-1"})
        body = refusal(answer, 500)
        assert "r-1" in body["developerMessage"]
        assert "the inside" not in answer.text
        assert any(record.exc_info for record in caplog.records)

    def test_leave_the_next_request_alone(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("orderfolio.wire.bodies.parse", None)
            refusal(client.post("/v2.1/orders", ORDER), 500)
        assert client.post("/v2.1/orders", ORDER).status_code == 201


class TestOpenAddresses:
    def test_healthz_says_that_the_process_lives(self, client: Client) -> None:
        assert client.get("/healthz").json() == {"status": "alive"}

    def test_readyz_says_that_the_store_answers(self, client: Client) -> None:
        assert client.get("/readyz").json() == {"status": "ready"}

    def test_readyz_says_that_it_does_not(
        self, client: Client, store: Store, runner: asyncio.Runner
    ) -> None:
        runner.run(store.close())
        answer = client.get("/readyz")
        refusal(answer, 503)
        assert answer.headers["retry-after"] == "1"
        assert client.get("/healthz").status_code == 200

    def test_openapi_is_served_as_it_stands(self, client: Client) -> None:
        answer = client.get("/openapi.json")
        assert answer.content == OPENAPI
        assert answer.headers["content-type"] == "application/json"
        known = {"If-None-Match": answer.headers["etag"]}
        assert client.get("/openapi.json", headers=known).status_code == 304

    def test_refuse_other_methods(self, client: Client) -> None:
        answer = client.post("/openapi.json", {})
        refusal(answer, 405)
        assert answer.headers["allow"] == "GET, HEAD"


class TestUnderWay:
    def test_no_more_are_answered_than_are_allowed(
        self, store: Store, runner: asyncio.Runner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = Client(runner, an_application(store, max_requests=3))
        asked: list[str] = []
        full, go_on = asyncio.Event(), asyncio.Event()
        read = store.read_shared

        async def read_late(*question: Any, **named: Any) -> Any:
            asked.append("credentials")
            if len(asked) == 3:
                full.set()
            await go_on.wait()
            return await read(*question, **named)

        monkeypatch.setattr(store, "read_shared", read_late)

        async def at_once() -> list[int]:
            early = [asyncio.create_task(client.ask("/v2.1/orders")) for _ in range(3)]
            await full.wait()
            late = await asyncio.wait_for(client.ask("/v2.1/orders"), 5)
            refusal(late, 503)
            assert late.headers["retry-after"] == "1"
            assert (await client.ask("/healthz")).status_code == 200
            go_on.set()
            return [answer.status_code for answer in await asyncio.gather(*early)]

        assert runner.run(at_once()) == [200, 200, 200]
        assert client.get("/v2.1/orders").status_code == 200

    @pytest.mark.parametrize("path", ["/v2.1/orders", "/v2.1/nothing", "/docs"])
    def test_are_those_alone_whose_answers_have_not_begun(
        self, store: Store, runner: asyncio.Runner, path: str
    ) -> None:
        # Who doesn't read holds up nobody else, however long.
        client = Client(runner, an_application(store, max_requests=1))

        async def beside() -> int:
            begun = asyncio.Event()
            stalled = asyncio.create_task(client.stall(path, begun))
            await asyncio.wait_for(begun.wait(), 5)
            answer = await client.ask("/v2.1/orders")
            stalled.cancel()
            await asyncio.wait([stalled])
            return answer.status_code

        assert runner.run(beside()) == 200
        assert client.get("/v2.1/orders").status_code == 200


class TestAccessLog:
    def test_tells_of_a_request_without_its_query(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "orderfolio.access"):
            answer = client.get("/v2.1/guests?email=ada@example.com")
        (record,) = (r for r in caplog.records if r.name == "orderfolio.access")
        assert isinstance(record, logbook.Record)
        (told,) = record.take_entries()
        assert (told.method, told.path, told.status) == ("GET", "/v2.1/guests", 200)
        assert told.request_id == answer.headers["x-request-id"]
        assert told.bytes == len(answer.content)
        assert told.client == "127.0.0.1"
        assert told.duration_ms is not None
        assert told.duration_ms > 0
        assert "ada@example.com" not in str(told)
        assert "token-one" not in str(told)


class TestUnavailability:
    def test_of_the_store_is_told_with_a_time_to_retry(
        self, client: Client, store: Store, runner: asyncio.Runner
    ) -> None:
        runner.run(store.close())
        answer: httpx.Response = client.post(f"/v2.1/orders/{NOBODY}/orderItems", ITEM)
        refusal(answer, 503)
        assert answer.headers["retry-after"] == "1"
