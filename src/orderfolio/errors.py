"""What can go wrong, as facts: kind, ref, field, limit. None of it knows HTTP.

Fields are spelt as in the model; whoever shows them to a client respells them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """The nouns that a ref can name."""

    ORDER = "order"
    ITEM = "order item"
    CONTACT = "order contact"
    CONSUMER = "order consumer"
    GUEST = "guest"
    EXTENSION = "data extension"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with what was asked for, and what would be right."""

    field: str
    problem: str
    remedy: str
    code: str = "validation"


class OrderfolioError(Exception):
    """The root of every error that a caller is expected to meet."""

    code: str = "internal"


class Invalid(OrderfolioError):
    """The request contradicts a rule; nothing was changed."""

    code = "validation"

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        super().__init__("; ".join(f"{flaw.field}: {flaw.problem}" for flaw in flaws))
        self.flaws = tuple(flaws)


class NotFound(OrderfolioError):
    """No such resource for this organisation.

    `name` is what was asked for, as it should be shown: a ref, or an extension's name.
    """

    code = "not-found"

    def __init__(self, kind: Kind, name: str) -> None:
        super().__init__(f"{kind.value} {name} was not found")
        self.kind = kind
        self.name = name


class Immutable(OrderfolioError):
    """These fields can't be changed once the resource is there."""

    code = "immutable-attribute"

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(f"can't be changed: {', '.join(fields)}")
        self.fields = tuple(fields)


class Unlinkable(OrderfolioError):
    """A person was to be linked to what it can't be: `guest` names one that isn't there, and
    `positions` count, from 0, the items sent that aren't of its order."""

    code = "validation"

    def __init__(self, guest: str | None, positions: Sequence[int]) -> None:
        super().__init__(f"can't be linked: guest {guest}, items at {list(positions)}")
        self.guest = guest
        self.positions = tuple(positions)


class TooManyPairs(OrderfolioError):
    """A data extension would hold more pairs than it may."""

    code = "validation"

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(f"{count} pairs, at most {limit}")
        self.count = count
        self.limit = limit


class KeysExist(OrderfolioError):
    """Pairs were to be added to an extension under keys that it has already."""

    code = "conflict"

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(f"keys exist already: {', '.join(keys)}")
        self.keys = tuple(keys)


class ExtensionExists(OrderfolioError):
    """Strict mode: an extension is created once."""

    code = "conflict"


class IdempotencyKeyReused(OrderfolioError):
    """An idempotency key came back with another request body."""

    code = "idempotency-key-reused"


class PreconditionFailed(OrderfolioError):
    """The resource is no longer in the version that the caller expects."""

    code = "precondition-failed"


class Unavailable(OrderfolioError):
    """The store can't be reached or is full; nothing was written."""

    code = "unavailable"


class OutcomeUnknown(Unavailable):
    """The store went away while it committed: written or not, nobody can tell yet."""

    code = "outcome-unknown"


class NameTaken(OrderfolioError):
    """An organisation, a client key, a user or a rule of this name is there already."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"{noun} {name!r} exists already")
        self.noun = noun
        self.name = name


class NoSuchName(OrderfolioError):
    """No organisation, client key, user or rule of this name."""

    def __init__(self, noun: str, name: str) -> None:
        super().__init__(f"there is no {noun} {name!r}")
        self.noun = noun
        self.name = name


class UnfitPassword(OrderfolioError):
    """A password is too short to protect anything, or too long to be one."""

    def __init__(self, shortest: int, longest: int) -> None:
        super().__init__(f"a password has {shortest} to {longest} characters")
        self.shortest = shortest
        self.longest = longest


class TooManyRules(OrderfolioError):
    """An organisation has at most five identity rules."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"an organisation has at most {limit} identity rules")
        self.limit = limit


class CannotStart(OrderfolioError):
    """The program can't run as it was asked to; the text is one sentence for people."""
