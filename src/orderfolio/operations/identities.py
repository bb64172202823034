"""Which guest a person is, by the rules of its organisation."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict, fields, replace as with_fields

from orderfolio.errors import Kind, Unlinkable
from orderfolio.model import refs
from orderfolio.model.guests import Guest
from orderfolio.model.identities import (
    EMAILS,
    Mark,
    Rule,
    all_marks,
    expired_for,
    is_email,
    mark_of_email,
    mark_of_identifier,
    marks_for,
)
from orderfolio.model.instants import Instant
from orderfolio.model.people import Identifier, Person, Role
from orderfolio.model.refs import Ref
from orderfolio.operations import audit
from orderfolio.store.contract import Transaction
from orderfolio.store.records import GuestRow, Organisation

# Lists of these grow entry by entry; every other field of a person is filled in whole.
GROWING: Final = frozenset({"emails", "identifiers"})
NEW_GUEST_TYPES: Final = {Role.CONTACT: "customer", Role.CONSUMER: "traveller"}


class Sighting(Struct, frozen=True, kw_only=True):
    """A person seen in an order, as contact or as consumer."""

    organisation: Organisation
    role: Role
    order_ref: Ref
    ordered_at: Instant
    person: Person


async def identify(tx: Transaction, sighting: Sighting) -> Ref | None:
    """The guest that the person is, found or made; None without enough identity."""
    organisation, person = sighting.organisation, sighting.person
    rules = await tx.rules.all(organisation)
    sought = _sought(rules, person, tx.now)
    if not sought:
        return await _namesake(tx, sighting)
    carried = [mark for mark, _ in all_marks(person)]
    ref = await tx.guests.claim(
        organisation, list(dict.fromkeys([*(m for _, marks in sought for m in marks), *carried]))
    )
    for _, marks in sought:
        row = await _first_with(tx, sighting, marks)
        if row is not None:
            await _meet(tx, row, sighting, await _lacking(tx, row, person, rules))
            return row.ref
    await _record(tx, organisation, ref, 1, sighting)
    await tx.guests.insert(new_guest(tx, ref, sighting))
    return ref


async def _first_with(
    tx: Transaction, sighting: Sighting, marks: Sequence[Mark]
) -> GuestRow | None:
    """The first guest that carries one of these marks, held. Claims keep others from giving a
    mark, not from taking one away: who lost it, or went, before it was held, is passed over."""
    gone: Ref | None = None
    while True:
        found = await tx.guests.first_with(sighting.organisation, marks, tx.now)
        if found is None or found == gone:
            return None
        row = await _hold(tx, sighting, found)
        if row is not None and not {mark for mark, _ in all_marks(row.guest)}.isdisjoint(marks):
            return row
        gone = found


async def _hold(tx: Transaction, sighting: Sighting, guest_ref: Ref) -> GuestRow | None:
    """A guest that may be none of the order's yet, held; behind an older one of them, whom the
    order is going to be kept in sight by."""
    await tx.sights.precede(sighting.organisation, sighting.order_ref, guest_ref, but=None)
    return await tx.guests.find_for_update(sighting.organisation, guest_ref)


async def find_namesake(tx: Transaction, sighting: Sighting) -> Ref | None:
    """The guest that a consumer is by its names alone; None for who has enough identity,
    since only a change of emails or identifiers brings such a person a guest."""
    rules = await tx.rules.all(sighting.organisation)
    if _sought(rules, sighting.person, tx.now):
        return None
    return await _namesake(tx, sighting)


class Outcome(Enum):
    """What becomes of a person; the last two are nobody, for want of an identifier under
    any rule, or because all that there are have expired."""

    FOUND = "found"
    NEW = "new"
    NOT_ENOUGH = "not enough"
    EXPIRED = "expired"


class Trial(Struct, frozen=True, kw_only=True):
    """What one rule looks for, the guest that it finds, and the identifiers by which it
    would look, had they not expired."""

    rule: Rule
    marks: tuple[Mark, ...]
    guest_ref: Ref | None
    expired: tuple[Identifier, ...]


class Explanation(Struct, frozen=True, kw_only=True):
    """Which guest a person would be, by which rule, and why.

    `trials` are of all rules in their order: the first that found a guest decides. `rule` and
    `guest_ref` tell of a guest that was found, `guest_type` what it, or the new one, would be.
    """

    trials: Sequence[Trial]
    outcome: Outcome
    rule: Rule | None
    guest_ref: Ref | None
    guest_type: str | None


async def explain(
    tx: Transaction, organisation: Organisation, role: Role, person: Person
) -> Explanation:
    """What `identify` would do now, without doing it. A consumer's namesakes, who are looked
    for among the contacts of its order, are left out: there is no order."""
    rules = await tx.rules.all(organisation)
    sought = dict(_sought(rules, person, tx.now))
    trials = []
    for rule in rules:
        marks = sought.get(rule, ())
        trials.append(
            Trial(
                rule=rule,
                marks=marks,
                guest_ref=await tx.guests.first_with(organisation, marks, tx.now),
                expired=expired_for(rule, person, tx.now),
            )
        )
    for trial in trials:
        document = trial.guest_ref and await tx.guests.document(organisation, trial.guest_ref)
        if document:
            guest_type = _type_after(role, tx.guests.said(document).guest_type)
            return _explanation(trials, Outcome.FOUND, trial, guest_type)
    if sought:
        return _explanation(trials, Outcome.NEW, None, NEW_GUEST_TYPES[role])
    has_expired = any(trial.expired for trial in trials)
    return _explanation(trials, Outcome.EXPIRED if has_expired else Outcome.NOT_ENOUGH)


def _explanation(
    trials: Sequence[Trial],
    outcome: Outcome,
    decisive: Trial | None = None,
    guest_type: str | None = None,
) -> Explanation:
    return Explanation(
        trials=trials,
        outcome=outcome,
        rule=None if decisive is None else decisive.rule,
        guest_ref=None if decisive is None else decisive.guest_ref,
        guest_type=guest_type,
    )


async def link(tx: Transaction, sighting: Sighting, guest_ref: Ref) -> Ref:
    """Make the person a guest that is known; raises Unlinkable where it isn't."""
    row = await _hold(tx, sighting, guest_ref)
    if row is None:
        raise Unlinkable(refs.spell(guest_ref), ())
    await _meet(tx, row, sighting, {})
    return guest_ref


