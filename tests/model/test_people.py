"""How a person's `email` joins the `emails`."""

from __future__ import annotations

import pytest

from orderfolio.model.people import Person, fold_email, with_email


@pytest.mark.parametrize(
    ("stored", "email", "emails"),
    [
        (None, "a", ("a",)),
        (("b",), "a", ("a",)),
        (("b", "c"), "a", ("a", "c")),
        (("b", "a", "c"), "a", ("a", "c")),
        (("b", "c"), None, ("c",)),
        (("b",), None, None),
        (None, None, None),
    ],
)
def test_alone_it_takes_the_place_of_the_first(
    stored: tuple[str, ...] | None, email: str | None, emails: tuple[str, ...] | None
) -> None:
    changes = fold_email(Person(emails=stored), {"email": email, "city": "Cork"})
    assert changes == {"emails": emails, "city": "Cork"}


def test_without_it_nothing_is_folded() -> None:
    assert fold_email(Person(emails=("a",)), {"city": None}) == {"city": None}


def test_it_is_put_first_and_nowhere_else() -> None:
    assert with_email(("b", "a"), "a") == ("a", "b")
    assert with_email(("a", "b", "a"), "a") == ("a", "b", "a")
