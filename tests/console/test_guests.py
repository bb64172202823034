"""The list of guests, its search, and the pages of a profile."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.console.browsers import Browser, Clock, a_server, words
from tests.wire.clients import OTHERS

from orderfolio.store.contract import Store

GUESTS = "/console/guests"


def names(page: str) -> list[str]:
    """The guests that a page lists."""
    links = re.findall(r'<th scope="row"><a[^>]*href="/console/guests/[^>]*>(.*?)</a>', page)
    return [re.sub("<[^>]*>", "", link) for link in links]


def only_guest(browser: Browser) -> str:
    """The ref of the organisation's one guest."""
    (guest,) = browser.api.get("/v2.1/guests").json()["items"]
    return str(guest["ref"])


@pytest.fixture
def known(browser: Browser) -> dict[str, str]:
    """Some guests, by first name."""
    api = browser.api
    return {
        "Ada": api.guest(
            firstName="Ada",
            lastName="Lovelace",
            emails=["ada@example.com"],
            city="London",
            country="GB",
            identifiers=[{"provider": "loyalty", "id": "L-1"}],
        ),
        "Grace": api.guest(
            firstName="Grace",
            lastName="Brewster Hopper",
            guestType="traveller",
            emails=[],
            phoneNumbers=["+1 555 0100"],
        ),
        "Ada B.": api.guest(firstName="Hedy", lastName="Ada", emails=[], guestType="visitor"),
    }