def _sought(
    rules: Sequence[Rule], person: Person, now: Instant
) -> list[tuple[Rule, tuple[Mark, ...]]]:
    """The rules under which the person has an identifier that counts, each with its marks."""
    return [(rule, marks) for rule in rules if (marks := marks_for(rule, person, now))]


async def _namesake(tx: Transaction, sighting: Sighting) -> Ref | None:
    """The guest of a contact of the same order with the consumer's first and last name."""
    person = sighting.person
    if sighting.role is not Role.CONSUMER or not (person.first_name and person.last_name):
        return None
    gone: Ref | None = None
    while True:
        found = await tx.people.guest_of_namesake(
            sighting.organisation, sighting.order_ref, person.first_name, person.last_name
        )
        if found is None or found == gone:
            return None
        row = await tx.guests.find_for_update(sighting.organisation, found)
        if row is not None:
            await _meet(tx, row, sighting, {})
            return found
        gone = found


def new_guest(tx: Transaction, ref: Ref, sighting: Sighting) -> GuestRow:
    return GuestRow(
        organisation=sighting.organisation,
        ref=ref,
        version=1,
        created_at=tx.now,
        modified_at=tx.now,
        guest=Guest(
            **asdict(sighting.person),
            guest_type=NEW_GUEST_TYPES[sighting.role],
            first_seen=sighting.ordered_at,
            last_seen=sighting.ordered_at,
        ),
    )


