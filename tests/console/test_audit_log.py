"""Settings > Audit log, and the receipt that a guest's deletion ends with."""

from __future__ import annotations

import re

from tests.console.browsers import Browser, words
from tests.wire.clients import KEYS, OTHERS, PERSON

AUDIT = "/console/settings/audit"
MANAGE = "/console/settings/guests"


def shown(page: str) -> int:
    """How many entries a page shows."""
    return page.count('<th scope="row">')


class TestTheLog:
    def test_tells_who_did_what_the_newest_first(self, browser: Browser) -> None:
        order = browser.api.order()
        browser.api.item(order)
        page = browser.see(AUDIT)
        text = words(page)
        assert f"Client {KEYS[0]} createOrderItem Created version 1 Order item" in text
        assert text.index("createOrderItem") < text.index("createOrder ")
        assert f'href="/console/orders/{order}"' in page
        assert 'title="Request ' in page

    def test_says_what_is_done_here_in_the_visitor_s_name(self, browser: Browser) -> None:
        rules = "/console/settings/rules"
        browser.send(rules, rules, name="Club", provider="club")
        assert f"Client {KEYS[0]} rules.add Created Identity rule Club" in words(browser.see(AUDIT))

    def test_is_searched_by_any_ref_in_it(self, browser: Browser) -> None:
        order = browser.api.order()
        item = browser.api.item(order)
        browser.api.order(referenceId="R-2")
        assert shown(browser.see(AUDIT, ref=order)) == 2
        assert shown(browser.see(AUDIT, ref=item.upper())) == 1
        nothing = words(browser.see(AUDIT, ref="no ref"))
        assert "Nothing about this reference is found." in nothing

    def test_goes_back_in_time_by_pages(self, browser: Browser) -> None:
        for number in range(60):
            browser.api.order(referenceId=f"R-{number}")
        first = browser.see(AUDIT)
        older = re.search(r'href="([^"]*)">Older<', first)
        assert older is not None
        second = browser.see(older[1].replace("&amp;", "&"))
        assert shown(first) == 50
        # What made the organisation and its two client keys is there, too.
        assert shown(second) == 13
        assert ">Older<" not in second
        assert f'href="{AUDIT}">Newest<' in second

    def test_shows_nothing_of_another_organisation(self, browser: Browser) -> None:
        theirs = browser.api.as_(OTHERS).order()
        assert theirs not in browser.see(AUDIT)
        assert shown(browser.see(AUDIT, ref=theirs)) == 0


class TestTheReceipt:
    def test_counts_what_went_and_leads_to_its_references(self, browser: Browser) -> None:
        order = browser.api.order()
        browser.api.item(order)
        contact = browser.api.post(f"/v2.1/orders/{order}/contacts", PERSON).json()
        guest = contact["guest"]["href"].rpartition("/")[2]
        delete = f"/console/guests/{guest}/delete"
        done = browser.send(delete, delete)
        page = browser.see(done.headers["location"])
        assert (
            "The guest was deleted, with 1 order, 1 item, 1 contact, 0 consumers, 0 extensions."
        ) in words(page)
        assert guest in page
        log = browser.see(AUDIT, ref=guest)
        assert f'href="{AUDIT}?ref={guest}"' in page
        assert order in log
        assert "1 order, 1 item, 1 contact" in words(log)
        assert "Byron" not in words(log)
        assert "ada@" not in log

    def test_an_address_that_tells_of_no_deletion_shows_none(self, browser: Browser) -> None:
        guest = browser.api.guest()
        for query in ({"deleted": guest, "request": guest}, {"deleted": "x", "request": "y"}):
            assert "deleted, with" not in words(browser.see(MANAGE, **query))