class TestBrowsing:
    def test_an_organisation_without_guests_is_told_how_to_get_some(self, browser: Browser) -> None:
        assert "There are no guests yet." in words(browser.see(GUESTS))

    def test_shows_each_guest_with_what_tells_it_apart(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        text = words(browser.see(GUESTS))
        assert "Ada Lovelace ada@example.com Customer London, GB" in text
        assert "3 guests" in text

    def test_a_guest_without_a_name_is_anonymous(self, browser: Browser) -> None:
        browser.api.guest(firstName=None, emails=[])
        assert names(browser.see(GUESTS)) == ["Anonymous"]

    @pytest.mark.parametrize(
        ("sort", "ordered"),
        [("", range(59, -1, -1)), ("?sort=created%3A%3AASC", range(60))],
        ids=["newest first", "oldest first"],
    )
    def test_goes_on_and_back_by_pages(self, browser: Browser, sort: str, ordered: range) -> None:
        for number in range(60):
            browser.api.guest(firstName=f"Guest {number:02}", emails=[])
        seen, path, pages = [], GUESTS + sort, []
        while True:
            page = browser.see(path)
            seen += names(page)
            pages.append(path)
            onward = re.search(r'href="([^"]*)">Next<', page)
            if onward is None:
                break
            path = onward[1].replace("&amp;", "&")
        assert seen == [f"Guest {number:02}" for number in ordered]
        assert "51 to 60 of 60 guests" in words(page)
        back = re.search(r'href="([^"]*)">Previous<', page)
        assert back is not None
        assert names(browser.see(back[1].replace("&amp;", "&"))) == seen[25:50]

    @pytest.mark.parametrize(
        "query",
        ["from=-1", "from=x", "from=99999999999999", "after=x&from=3", "from=25&after=x.y", "%ff"],
    )
    def test_an_address_that_makes_no_sense_still_shows_a_page(
        self, browser: Browser, known: dict[str, str], query: str
    ) -> None:
        assert browser.get(f"{GUESTS}?{query}").status_code == 200

    def test_either_end_of_the_list_can_come_first(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        page = browser.see(GUESTS)
        assert names(page)[0] == "Hedy Ada"
        other = re.search(r'<a href="([^"]*)">Oldest first</a>', page)
        assert other is not None
        assert names(browser.see(GUESTS + other[1]))[0] == "Ada Lovelace"

    def test_a_search_keeps_the_sort_and_a_sort_the_search(self, browser: Browser) -> None:
        for city in ("Turin", "Milan"):
            browser.api.guest(firstName="Ada", lastName=city, emails=[])
        page = browser.see(GUESTS, search="Ada", sort="created::ASC")
        assert names(page) == ["Ada Turin", "Ada Milan"]
        assert '<input type="hidden" name="sort" value="created::ASC">' in page
        other = re.search(r'<a href="([^"]*)">Newest first</a>', page)
        assert other is not None
        turned = browser.see(GUESTS + other[1].replace("&amp;", "&"))
        assert names(turned) == ["Ada Milan", "Ada Turin"]


class TestSearching:
    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("ada@example.com", ["Ada Lovelace"]),
            ("ADA@EXAMPLE.COM", ["Ada Lovelace"]),
            ("loyalty:L-1", ["Ada Lovelace"]),
            (" loyalty : L-1 ", ["Ada Lovelace"]),
            ("ada lovelace", ["Ada Lovelace"]),
            ("Grace Brewster Hopper", ["Grace Brewster Hopper"]),
            ("Lovelace", ["Ada Lovelace"]),
            ("+1 555 0100", ["Grace Brewster Hopper"]),
            ("Lovel", []),
            ("loyalty:L-2", []),
        ],
    )
    def test_finds(
        self, browser: Browser, known: dict[str, str], search: str, found: list[str]
    ) -> None:
        assert names(browser.see(GUESTS, search=search)) == found

    def test_finds_a_guest_reference_in_any_case(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        assert names(browser.see(GUESTS, search=known["Ada"].upper())) == ["Ada Lovelace"]

    def test_another_meaning_of_a_name_is_offered(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        page = browser.see(GUESTS, search="Ada")
        assert names(page) == ["Ada Lovelace"]
        assert "1 guest with this first name; 1 guest with this last name ." in words(page)
        assert names(browser.see(GUESTS, search="Ada", by="last")) == ["Hedy Ada"]

    @pytest.mark.parametrize(
        ("kind", "found"),
        [
            ("", 3),
            ("customer", 1),
            ("visitor", 1),
            ("traveller", 1),
            ("nonsense", 3),
        ],
    )
    def test_filters_by_guest_type(
        self, browser: Browser, known: dict[str, str], kind: str, found: int
    ) -> None:
        assert len(names(browser.see(GUESTS, type=kind))) == found

    def test_a_search_in_vain_says_what_is_compared(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        assert "No guest is found." in words(browser.see(GUESTS, search="nobody"))


class TestProfile:
    def test_shows_name_email_place_and_type(self, browser: Browser, known: dict[str, str]) -> None:
        text = words(browser.see(f"{GUESTS}/{known['Ada']}"))
        assert "Ada Lovelace ada@example.com London, GB Guest type Customer" in text

    def test_the_orders_tab_shows_what_the_guest_ordered(self, browser: Browser) -> None:
        api = browser.api
        order = api.order(status="PURCHASED", channel="MOBILE_APP")
        api.item(order)
        api.item(order)
        api.contact(order)
        guest = only_guest(browser)
        text = words(browser.see(f"{GUESTS}/{guest}/orders"))
        assert "B56E3AA9 2024-01-01 16:17 UTC Purchased Mobile App Moby-Dick + 1 100.50 EUR" in text

    def test_orders_sort_both_ways(self, browser: Browser) -> None:
        api = browser.api
        for year in (2021, 2023, 2022):
            order = api.order(referenceId=f"R{year}", orderedAt=f"{year}-01-01T00:00:00Z")
            api.contact(order)
        guest = only_guest(browser)

        def years(sort: str) -> list[str]:
            page = browser.see(f"{GUESTS}/{guest}/orders", sort=sort)
            return re.findall(r"<bdi>R(\d+)</bdi>", page)

        assert years("orderedAt::DESC") == ["2023", "2022", "2021"]
        assert years("orderedAt::ASC") == ["2021", "2022", "2023"]
        assert years("created::ASC") == ["2021", "2023", "2022"]
        assert years("created::DESC") == ["2022", "2023", "2021"]
        assert years("nonsense") == ["2023", "2022", "2021"]

    @pytest.mark.parametrize("sort", ["orderedAt::DESC", "created::ASC"])
    def test_many_orders_are_each_shown_once(self, browser: Browser, sort: str) -> None:
        api = browser.api
        for number in range(30):
            api.contact(api.order(referenceId=f"R{number}"))
        guest = only_guest(browser)
        page = browser.see(f"{GUESTS}/{guest}/orders", sort=sort)
        onward = re.search(r'href="([^"]*)">Next<', page)
        assert onward is not None
        both = page + browser.see(onward[1].replace("&amp;", "&"))
        assert len(set(re.findall(r"<bdi>(R\d+)</bdi>", both))) == 30

    def test_properties_shows_all_that_is_known(
        self, browser: Browser, known: dict[str, str]
    ) -> None:
        text = words(browser.see(f"{GUESTS}/{known['Ada']}/properties"))
        assert "First Name Ada" in text
        assert "loyalty L-1 Never" in text

    def test_the_timeline_tells_what_happened_the_newest_first(self, browser: Browser) -> None:
        api = browser.api
        order = api.order(status="PURCHASED", channel="WEB")
        api.contact(order)
        text = words(browser.see(f"{GUESTS}/{only_guest(browser)}/timeline"))
        assert re.search(
            r"UTC Created here 2024-01-01 16:17 UTC Last seen, first seen "
            r"2024-01-01 16:17 UTC Ordered B56E3AA9 Contact "
            r"100\.50 EUR Purchased Web Recorded \S+ \S+ UTC Orders stand",
            text,
        )

    def test_a_long_timeline_goes_back_by_pages(self, browser: Browser) -> None:
        api = browser.api
        for number in range(30):
            api.contact(
                api.order(
                    referenceId=f"R{number:02}", orderedAt=f"2024-01-{number + 1:02}T00:00:00Z"
                )
            )
        first = f"{GUESTS}/{only_guest(browser)}/timeline"
        page = browser.see(first)
        assert "Newest</a>" not in page
        onward = re.search(r'href="([^"]*)">Older<', page)
        assert onward is not None
        behind = browser.see(onward[1].replace("&amp;", "&"))
        assert ">Older<" not in behind
        assert f'href="{first}">Newest<' in behind
        listed = re.findall(r"<bdi>(R\d+)</bdi>", page + behind)
        assert listed == [f"R{number:02}" for number in range(29, -1, -1)]

    @pytest.mark.parametrize("after", ["x", "01890a5d-ac96-774b-bcce-b302099a8057"])
    def test_a_place_that_makes_no_sense_shows_the_newest(
        self, browser: Browser, known: dict[str, str], after: str
    ) -> None:
        page = browser.see(f"{GUESTS}/{known['Ada']}/timeline", after=after)
        assert "Created here" in words(page)

    def test_a_timeline_that_is_over_says_so(self, browser: Browser, known: dict[str, str]) -> None:
        after = "01890a5d-ac96-774b-bcce-b302099a8057.0"
        page = browser.see(f"{GUESTS}/{known['Ada']}/timeline", after=after)
        assert "Nothing is further back." in words(page)

    @pytest.mark.parametrize("tab", ["", "/timeline", "/orders", "/properties"])
    def test_another_organisations_guest_is_not_found(
        self,
        browser: Browser,
        known: dict[str, str],
        runner: asyncio.Runner,
        store: Store,
        clock: Clock,
        tab: str,
    ) -> None:
        other = Browser(runner, a_server(store, clock))
        other.sign_in(OTHERS)
        assert other.get(f"{GUESTS}/{known['Ada']}{tab}").status_code == 404
        assert "There are no guests yet." in words(other.see(GUESTS))

    def test_what_is_no_reference_is_not_found(self, browser: Browser) -> None:
        assert browser.get(f"{GUESTS}/nobody").status_code == 404
