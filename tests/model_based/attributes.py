"""What the body of a POST, PUT or PATCH makes of a resource's attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.model_based.nouns import Attributes, Json, moment, spelled


class Refused(Exception):
    """An answer with an error body; `message` is the sentence that it must hold."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Flawed:
    """A value that is refused, and what is said of it."""

    value: Any
    problem: str


class Form(NamedTuple):
    """The attributes that must be given, those of them that can't be changed afterwards, and
    what a client may echo of what it read."""

    required: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    echoed: tuple[str, ...] = ()


HEAD = ("href", "ref", "createdAt", "modifiedAt")
ORDER = Form(
    ("referenceId", "orderedAt", "currencyCode", "price"),
    ("referenceId", "orderedAt"),
    (*HEAD, "orderItems", "contacts", "consumers", "extensions"),
)
ITEM = Form(("type", "name", "price", "currencyCode", "status"), (), (*HEAD, "order", "extensions"))
PERSON = Form((), (), (*HEAD, "order"))
GUEST = Form(("guestType",), (), HEAD)
EXTENSION = Form((), (), (*HEAD, "name", "key", "order", "orderItem"))

TIMES = ("orderedAt", "firstSeen", "lastSeen")
# Said of a person, but none of its attributes: links, and the first of its emails.
ASIDE = ("guest", "orderItems", "email")


def check(form: Form, body: Json, method: str) -> None:
    """All that is wrong is said at once: what is there in the body's order, then what isn't."""
    nulls = form.required if method == "PATCH" else ()
    required = {
        "POST": form.required,
        "PUT": tuple(name for name in form.required if name not in form.fixed),
        "PATCH": (),
    }[method]
    problems = []
    for name, value in body.items():
        if isinstance(value, Flawed):
            problems.append(f"{name}: {value.problem}.")
        elif value is None and name in nulls:
            problems.append(f"{name}: may not be null.")
    problems += [f"{name}: is required." for name in required if body.get(name) is None]
    if problems:
        raise Refused(400, " ".join(problems))


def created(form: Form, body: Json) -> Attributes:
    """POST: null means absent."""
    return _with_email(form, _given(form, body), body)


def replaced(form: Form, before: Attributes, body: Json) -> Attributes:
    """PUT: what is left out is removed, but for what can't change."""
    given = _given(form, body)
    _keep_fixed(form, before, given)
    return {name: before[name] for name in form.fixed} | _with_email(form, given, body)


def amended(form: Form, before: Attributes, body: Json) -> Attributes:
    """PATCH: what is sent is replaced, and null removes it."""
    given = _given(form, body)
    _keep_fixed(form, before, given)
    after = {name: value for name, value in before.items() if body.get(name, "") is not None}
    after |= given
    if "email" not in body or form not in (PERSON, GUEST):
        return after
    if "emails" not in body and (emails := after.pop("emails", [])[1:]):
        # Alone, it takes the place of the first one; null leaves it without.
        after["emails"] = emails
    return _with_email(form, after, body)


def _given(form: Form, body: Json) -> Attributes:
    return {
        name: _read(name, value)
        for name, value in body.items()
        if value is not None and name not in form.echoed and not _is_aside(form, name)
    }


def _is_aside(form: Form, name: str) -> bool:
    return form in (PERSON, GUEST) and name in ASIDE


def _read(name: str, value: Any) -> Any:
    if name in TIMES:
        return spelled(moment(value))
    if name == "identifiers":
        return [
            {part: spelled(moment(text)) if part == "expiryDate" else text for part, text in one}
            for one in (entry.items() for entry in value)
        ]
    return value


def _keep_fixed(form: Form, before: Attributes, given: Attributes) -> None:
    changed = [name for name in form.fixed if given.get(name, before[name]) != before[name]]
    if changed:
        raise Refused(400, " ".join(f"{name}: can't be changed." for name in changed))


def _with_email(form: Form, attributes: Attributes, body: Json) -> Attributes:
    """A person's `email` is put first of the emails, and stands nowhere else among them."""
    email = body.get("email")
    if email is None or form not in (PERSON, GUEST):
        return attributes
    rest = [other for other in attributes.get("emails", []) if other != email]
    return attributes | {"emails": [email, *rest]}
