"""Bodies, filters and headers for hypothesis to choose from: few values, so that they meet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tests.model_based.attributes import Flawed
from tests.model_based.nouns import Json

Bodies = st.SearchStrategy[Json]
Values = dict[str, st.SearchStrategy[Any]]

NOBODY = "01890000-0000-7000-8000-000000000000"
# Two days apart to the microsecond, a little more, and one instant in two spellings.
TIMES = (
    "2024-01-01T12:00:00Z",
    "2024-01-03T12:00:00Z",
    "2024-01-03T12:00:00.000001Z",
    "2024-01-05T14:00:00+02:00",
    "2024-01-02T12:00:00Z",
    "2024-01-05T12:00Z",
)
PRICES = (20, 0, -3, Decimal("100.5"), Decimal("0.1"), Decimal("12345678901234567890.123456789"))
EMAILS = ("ada@example.com", "ADA@example.com", "ben@example.com", "cy@example.com")
NAMES = ("Ada", "Ben")
# Ids that are emails where their provider is, and one whose case tells.
IDENTIFIERS: tuple[Json, ...] = (
    {"provider": "email", "id": "Ben@example.com"},
    {"provider": "Email", "id": "ada@example.com"},
    {"provider": "loyalty", "id": "L1"},
    {"provider": "loyalty", "id": "l1"},
    {"provider": "loyalty", "id": "L2", "expiryDate": "2020-01-01T00:00:00Z"},
    # Counts for the first minute of a test, and then no more.
    {"provider": "loyalty", "id": "L3", "expiryDate": "2024-06-01T12:00:30Z"},
    {"provider": "crm", "id": "C1"},
)
KEYS = ("one", "two", "three", "four")

UNKNOWN = {
    "order": ("orderDate", "is not an attribute of an order"),
    "item": ("qty", "is not an attribute of an order item"),
    "contact": ("surname", "is not an attribute of an order contact"),
    "consumer": ("surname", "is not an attribute of an order consumer"),
    "guest": ("surname", "is not an attribute of a guest"),
}
PRICE = ("price", "20", "must be a number")
CURRENCY = ("currencyCode", "eur", "must be three letters from A to Z")
FLAWS: dict[str, list[tuple[str, Any, str]]] = {
    "order": [PRICE, CURRENCY, ("orderedAt", "yesterday", "is not a date and time")],
    "item": [PRICE, CURRENCY, ("quantity", -1, "may not be negative")],
    "contact": [("country", "Ireland", "must be two letters from A to Z")],
    "consumer": [("emails", "ada@example.com", "must be an array of strings")],
    "guest": [("dateOfBirth", "2999-01-01", "must be in the past")],
    "extension": [
        ("Upper", 1, "is not a key that a pair may have"),
        ("nested", {}, "must be a string, a boolean or a number"),
        ("gone", None, "may not be null"),
    ],
}

_text = st.sampled_from(("", "x", "Größe \U0001f600"))
_identifiers = st.lists(
    st.sampled_from(IDENTIFIERS),
    max_size=3,
    unique_by=lambda one: (one["provider"], one["id"].lower()),
)
FIXED = ("referenceId", "orderedAt")
REQUIRED: dict[str, Values] = {
    "order": {
        "referenceId": st.sampled_from(("A1", "B2")),
        "orderedAt": st.sampled_from(TIMES),
        "currencyCode": st.sampled_from(("EUR", "USD")),
        "price": st.sampled_from(PRICES),
    },
    "item": {
        "type": st.sampled_from(("BOOK", "GAME")),
        "name": _text,
        "price": st.sampled_from(PRICES),
        "currencyCode": st.just("EUR"),
        "status": st.sampled_from(("PURCHASED", "RETURNED")),
    },
    "guest": {"guestType": st.sampled_from(("visitor", "customer", "traveller"))},
    "contact": {},
    "consumer": {},
}
_PERSON = {
    "firstName": st.sampled_from(NAMES),
    "lastName": st.just("Byron"),
    "emails": st.lists(st.sampled_from(EMAILS), max_size=2, unique_by=str.lower),
    "email": st.sampled_from(EMAILS),
    "identifiers": _identifiers,
    "phoneNumbers": st.lists(st.sampled_from(("+1", "+2")), max_size=2),
    "city": _text,
    "country": st.just("IE"),
    "dateOfBirth": st.sampled_from(("1990-02-03", "1990-02-03T04:05:06Z")),
}
OPTIONAL: dict[str, Values] = {
    "order": {
        "channel": st.sampled_from(("WEB", "OTHER")),
        "status": st.sampled_from(("PURCHASED", "PARTIALY_REFUNDED")),
        "paymentType": _text,
        "pointOfSale": _text,
    },
    "item": {
        "quantity": st.integers(0, 3),
        "originalPrice": st.sampled_from(PRICES),
        "orderedAt": st.sampled_from(TIMES),
        "description": _text,
    },
    "contact": _PERSON,
    "consumer": _PERSON,
    "guest": _PERSON | {"firstSeen": st.sampled_from(TIMES), "lastSeen": st.sampled_from(TIMES)},
}


def new(noun: str) -> Bodies:
    """For POST: all that is required, some of the rest, some of that null."""
    return st.fixed_dictionaries(REQUIRED[noun], optional=_nullable(OPTIONAL[noun]))


def replacements(noun: str) -> Bodies:
    """For PUT: as for POST, what can't be changed mostly left out."""
    bound = new(noun)
    if noun != "order":
        return bound
    required = {name: value for name, value in REQUIRED[noun].items() if name not in FIXED}
    free = st.fixed_dictionaries(required, optional=_nullable(OPTIONAL[noun]))
    return st.one_of(free, free, free, bound)


