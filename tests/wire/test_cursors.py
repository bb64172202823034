"""Cursors: what is sealed comes back, and nothing else does."""

from __future__ import annotations

from hypothesis import given, strategies as st

from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.store.queries import Cursor
from orderfolio.store.records import Organisation
from orderfolio.wire import cursors

KEY = bytes(range(32))
ONE, TWO = Organisation(1), Organisation(2)

the_refs = st.binary(min_size=16, max_size=16).map(Ref)
the_instants = st.none() | st.integers(-(2**55), 2**58).map(Instant)
the_cursors = st.builds(Cursor, the_refs, the_instants)


class TestSealing:
    @given(the_cursors, st.text())
    def test_gives_back_what_was_sealed(self, cursor: Cursor, identity: str) -> None:
        text = cursors.seal(cursor, KEY, ONE, identity)
        assert cursors.unseal(text, KEY, ONE, identity) == cursor

    @given(the_cursors)
    def test_holds_for_one_list_one_organisation_and_one_database(self, cursor: Cursor) -> None:
        text = cursors.seal(cursor, KEY, ONE, "/a")
        assert cursors.unseal(text, KEY, ONE, "/b") is None
        assert cursors.unseal(text, KEY, TWO, "/a") is None
        assert cursors.unseal(text, KEY[::-1], ONE, "/a") is None

    @given(the_cursors, st.integers(0), st.sampled_from("AZaz09-_"))
    def test_breaks_with_any_other_character(
        self, cursor: Cursor, position: int, character: str
    ) -> None:
        text = cursors.seal(cursor, KEY, ONE, "/a")
        position %= len(text)
        changed = text[:position] + character + text[position + 1 :]
        found = cursors.unseal(changed, KEY, ONE, "/a")
        # The last character's spare bits mean nothing, so they change nothing.
        assert found is None or found == cursor

    @given(st.text())
    def test_is_not_what_anybody_makes_up(self, text: str) -> None:
        assert cursors.unseal(text, KEY, ONE, "/a") is None

    @given(the_cursors)
    def test_is_fit_for_a_query_as_it_stands(self, cursor: Cursor) -> None:
        text = cursors.seal(cursor, KEY, ONE, "/a")
        assert text.replace("-", "a").replace("_", "a").isalnum()
        assert text.isascii()
