"""What writes answer, and the answers that are kept under idempotency keys."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.model_based.attributes import Refused
from tests.model_based.nouns import Extension, Item, Json, Person, Resource

Tag = tuple[str, int]
"""A resource's ref and version; what If-Match names."""


@dataclass(frozen=True)
class Written:
    """What a write answers: the resource as it was then."""

    resource: Resource
    document: Json
    tag: Tag
    replayed: bool = False


@dataclass
class Kept:
    """An answer under an idempotency key, the refs that it tells of, and whether it is gone."""

    body: str
    answer: Written
    tells_of: set[str]
    gone: bool = False


@dataclass
class Answers:
    """Those of one organisation, by address and key."""

    kept: dict[tuple[str, str | None], Kept] = field(default_factory=dict)

    def find(self, path: str, key: str | None, body: Json, noun: type[Resource]) -> Written | None:
        """What was answered before; None for what is new. A key is good for one body."""
        kept = self.kept.get((path, key))
        if kept is None:
            return None
        if kept.body != repr(body):
            raise Refused(409, "Idempotency-Key: was used for another request.")
        if kept.gone:
            raise Refused(404, f"{noun.noun} {kept.answer.resource.ref} was not found.")
        return Written(kept.answer.resource, kept.answer.document, kept.answer.tag, True)

    def keep(self, path: str, key: str | None, body: Json, answer: Written) -> Written:
        if key is not None:
            self.kept[path, key] = Kept(repr(body), answer, _told_of(answer.resource))
        return answer

    def forget(self, gone: set[str]) -> None:
        """Answers that tell of what went with a guest are given no more."""
        for kept in self.kept.values():
            kept.gone = kept.gone or not kept.tells_of.isdisjoint(gone)


def _told_of(resource: Resource) -> set[str]:
    """The refs of what an answer tells of: itself, its order, its guest."""
    told = {resource.ref}
    if isinstance(resource, Item | Person | Extension):
        told.add(resource.order.ref)
    if isinstance(resource, Person) and resource.guest is not None:
        told.add(resource.guest.ref)
    return told