def changes(noun: str) -> Bodies:
    """For PATCH: a few of all attributes, what is optional at times null."""
    values = REQUIRED[noun] | _nullable(OPTIONAL[noun])
    free = [name for name in values if noun != "order" or name not in FIXED]
    names = st.lists(st.sampled_from(free), max_size=3, unique=True)
    few = names.flatmap(lambda chosen: st.fixed_dictionaries({n: values[n] for n in chosen}))
    if noun != "order":
        return few
    bound = st.fixed_dictionaries({}, optional={name: values[name] for name in FIXED})
    return st.one_of(few, few, few, bound)


def _nullable(values: Values) -> Values:
    return {name: st.none() | value for name, value in values.items()}


_value = st.sampled_from(("", "text", True, False, 0, 7, Decimal("2.5"), -1))
_few = st.dictionaries(st.sampled_from(KEYS), _value, max_size=3)
_many = st.builds(
    lambda letter, count: {f"{letter}{number}": number for number in range(count)},
    st.sampled_from(("a", "b")),
    st.integers(48, 54),
)
PAIRS: Bodies = st.one_of(_few, _few, _few, _many)


def flawed(noun: str) -> Bodies:
    """A thing or two that is wrong, to be added to a body that would be right."""
    known = FLAWS[noun] + ([(UNKNOWN[noun][0], 1, UNKNOWN[noun][1])] if noun in UNKNOWN else [])
    return st.lists(
        st.sampled_from(known), min_size=1, max_size=2, unique_by=lambda one: one[0]
    ).map(lambda flaws: {name: Flawed(value, problem) for name, value, problem in flaws})


GUEST_FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(EMAILS),
        "firstName": st.sampled_from(NAMES),
        "lastName": st.sampled_from(("BYRON", "Lace")),
        "phoneNumber": st.sampled_from(("+1", "+2")),
        "guestType": st.sampled_from(("customer", "traveller")),
        "identifiers.provider": st.sampled_from(("loyalty", "crm", "Email")),
        "identifiers.id": st.sampled_from(("L1", "l1", "C1", "ada@example.com")),
    },
)
SORTS = st.sampled_from(
    (
        None,
        *(f"{name}{way}" for name in ("created", "orderedAt") for way in ("", "::ASC", "::DESC")),
    )
)
OFFSETS = st.sampled_from((None, 0, 1, 2, 3, 1000))
LIMITS = st.sampled_from((None, 1, 2, 3, 100, 101))
EXPANDS = st.sampled_from((None, "true", "false"))
RELATIONS = st.lists(
    st.sampled_from(("orderItems", "contacts", "consumers", "extensions")),
    min_size=1,
    max_size=4,
    unique=True,
)
