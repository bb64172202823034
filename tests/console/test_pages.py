"""The pages: what they show, and that a browser may load nothing else for them."""

from __future__ import annotations

import asyncio
import re
from importlib.resources import files

import httpx
import pytest
from tests.wire.clients import no_pages

from orderfolio.console import guide
from orderfolio.console.pages import create_pages

OPENAPI = b'{"openapi": "3.1.0", "info": {"title": "Order REST API", "version": "2.1"}}'
PAGES = ("/docs", "/errors")


def ask(method: str, path: str, **headers: str) -> httpx.Response:
    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(
            app=create_pages(OPENAPI, no_pages, lambda _: "http://here")
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(exchange())


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/", *PAGES, "/static/docs.js", "/static/none", "/none"])
    def test_carries_the_policy(self, path: str) -> None:
        headers = ask("GET", path).headers
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ")
        # No host, no scheme but data: for the viewer's pictures.
        sources = set(re.findall(r"\S+:\S*|\S*\*\S*", policy))
        assert sources == {"data:;"}


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_all_that_a_page_loads_is_served(self, path: str) -> None:
        page = ask("GET", path)
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        loaded = re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="([^"]+)"', page.text)
        assert loaded
        for address in loaded:
            assert ask("GET", f"/{address}").status_code == 200, address

    @pytest.mark.parametrize("path", PAGES)
    def test_nothing_is_loaded_from_elsewhere(self, path: str) -> None:
        loaded = re.findall(r'(?:href|src)="((?:https?:)?//[^"]+)"', ask("GET", path).text)
        assert loaded == []

    @pytest.mark.parametrize("path", PAGES)
    def test_no_script_is_written_into_a_page(self, path: str) -> None:
        text = ask("GET", path).text
        assert re.findall(r"<script[^>]*>(?!</script>)", text) == []
        assert re.findall(r"<[^>]+\son\w+=", text) == []

    def test_the_root_leads_to_the_reference(self) -> None:
        answer = ask("GET", "/")
        assert (answer.status_code, answer.headers["location"]) == (307, "docs")

    def test_the_viewer_asks_nobody_else(self) -> None:
        script = (files("orderfolio.console") / "static" / "docs.js").read_text("utf-8")
        assert "validatorUrl: null" in script
        assert 'url: "openapi.json"' in script
        assert "://" not in script

    def test_the_sheets_load_nothing(self) -> None:
        for sheet in ("console.css", "swagger-ui/swagger-ui.css"):
            text = ask("GET", f"/static/{sheet}").text
            assert "@import" not in text
            assert set(re.findall(r"url\([\"']?([a-z]*:?)", text)) <= {"data:"}

    def test_the_viewer_s_script_loads_no_other(self) -> None:
        script = ask("GET", "/static/swagger-ui/swagger-ui-bundle.js").text
        assert len(script) > 1_000_000
        assert "importScripts(" not in script
        # The addresses in it belong to links, namespaces and comments, and to a judge of
        # descriptions whom `validatorUrl: null` leaves unasked; the policy is the lock.
        assert re.findall(r"[^.\w](?:fetch|import)\(\s*[\"'`](?:https?:)?//", script) == []

    def test_the_viewer_ships_with_its_licence(self) -> None:
        assert ask("GET", "/static/swagger-ui/LICENSE").text.lstrip().startswith("Apache License")

    def test_a_head_has_no_body(self) -> None:
        answer = ask("HEAD", "/docs")
        assert (answer.status_code, answer.content) == (200, b"")


class TestGuide:
    def test_each_section_can_be_linked_to(self) -> None:
        page = ask("GET", "/errors").text
        for anchor in guide.anchors(guide.read()):
            assert page.count(f'<h2 id="{anchor}">') == 1
            assert page.count(f'<li><a href="#{anchor}">') == 1

    def test_its_own_links_lead_somewhere(self) -> None:
        page = ask("GET", "/errors").text
        ids = set(re.findall(r'id="([^"]+)"', page))
        for target in re.findall(r'href="([^"]+)"', page):
            address, _, anchor = target.partition("#")
            if address:
                assert address in {"docs", "/docs", "errors", "openapi.json", "console"} or (
                    address.startswith("static/")
                ), target
            else:
                assert anchor in ids, target

    def test_markup_in_the_text_stays_text(self) -> None:
        assert "<script>" not in guide.render("## x\n\n<script>alert(1)</script>\n")


class TestRefusals:
    def test_a_program_on_a_wrong_address_gets_json(self) -> None:
        answer = ask("GET", "/orders")
        assert answer.status_code == 404
        assert answer.json() == {
            "status": 404,
            "code": 404,
            "message": "/orders: was not found.",
            "developerMessage": "The API lives under /v2.1, such as /v2.1/orders.",
            "moreInfoUrl": "http://here/errors#not-found",
        }

    def test_a_browser_gets_a_page(self) -> None:
        answer = ask("GET", "/orders", Accept="text/html,*/*")
        assert answer.status_code == 404
        assert "Nothing is here" in answer.text

    def test_another_method_is_not_allowed(self) -> None:
        answer = ask("POST", "/docs")
        assert answer.status_code == 405
        assert sorted(answer.headers["allow"].split(", ")) == ["GET", "HEAD"]
        assert answer.json()["message"] == "POST is not allowed here."

    def test_what_it_links_to_is_not_what_the_request_calls_the_host(self) -> None:
        answer = ask("GET", "/orders", Host="elsewhere.example")
        assert answer.json()["moreInfoUrl"] == "http://here/errors#not-found"

    def test_a_slash_too_many_leads_nowhere(self) -> None:
        assert ask("GET", "/docs/").status_code == 404

    @pytest.mark.parametrize(
        "path", ["/static/../pages.py", "/static/%2e%2e/pages.py", "/static/..%2fpages.py"]
    )
    def test_nothing_but_what_is_meant_can_be_read(self, path: str) -> None:
        assert ask("GET", path).status_code == 404