async def _meet(
    tx: Transaction, row: GuestRow, sighting: Sighting, additions: dict[str, Any]
) -> None:
    """Keep what a sighting tells of a known guest: `additions`, that a contact is a
    customer, and when it was seen."""
    guest = row.guest
    seen = sighting.ordered_at
    after = with_fields(
        guest,
        **additions,
        guest_type=_type_after(sighting.role, guest.guest_type),
        first_seen=min(guest.first_seen or seen, seen),
        last_seen=max(guest.last_seen or seen, seen),
    )
    if after != guest:
        await _record(tx, row.organisation, row.ref, row.version + 1, sighting)
        await tx.guests.update(
            with_fields(row, version=row.version + 1, modified_at=tx.now, guest=after)
        )


async def _record(
    tx: Transaction, organisation: Organisation, ref: Ref, version: int, sighting: Sighting
) -> None:
    await audit.record(
        tx, organisation, Kind.GUEST.value, ref, order_ref=sighting.order_ref, version=version
    )


def _type_after(role: Role, guest_type: str) -> str:
    """The type of a known guest once it was seen in this role."""
    return "customer" if role is Role.CONTACT else guest_type


async def _lacking(
    tx: Transaction, row: GuestRow, person: Person, rules: Sequence[Rule]
) -> dict[str, Any]:
    """What the person has and the guest lacks; of emails and identifiers, those that no
    other guest carries."""
    guest = row.guest
    additions: dict[str, Any] = {
        field.name: getattr(person, field.name)
        for field in fields(Person)
        if field.name not in GROWING
        and getattr(guest, field.name) is None
        and getattr(person, field.name) is not None
    }
    # One that has expired tells nobody who this is: the guest lacks one that counts, and one
    # that doesn't is nothing to add.
    known = {mark for mark, expiry in all_marks(guest) if expiry is None or expiry > tx.now}
    fresh = {
        mark: _spellings(mark, rules)
        for mark, expiry in all_marks(person)
        if mark not in known and (expiry is None or expiry > tx.now)
    }
    if not fresh:
        return additions
    taken = await tx.guests.carried_by_others(
        row.organisation, row.ref, sorted(set().union(*fresh.values())), tx.now
    )
    free = {mark for mark, spellings in fresh.items() if taken.isdisjoint(spellings)}
    emails: dict[Mark, Any] = {}
    for email in person.emails or ():
        emails.setdefault(mark_of_email(email), email)
    identifiers = _lasting(
        [identifier for identifier in person.identifiers or () if identifier.counts_at(tx.now)]
    )
    for name, values in (("emails", emails), ("identifiers", identifiers)):
        added = tuple(value for mark, value in values.items() if mark in free)
        if added:
            additions[name] = (*(getattr(guest, name) or ()), *added)
    return additions


def _lasting(identifiers: Sequence[Identifier]) -> dict[Mark, Identifier]:
    """Of each mark, the identifier that counts longest."""
    lasting: dict[Mark, Identifier] = {}
    for identifier in identifiers:
        mark = mark_of_identifier(identifier.provider, identifier.id)
        other = lasting.get(mark)
        if other is None or _outlasts(identifier, other):
            lasting[mark] = identifier
    return lasting


def _outlasts(one: Identifier, other: Identifier) -> bool:
    if one.expiry_date is None or other.expiry_date is None:
        return other.expiry_date is not None
    return one.expiry_date > other.expiry_date


def _spellings(mark: Mark, rules: Sequence[Rule]) -> frozenset[Mark]:
    """Every mark that means the same: an address is one in `emails` and under each
    provider by which some rule knows addresses."""
    if mark.provider != EMAILS and not is_email(mark.provider):
        return frozenset({mark})
    providers = (EMAILS, mark.provider, *(r.provider for r in rules if is_email(r.provider)))
    return frozenset(Mark(provider, mark.value) for provider in providers)
