"""An organisation's identity rules, in their order."""

from __future__ import annotations

from collections.abc import Sequence

from orderfolio.errors import NameTaken, NoSuchName, TooManyRules
from orderfolio.model.identities import RULES, Rule
from orderfolio.operations import audit, organisations
from orderfolio.store.contract import Transaction
from orderfolio.store.records import Change, Organisation


async def browse(tx: Transaction, organisation_name: str) -> Sequence[Rule]:
    """Raises NoSuchName."""
    organisation = await organisations.fetch(tx, organisation_name)
    return await tx.rules.all(organisation.organisation)


async def add(
    tx: Transaction, organisation_name: str, rule: Rule, position: int | None
) -> Sequence[Rule]:
    """Put `rule` at `position`, counted from 1, or last. Applies to people seen from now on.

    Raises NoSuchName, NameTaken, TooManyRules.
    """
    organisation = (await organisations.fetch_for_update(tx, organisation_name)).organisation
    rules = list(await tx.rules.all(organisation))
    if any(rule.name == known.name for known in rules):
        raise NameTaken("identity rule", rule.name)
    if len(rules) == RULES:
        raise TooManyRules(RULES)
    rules.insert(len(rules) if position is None else position - 1, rule)
    await tx.rules.replace(organisation, rules)
    await _record(tx, organisation, rule.name, Change.CREATED)
    return rules


async def remove(tx: Transaction, organisation_name: str, rule_name: str) -> Sequence[Rule]:
    """Raises NoSuchName."""
    organisation = (await organisations.fetch_for_update(tx, organisation_name)).organisation
    rules = await tx.rules.all(organisation)
    left = [rule for rule in rules if rule.name != rule_name]
    if len(left) == len(rules):
        raise NoSuchName("identity rule", rule_name)
    await tx.rules.replace(organisation, left)
    await _record(tx, organisation, rule_name, Change.DELETED)
    return left


async def _record(
    tx: Transaction, organisation: Organisation, rule_name: str, change: Change
) -> None:
    await audit.record(tx, organisation, "identity rule", called=rule_name, change=change)
