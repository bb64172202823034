"""Guards: the versions in which a caller expects a resource to be before it changes it."""

from __future__ import annotations

from msgspec import Struct

from orderfolio.errors import PreconditionFailed
from orderfolio.model.refs import Ref


class Guard(Struct, frozen=True):
    """`any` admits whatever is there; else one of `versions` must be what is there."""

    versions: frozenset[tuple[Ref, int]] = frozenset()
    any: bool = False

    def check(self, ref: Ref, version: int) -> None:
        """Raises PreconditionFailed where the resource is in none of the versions."""
        if not self.any and (ref, version) not in self.versions:
            raise PreconditionFailed


UNGUARDED = Guard(any=True)
