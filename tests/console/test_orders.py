"""The list of orders and Order Details."""

from __future__ import annotations

import asyncio
import re

from tests.console.browsers import Browser, Clock, a_server, words
from tests.wire.clients import OTHERS

from orderfolio.store.contract import Store

ORDERS = "/console/orders"


class TestBrowsing:
    def test_an_organisation_without_orders_is_told_so(self, browser: Browser) -> None:
        assert "There are no orders yet." in words(browser.see(ORDERS))

    def test_the_newest_comes_first(self, browser: Browser) -> None:
        for number in range(3):
            browser.api.order(referenceId=f"R{number}")
        found = re.findall(r"<bdi>(R\d)</bdi>", browser.see(ORDERS))
        assert found == ["R2", "R1", "R0"]

    def test_goes_on_by_pages(self, browser: Browser) -> None:
        for number in range(30):
            browser.api.order(referenceId=f"R{number}")
        page = browser.see(ORDERS)
        assert "1 to 25 of 30 orders" in words(page)
        onward = re.search(r'href="([^"]*)">Next<', page)
        assert onward is not None
        rest = browser.see(onward[1].replace("&amp;", "&"))
        assert re.findall(r"<bdi>(R\d+)</bdi>", rest) == ["R4", "R3", "R2", "R1", "R0"]

    def test_finds_an_order_by_either_reference(self, browser: Browser) -> None:
        ref = browser.api.order(referenceId="R1")
        browser.api.order(referenceId="R2")
        for search in ("R1", ref, ref.upper(), " R1 "):
            assert re.findall(r"<bdi>(R\d)</bdi>", browser.see(ORDERS, search=search)) == ["R1"]
        assert "No order is found." in words(browser.see(ORDERS, search="R"))

    def test_a_reference_that_looks_like_a_ref_is_found(self, browser: Browser) -> None:
        text = "01890a5d-ac96-774b-bcce-b302099a8057"
        browser.api.order(referenceId=text)
        assert "1 order" in words(browser.see(ORDERS, search=text))


class TestDetails:
    def test_shows_the_first_of_very_many_phone_numbers(self, browser: Browser) -> None:
        order = browser.api.order()
        numbers = [f"+44 20 7946 {number:04}" for number in range(500)]
        browser.api.contact(order, phoneNumbers=numbers)
        text = words(browser.see(f"{ORDERS}/{order}"))
        assert "+44 20 7946 0009 and 490 more" in text
        assert "+44 20 7946 0010" not in text

    def test_shows_what_is_known_of_an_order(self, browser: Browser) -> None:
        api = browser.api
        order = api.order(
            status="PARTIALY_REFUNDED", channel="WEB", pointOfSale="Strand", paymentType="Card"
        )
        item = api.item(order, quantity=2, productId="P-1")
        api.post(f"/v2.1/orderItems/{item}/extensions/ext", {"giftWrap": True})
        api.contact(order, phoneNumbers=["+44 20 7946 0958"])
        api.consumer(order, firstName="Charles", lastName="Babbage", emails=[])
        api.post(
            f"/v2.1/orders/{order}/extensions/ext", {"firstTimeOrder": True, "points": 1250.50}
        )
        text = words(browser.see(f"{ORDERS}/{order}"))
        assert "B56E3AA9 2024-01-01 16:17 UTC Partially Refunded 100.50 EUR" in text
        assert "Channel Web Point of sale Strand Payment type Card Card type –" in text
        assert "Ada Byron ada@example.com +44 20 7946 0958 Guest Profile" in text
        assert "Charles Babbage No guest: not enough identity" in text
        assert "Moby-Dick BOOK Confirmed P-1 2 20.00 EUR" in text
        assert "Gift Wrap true" in text
        assert "First Time Order true Points 1250.5" in text

    def test_leads_to_the_guest(self, browser: Browser) -> None:
        order = browser.api.order()
        browser.api.contact(order)
        link = re.search(r'href="(/console/guests/[^"]+)"', browser.see(f"{ORDERS}/{order}"))
        assert link is not None
        assert "Ada Byron" in words(browser.see(link[1]))

    def test_shows_what_the_api_answers_and_how_to_ask_it(self, browser: Browser) -> None:
        order = browser.api.order()
        text = words(browser.see(f"{ORDERS}/{order}"))
        assert f"curl -u client-one http://api.test/v2.1/orders/{order}" in text
        assert f'"href": "http://api.test/v2.1/orders/{order}"' in text
        assert '"price": 100.5,' in text

    def test_another_organisations_order_is_not_found(
        self, browser: Browser, runner: asyncio.Runner, store: Store, clock: Clock
    ) -> None:
        ref = browser.api.order(referenceId="theirs")
        other = Browser(runner, a_server(store, clock))
        other.sign_in(OTHERS)
        assert other.get(f"{ORDERS}/{ref}").status_code == 404
        assert "No order is found." in words(other.see(ORDERS, search=ref))
        assert "No order is found." in words(other.see(ORDERS, search="theirs"))

    def test_hostile_text_is_shown_as_text(self, browser: Browser) -> None:
        api = browser.api
        hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>{{ 7*7 }}"
        order = api.order(referenceId=hostile, pointOfSale=hostile, paymentType="x" * 10_000)
        item = api.item(order, name=hostile, type=hostile, status=hostile, description="😀" * 5000)
        pairs = {"text": hostile, "long": "\u202eيمين" * 2000}
        assert api.post(f"/v2.1/orders/{order}/extensions/ext", pairs).status_code == 201
        assert api.post(f"/v2.1/orderItems/{item}/extensions/ext", pairs).status_code == 201
        api.contact(order, firstName=hostile, lastName="\u202eשלום", city=hostile)
        guest = api.get("/v2.1/guests").json()["items"][0]["ref"]
        for path in (
            ORDERS,
            f"{ORDERS}/{order}",
            "/console/guests",
            f"/console/guests/{guest}",
            f"/console/guests/{guest}/orders",
            f"/console/guests/{guest}/properties",
        ):
            page = browser.see(path)
            assert "<script>alert" not in page
            assert "<img src=x" not in page
        searched = browser.see(ORDERS, search=hostile)
        assert "<script>alert" not in searched
        assert "1 order" in words(searched)

    def test_a_thousand_items_are_counted_and_the_first_hundred_shown(
        self, browser: Browser
    ) -> None:
        order = browser.api.order()
        for number in range(1000):
            browser.api.item(order, name=f"Item {number}")
        text = words(browser.see(f"{ORDERS}/{order}"))
        assert "first 100 of 1 000" in text
        assert "Item 99 " in text
        assert "Item 100 " not in text
