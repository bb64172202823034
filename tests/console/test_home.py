"""Home, the figures of a guest, and the parts of the list of orders."""

from __future__ import annotations

import re

import pytest
from tests.console.browsers import Browser, words

from orderfolio.console import charts

HOME = "/console"
ORDERS = "/console/orders"


class TestHome:
    def test_a_new_organisation_is_told_that_nothing_is_there(self, browser: Browser) -> None:
        text = words(browser.see(HOME))
        assert "There are no orders yet." in text
        assert "None in the last seven days." in text

    def test_shows_what_happened_lately(self, browser: Browser) -> None:
        for number, status in enumerate(("PENDING", "PENDING", "CANCELLED")):
            browser.api.order(referenceId=f"R{number}", status=status, channel="WEB")
        page = browser.see(HOME)
        text = words(page)
        assert "By status Pending 2 2 Cancelled 1 1 By channel Web 3 3" in text
        assert re.findall(r"<bdi>(R\d)</bdi>", page) == ["R2", "R1", "R0"]
        assert page.count("<rect") == 30
        assert "/console/orders?status=PENDING" in page


class TestFigures:
    def test_a_guest_s_money_is_counted_by_currency(self, browser: Browser) -> None:
        api = browser.api
        for month, price, currency in ((1, 100.1, "EUR"), (1, 0.2, "EUR"), (3, 7, "JPY")):
            order = api.order(
                referenceId=f"R{price}",
                orderedAt=f"2024-0{month}-05T00:00:00Z",
                price=price,
                currencyCode=currency,
                status="PURCHASED",
                channel="WEB",
            )
            api.contact(order)
        (guest,) = api.get("/v2.1/guests").json()["items"]
        text = words(browser.see(f"/console/guests/{guest['ref']}"))
        assert "Orders 3 Money spent 100.30 EUR Money spent 7 JPY" in text
        assert "Channels Web 3" in text
        assert "2024-01 2 2024-02 0 2024-03 1" in text


class TestCharts:
    def test_months_without_orders_have_a_place(self) -> None:
        chart = charts.of_months([("2023-12", 1), ("2024-02", 4)])
        assert [(bar.label, bar.height) for bar in chart.bars[-3:]] == [
            ("2023-12", 25),
            ("2024-01", 0),
            ("2024-02", 100),
        ]
        assert len(chart.bars) == 12

    def test_there_are_three_years_at_most(self) -> None:
        chart = charts.of_months([("1970-01", 1), ("2024-02", 4)])
        assert [chart.bars[0].label, chart.bars[-1].label] == ["2021-03", "2024-02"]

    @pytest.mark.parametrize("counts", [[], [("0001-01", 1)]])
    def test_little_is_no_trouble(self, counts: list[tuple[str, int]]) -> None:
        assert charts.of_months(counts).highest == len(counts)


class TestParts:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=PENDING", ["R2", "R0"]),
            ("channel=WEB", ["R1", "R0"]),
            ("status=PENDING&channel=WEB", ["R0"]),
            ("status=REFUNDED", []),
            ("status=nonsense", ["R2", "R1", "R0"]),
            ("search=R1&status=PENDING", ["R1"]),
        ],
    )
    def test_orders_are_listed_by_status_and_channel(
        self, browser: Browser, query: str, found: list[str]
    ) -> None:
        for number, status, channel in (
            (0, "PENDING", "WEB"),
            (1, "CANCELLED", "WEB"),
            (2, "PENDING", "OTA"),
        ):
            browser.api.order(referenceId=f"R{number}", status=status, channel=channel)
        assert re.findall(r"<bdi>(R\d)</bdi>", browser.see(f"{ORDERS}?{query}")) == found
