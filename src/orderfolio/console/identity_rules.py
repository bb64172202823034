"""Settings > Identity rules: by which identifiers people are taken for one guest."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from orderfolio.console.visits import Refused, Visit
from orderfolio.errors import NameTaken, NoSuchName, TooManyRules
from orderfolio.model.identities import RULES, Rule
from orderfolio.model.people import Identifier, Person, Role
from orderfolio.operations import identities, rules
from orderfolio.operations.identities import Explanation

PATH: Final = "/console/settings/rules"
_LENGTH: Final = 255
_LAST: Final = "It is the only rule: without one, no person becomes a guest."


async def browse(visit: Visit) -> Response:
    return await _list(visit)


async def add(visit: Visit) -> Response:
    name, provider = (visit.form.get(field, "").strip() for field in ("name", "provider"))
    place = visit.form.get("position", "")
    position = int(place) if place in set("12345") else None
    if not (0 < len(name) <= _LENGTH and 0 < len(provider) <= _LENGTH):
        return await _list(visit, "A rule needs a name and a provider, of 255 characters at most.")
    rule = Rule(name, provider)
    try:
        await visit.store.transact(rules.add, visit.visitor.organisation_name, rule, position)
    except NameTaken:
        return await _list(visit, f"There is a rule with the name “{name}” already.")
    except TooManyRules:
        return await _list(visit, f"There are {RULES} rules already, and no more are possible.")
    return visit.go(PATH)


async def ask_remove(visit: Visit) -> Response:
    name = visit.query.get("name", "")
    found = await visit.store.read(rules.browse, visit.visitor.organisation_name)
    rule = next((rule for rule in found if rule.name == name), None)
    if rule is None:
        raise _GONE
    return visit.ask(
        title="Delete this identity rule?",
        consequences=(
            f"People are no longer taken for one guest by an identifier of “{rule.provider}”.",
            "Guests that the rule found stay as they are; it is about people seen from now on.",
            *(
                ("It is the only rule: without one, no person becomes a guest.",)
                * (len(found) == 1)
            ),
        ),
        action=f"{PATH}/delete",
        fields={"name": rule.name},
        button="Delete the rule",
        back=PATH,
    )


async def remove(visit: Visit) -> Response:
    name = visit.form.get("name", "")
    try:
        await visit.store.transact(rules.remove, visit.visitor.organisation_name, name)
    except NoSuchName as error:
        raise _GONE from error
    return visit.go(PATH)


async def try_out(visit: Visit) -> Response:
    """Which guest a person would be, by which rule, and why; nothing is kept of it."""
    role = Role.CONSUMER if visit.query.get("role") == "consumer" else Role.CONTACT
    email, provider, id = (
        visit.query.get(field, "").strip()[:_LENGTH] for field in ("email", "provider", "id")
    )
    person = Person(
        emails=(email,) if email else None,
        identifiers=(Identifier(provider=provider, id=id),) if provider and id else None,
    )
    explanation = await visit.store.read(identities.explain, visit.organisation, role, person)
    return await _list(visit, explanation=explanation)


async def _list(
    visit: Visit, problem: str = "", explanation: Explanation | None = None
) -> Response:
    found = await visit.store.read(rules.browse, visit.visitor.organisation_name)
    return visit.show(
        "rules.html",
        status=400 if problem else 200,
        rules=found,
        limit=RULES,
        problem=problem,
        form=visit.form,
        person=visit.query,
        explanation=explanation,
        outcome=explanation and explanation.outcome.name,
    )


_GONE: Final = Refused(404, "Nothing is here", "There is no such rule in your organisation.")
