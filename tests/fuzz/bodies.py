"""Bodies: whatever the bytes, an object that holds exactly what they say, or one refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from tests.fuzz.values import exactly

from orderfolio.model.instants import Instant
from orderfolio.model.people import Role
from orderfolio.model.refs import Ref
from orderfolio.wire import bodies
from orderfolio.wire.flaws import Misread
from orderfolio.wire.reading import extensions, guests, items, orders, people

_REF: Final = Ref(bytes.fromhex("018f3a5e7c2b7000800000000000002a"))
_NOW: Final = Instant(1_709_289_000_000_000)

Reader = Callable[[dict[str, object]], object]
READERS: Final[tuple[Reader, ...]] = (
    orders.read_new,
    lambda body: orders.read_changes(body, _REF, replacing=True),
    lambda body: orders.read_changes(body, _REF, replacing=False),
    items.read_new,
    lambda body: items.read_changes(body, _REF, replacing=False),
    lambda body: guests.read_new(body, _NOW),
    lambda body: guests.read_changes(body, _REF, True, _NOW),
    lambda body: extensions.read_pairs(body, None),
    lambda body: people.read_new(body, Role.CONSUMER, False, _NOW),
    lambda body: people.read_new(body, Role.CONTACT, True, _NOW),
)


def parsing(data: bytes) -> None:
    """What is read is what the standard library reads, and what is spelt again reads alike."""
    try:
        body = bodies.parse(data)
    except Misread as refusal:
        _look_at(refusal)
        return
    if bodies.unfit_in(body) is not None:
        return
    expected = json.loads(data.decode("utf-8-sig"), parse_float=exactly, parse_int=Decimal)
    assert body == expected
    assert bodies.parse(_spelled(body).encode()) == body


def reading(data: bytes) -> None:
    """The first byte picks who reads the body; whoever it is understands it or says why not."""
    if not data:
        return
    reader = READERS[data[0] % len(READERS)]
    try:
        found = reader(bodies.parse(data[1:]))
    except Misread as refusal:
        _look_at(refusal)
        return
    again = reader(bodies.parse(data[1:]))
    assert found == again


def _look_at(refusal: Misread) -> None:
    """It says something, in text that can be sent."""
    assert refusal.flaws
    for flaw in refusal.flaws:
        assert flaw.problem.encode()
        assert flaw.remedy.encode()
        flaw.field.encode()


def _spelled(value: Any) -> str:
    """JSON with numbers in plain notation, as documents are spelt."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name)}:{_spelled(part)}" for name, part in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
