"""How the attributes of any noun are read from a body, given the table of them.

POST, PUT and PATCH differ in what a missing attribute and a null mean; all three are
`read`, told apart by `Mode`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final

from msgspec import Struct

from orderfolio.model import refs
from orderfolio.model.changes import Changes
from orderfolio.model.instants import Instant
from orderfolio.model.refs import Ref
from orderfolio.wire.bodies import unfit_in
from orderfolio.wire.flaws import Flaws, Wrong, wrong
from orderfolio.wire.reading import hints
from orderfolio.wire.reading.values import Reader, is_past, reject

# Takes an attribute that no table has; whether it knew it. Raises Wrong.
Other = Callable[[str, object], bool]

_ECHOED: Final = frozenset(("href", "createdAt", "modifiedAt"))


class Mode(Enum):
    """What the body does: POST, PUT or PATCH."""

    CREATE = "create"
    REPLACE = "replace"
    AMEND = "amend"

    @staticmethod
    def of(*, replacing: bool) -> Mode:
        return Mode.REPLACE if replacing else Mode.AMEND


class Attribute(Struct, frozen=True):
    """`name` on the wire, `field` in the model. A `fixed` one is required to create and can
    be left out afterwards; a `past` one must lie before the time of the request."""

    name: str
    field: str
    read: Reader
    required: bool = False
    fixed: bool = False
    past: bool = False


class Table:
    """The attributes of a noun, in the reference's order, and the links that it is read with."""

    __slots__ = ("_required", "attributes", "links", "noun", "optional", "title")

    def __init__(
        self, noun: str, attributes: Sequence[Attribute], links: Sequence[str] = ()
    ) -> None:
        self.noun = noun
        self.title = noun[:1].upper() + noun[1:]
        self.attributes = {attribute.name: attribute for attribute in attributes}
        self.optional = tuple(one.field for one in attributes if not one.required)
        self.links = frozenset(links)
        required = tuple(one for one in attributes if one.required)
        self._required = {
            Mode.CREATE: required,
            Mode.REPLACE: tuple(one for one in required if not one.fixed),
            Mode.AMEND: (),
        }

    def required(self, mode: Mode) -> Sequence[Attribute]:
        return self._required[mode]


def read(
    table: Table,
    body: dict[str, object],
    mode: Mode,
    *,
    ref: Ref | None = None,
    now: Instant | None = None,
    other: Other | None = None,
) -> Changes:
    """The attributes that `body` holds, by field; for REPLACE, None for each optional one
    that is left out.

    `ref` is the addressed resource's, `now` the time of the request. Raises Misread with
    all that is wrong.
    """
    values: Changes = {}
    flaws = Flaws()
    attributes = table.attributes
    for name, value in body.items():
        attribute = attributes.get(name)
        try:
            if attribute is None:
                known = other is not None and other(name, value)
                if not known and not _is_echo(table, name, value, mode, ref):
                    _add_unknown(flaws, table, name)
            elif value is not None:
                values[attribute.field] = found = attribute.read(value)
                if attribute.past and now is not None:
                    _refuse_future(str(found), now)
            elif mode is Mode.AMEND:
                _refuse_null(attribute)
                values[attribute.field] = None
        except Wrong as bad:
            flaws.extend(name, bad)
    for attribute in table.required(mode):
        if attribute.field not in values and body.get(attribute.name) is None:
            flaws.add(attribute.name, "is required", f"{table.title} needs its {attribute.name}.")
    flaws.check()
    if mode is Mode.REPLACE:
        for field in table.optional:
            values.setdefault(field)
    return values


def _refuse_null(attribute: Attribute) -> None:
    if attribute.required:
        raise wrong("may not be null", "Give a value, or leave it out.")


def _refuse_future(spelled: str, now: Instant) -> None:
    if not is_past(spelled, now):
        raise wrong("must be in the past", "Give a date that has come already.")


def _add_unknown(flaws: Flaws, table: Table, name: str) -> None:
    # A remedy takes time to find, and nobody reads a hundred of them.
    remedy = "" if flaws.is_full else hints.on_unknown(name, table.noun, table.attributes)
    flaws.add(name, f"is not an attribute of {table.noun}", remedy, "unknown-attribute")


def _is_echo(table: Table, name: str, value: object, mode: Mode, ref: Ref | None) -> bool:
    """Whether `name` is what a client read beside the attributes and may send back. Raises
    Wrong where it is that and says something else than what was read."""
    if name in _ECHOED:
        refuse_unless_text(value)
    elif name == "ref":
        refuse_other_ref(value, ref)
    elif name in table.links:
        refuse_unless_link(name, value, table.noun, opened=mode is not Mode.CREATE)
    else:
        return False
    return True


def refuse_unless_text(value: object) -> None:
    """Raises Wrong where `value` is nothing that was ever read under an echoed name. Null is
    as if left out."""
    if value is not None and type(value) is not str:
        reject(value, "must be a string", "Leave it out, or send it as it was read.")


def refuse_unfit(value: object) -> None:
    """Raises Wrong where something in what is passed over may not be in any body."""
    if (found := unfit_in(value)) is not None:
        raise wrong(found[1].problem, found[1].remedy, found[1].code)


def refuse_other_ref(value: object, ref: Ref | None) -> None:
    """Raises Wrong where `value` isn't the ref of what is addressed; None is not there yet."""
    if value is None:
        return
    refuse_unfit(value)
    if ref is None:
        raise wrong(
            "can't be chosen", "Leave it out: the server gives each ref.", "immutable-attribute"
        )
    if type(value) is not str or refs.parse(value) != ref:
        raise wrong(
            "can't be changed",
            f"Leave it out, or send {refs.spell(ref)}.",
            "immutable-attribute",
        )


def refuse_unless_link(name: str, value: object, noun: str, *, opened: bool) -> None:
    """Raises Wrong where `value` isn't a link as it is read: `{"href"}` or, where they may
    be, an opened relation. Null is as if left out."""
    if value is None:
        return
    refuse_unfit(value)
    if type(value) is dict and type(value.get("href", "")) is str:
        if value.keys() == {"href"}:
            return
        if opened and type(value.get("items")) is list:
            return
        sent = "items" in value
    else:
        sent = type(value) is list
    if sent:
        raise wrong(f"is not an attribute of {noun}", hints.on_relation(name), "unknown-attribute")
    raise wrong("must be a link", 'Leave it out, or send it as it was read: {"href": "…"}.')
